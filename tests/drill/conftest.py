"""What several drills share."""

from collections.abc import Iterator

import pytest

from tests.drill.secrets_in_sight import Arguments, watch_arguments


@pytest.fixture(scope="module", name="arguments")
def _arguments() -> Iterator[Arguments]:
    """Watch every process of this machine from before the lab to after the last test."""
    with watch_arguments() as arguments:
        yield arguments
