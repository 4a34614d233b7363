"""``python -m lab.documents``: write every made document that is not as it would be made now."""

import sys
from pathlib import Path

from lab.documents.catalogue import DOCUMENTS

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Write them, and say which."""
    for document in DOCUMENTS:
        told = "written" if document.update(ROOT) else "as it was"
        part = f", {document.part}" if document.part else ""
        sys.stdout.write(f"{document.path}{part}: {told}\n")


if __name__ == "__main__":
    main()
