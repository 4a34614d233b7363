"""The image's entry point: no argument serves, ``wait-for-database`` is the init container."""

import os
import sys

from lab.orders import server, wait_for_database

PROGRAMS = {"serve": server.main, "wait-for-database": wait_for_database.main}


def main() -> None:
    """Run the program that the first argument names."""
    name = sys.argv[1] if len(sys.argv) > 1 else "serve"
    program = PROGRAMS.get(name)
    if program is None:
        sys.exit(f"{name}: one of {', '.join(PROGRAMS)}")
    program(os.environ)


if __name__ == "__main__":
    main()
