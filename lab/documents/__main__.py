"""``python -m lab.documents``: write every made document that is not as it would be made now.

``--check`` writes nothing, names those that are not, and ends with 1 where there is one. Pictures
of real runs it only looks for: ``lab.documents.pictures`` draws them.
"""

import argparse
import sys
from pathlib import Path

from lab.documents.catalogue import DOCUMENTS
from lab.documents.document import Document
from lab.documents.shown import not_shown

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Write or check them, and say which."""
    parser = argparse.ArgumentParser(prog="python -m lab.documents")
    parser.add_argument("--check", action="store_true", help="write nothing, fail where one is old")
    return _check() if parser.parse_args().check else _write()


def _write() -> int:
    for document in DOCUMENTS:
        told = "written" if document.update(ROOT) else "as it was"
        sys.stdout.write(f"{_name(document)}: {told}\n")
    return 0


def _check() -> int:
    wrong = [
        f"{_name(one)} is out of date: run python -m lab.documents"
        for one in DOCUMENTS
        if not one.compared(ROOT)[0]
    ]
    wrong += not_shown(ROOT)
    sys.stderr.writelines(f"{one}\n" for one in wrong)
    return 1 if wrong else 0


def _name(document: Document) -> str:
    return f"{document.path}, {document.part}" if document.part else document.path


if __name__ == "__main__":
    sys.exit(main())
