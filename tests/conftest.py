"""Which tests follow one another: two whole labs at once are more than two cores bear."""

import pytest

# Whoever brings up two clouds with users in them. One worker takes them all, and begins with them;
# the others share what is left, file by file (make test, --dist loadgroup).
WHOLE_LABS = (
    "tests/drill/",
    "tests/lab/faults/test_aws_faults.py",
    "tests/lab/faults/test_azure_faults.py",
    "tests/lab/faults/test_databases.py",
    "tests/lab/faults/test_network.py",
)


@pytest.hookimpl(tryfirst=True)  # before the scheduler reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put whole labs first, and give each test its group."""
    items.sort(key=lambda item: not item.nodeid.startswith(WHOLE_LABS))
    for item in items:
        file = item.nodeid.partition("::")[0]
        group = "labs" if file.startswith(WHOLE_LABS) else file
        item.add_marker(pytest.mark.xdist_group(group))
