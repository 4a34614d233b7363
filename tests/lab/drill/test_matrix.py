"""Which drills the matrix has."""

import pytest

from lab.drill.matrix import MODES, whole_matrix
from lab.drill.options import DrillOptions
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Effect
from lab.network.paths import PAIRS

ROWS = [drill.fault for drill in whole_matrix(DrillOptions(), [])]


def rows_of(fault: str) -> set[str]:
    """Return the arguments that the fault is played with."""
    words = {word for row in ROWS for word in row.split() if word.startswith(f"{fault}:")}
    return {word.partition(":")[2].partition("@")[0] for word in words}


@pytest.mark.parametrize(
    "fault",
    [
        "database-freeze",
        "database-crash",
        "token-expired",
        "checker-disagreement",
        "replication-broken",
        "image-pull",
        "azure-function-erroring",
        "clock-skew",
    ],
)
def test_each_value_has_its_row(fault: str) -> None:
    """A fault of two sites, or of several kinds, is played with each."""
    assert rows_of(fault) == set(FAULTS[fault].arguments)


def test_each_pair_of_places_is_parted() -> None:
    """All that have a way between them; one way or a step by its name is for whoever asks."""
    assert rows_of("partition") == set(PAIRS)
    assert rows_of("step-crash") == {"any"}


def test_what_makes_a_failover_harder_is_played_alone_too() -> None:
    """Where it has something to act on in quiet times: no step has, and AWS is not away."""
    alone = {row.removesuffix(" alone") for row in ROWS if row.endswith(" alone")}
    assert {"lag", "azure-function-down", "database-freeze:azure", "aks-quota"} <= alone
    assert not {one for one in alone if one.startswith(("step-", "aws-returns", "image-pull:aws"))}


def test_nothing_that_is_no_outage_is_played_twice_alone() -> None:
    """Each row is another drill, and each fault is in both modes where it can be."""
    drills = whole_matrix(DrillOptions(), ["lag", "checker-disagreement", "region-loss"])
    kinds = [(drill.fault, drill.lab.replication) for drill in drills]
    assert len(set(kinds)) == len(kinds) == len(MODES) * 4


def test_only_those_alone_are_played_where_asked_for() -> None:
    """With --alone no companion gets an outage."""
    drills = whole_matrix(DrillOptions(alone=True), ["lag"])
    assert [drill.fault for drill in drills] == ["lag alone", "lag alone"]
    effects = {one.effect("sync") for drill in drills for one in drill.faults}
    assert Effect.OUTAGE not in effects
