"""Which tests follow one another: two whole labs at once are more than two cores bear."""

import gc
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# Whoever brings up two clouds with users in them. One worker takes them all, and begins with them;
# the others share what is left, file by file.
WHOLE_LABS = (
    "tests/drill/",
    "tests/lab/faults/test_aws_faults.py",
    "tests/lab/faults/test_azure_faults.py",
    "tests/lab/faults/test_databases.py",
    "tests/lab/faults/test_network.py",
)


class OneLabAtATime(LoadFileScheduling):
    """File by file, but all whole labs are one piece of work."""

    def _split_scope(self, nodeid: str) -> str:
        return "labs" if nodeid.startswith(WHOLE_LABS) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)  # without workers there is nothing to share
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneLabAtATime:
    """Let several workers share the tests so."""
    return OneLabAtATime(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put whole labs first."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_LABS))


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over ten thousand collected tests: they stay to the end."""
    gc.freeze()
