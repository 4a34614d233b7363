"""The schema by which the server reads objects."""

from lab.kubernetes.api.schema import _TYPES
from lab.kubernetes.api.schema_export import published_schema


def test_schema_is_the_clients() -> None:
    """The exported schema is that of the installed client: else run schema_export again."""
    assert published_schema() == _TYPES
