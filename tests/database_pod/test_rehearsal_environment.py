"""What a rehearsal's pod is told, and what it refuses by name."""

import pytest

from landbridge.database_pod.environment import RehearsalOrder, rehearsal_order, smoke_order
from landbridge.domain.errors import ConfigurationError

GOOD = {"RUN": "rehearsal-1", "CLONE_CONNINFO": "host=db passfile=/p", "CLONE_PORT": "5432"}
SMOKE = {"SMOKE_URL": "http://10.0.0.7:8080/"}


def test_a_good_order_is_taken() -> None:
    """The rate has a default; an address has no slash at its end."""
    order = RehearsalOrder("rehearsal-1", "host=db passfile=/p", 5432, "100M", 15.0)
    assert rehearsal_order(GOOD) == order
    assert smoke_order(SMOKE).url == "http://10.0.0.7:8080"


@pytest.mark.parametrize(
    "change",
    [
        {"RUN": ""},
        {"RUN": "../data"},
        {"CLONE_CONNINFO": ""},
        {"CLONE_CONNINFO": "host=db password=geheim"},
        {"CLONE_CONNINFO": "host=db\nport=1"},
        {"CLONE_PORT": "0"},
        {"CLONE_PORT": "65536"},
        {"CLONE_PORT": "5432 -c x=y"},
        {"CLONE_PORT": "9" * 400},
        {"CLONE_PORT": "\uff15\uff14\uff13\uff12"},
        {"CLONE_MAX_RATE": "fast"},
        {"CLONE_MAX_RATE": "10"},
        {"CLONE_CONNINFO": "host=db PassWord = geheim"},
        {"CLONE_CONNINFO": "postgresql://replicator:geheim@db/"},
        {"CLONE_KEEP_FREE_PERCENT": "-1"},
        {"CLONE_KEEP_FREE_PERCENT": "100"},
        {"CLONE_KEEP_FREE_PERCENT": "half"},
    ],
)
def test_each_wrong_variable_is_named(change: dict[str, str]) -> None:
    """And a password in it is not shown."""
    (name,) = change
    with pytest.raises(ConfigurationError, match=name) as caught:
        rehearsal_order(GOOD | change)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "ftp://10.0.0.7", "file:///etc/passwd", "10.0.0.7"])
def test_the_smoke_checks_ask_http_alone(url: str) -> None:
    """Nothing else is an address of the workload."""
    with pytest.raises(ConfigurationError, match="SMOKE_URL"):
        smoke_order({"SMOKE_URL": url})
