"""What several faults make of one way, and what one way's rule makes of a chunk."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.network.paths import PAIRS, WAYS, ways_of
from lab.network.rules import Rule, Rules, RulesFile, State, combined, waits_of

HELD, CUT = Rule(State.HELD), Rule(State.CUT)

rules = st.builds(
    Rule,
    st.sampled_from(State),
    st.floats(0, 10),
    st.floats(0, 0.9),
    st.integers(0, 1000),
)


@pytest.fixture
def file(tmp_path: Path) -> RulesFile:
    """Open a file of rules with nothing imposed."""
    return RulesFile(tmp_path / "rules.json")


def test_nothing_imposed_is_an_open_way(file: RulesFile) -> None:
    """A way that nobody spoke of passes everything at once."""
    assert Rules(file.path).of("aws>azure") == Rule()


def test_a_rule_is_read_by_who_has_read_before(file: RulesFile) -> None:
    """A reader sees each change at its next look, with a new edition."""
    reader = Rules(file.path)
    before = reader.edition()
    file.impose("partition", ["aws>azure"], HELD)
    assert reader.of("aws>azure") == HELD
    assert reader.edition() == before + 1
    assert reader.edition() == before + 1


def test_a_fault_that_ends_leaves_the_others(file: RulesFile) -> None:
    """Of two faults that hold a way, the end of one leaves it held."""
    reader = Rules(file.path)
    file.impose("partition:aws-azure", ["aws>azure", "azure>aws"], HELD)
    file.impose("partition:aws>azure", ["aws>azure"], HELD)
    file.lift("partition:aws-azure", ["aws>azure", "azure>aws"])
    assert (reader.of("aws>azure"), reader.of("azure>aws")) == (HELD, Rule())
    file.lift("partition:aws>azure", ["aws>azure"])
    assert reader.of("aws>azure") == Rule()


def test_imposed_twice_is_imposed_once(file: RulesFile) -> None:
    """A fault that begins twice is gone when it has ended once, and may end twice."""
    reader = Rules(file.path)
    for _ in range(2):
        file.impose("slow-link", ["azure>aws"], Rule(latency_seconds=0.2))
    assert reader.of("azure>aws").latency_seconds == 0.2
    for _ in range(2):
        file.lift("slow-link", ["azure>aws"])
    assert reader.of("azure>aws") == Rule()


@given(st.lists(rules, max_size=4))
def test_faults_together_are_no_better_than_each(several: list[Rule]) -> None:
    """What several make of a way is at least as bad as each, whatever their order."""
    together, backwards = combined(several), combined(reversed(several))
    assert (together.state, together.seed) == (backwards.state, backwards.seed)
    order = [State.OPEN, State.HELD, State.CUT]
    for rule in several:
        assert order.index(together.state) >= order.index(rule.state)
        assert together.latency_seconds >= rule.latency_seconds
        assert together.loss >= rule.loss - 1e-9


@pytest.mark.parametrize(
    ("opening", "seconds"), [(False, 0.1), (True, 0.2)], ids=["one way", "handshake"]
)
def test_latency_is_of_the_round_trip(opening: bool, seconds: float) -> None:  # noqa: FBT001
    """A chunk travels half the round trip; a connection takes a whole one to open."""
    rule = Rule(latency_seconds=0.2)
    assert waits_of(rule, Losing(0), opening=opening) == pytest.approx(seconds)


class Losing(random.Random):
    """Loses the first ``count`` of what is sent, then no more."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    def random(self) -> float:
        """Return a draw under any loss while there is one to lose."""
        self.left -= 1
        return 0.0 if self.left >= 0 else 1.0


@pytest.mark.parametrize(
    ("opening", "lost", "seconds"),
    [(False, 1, 0.1 + 0.4), (False, 3, 0.1 + 0.4 + 0.8 + 1.6), (True, 2, 0.2 + 1.0 + 2.0)],
)
def test_what_is_lost_comes_a_retransmission_later(
    opening: bool,  # noqa: FBT001
    lost: int,
    seconds: float,
) -> None:
    """A lost chunk waits for TCP's time-out, which doubles; a lost SYN waits a second first."""
    rule = Rule(latency_seconds=0.2, loss=0.5)
    assert waits_of(rule, Losing(lost), opening=opening) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("numbers", "named"),
    [
        ({"latency_seconds": -0.1}, "latency_seconds"),
        ({"latency_seconds": float("nan")}, "latency_seconds"),
        ({"loss": 1.0}, "loss"),
        ({"loss": -0.1}, "loss"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(numbers: dict[str, float], named: str) -> None:
    """A rule with a loss of all, or a time that runs backwards, names the field."""
    with pytest.raises(ValueError, match=named):
        Rule(**numbers)


def test_the_file_is_never_half_written(file: RulesFile) -> None:
    """What a reader finds is always whole: the file is renamed into place."""
    file.impose("one", WAYS, Rule(State.HELD, 0.1, 0.2, 3))
    document = json.loads(file.path.read_text())
    assert set(document) == set(WAYS)
    assert [path.name for path in file.path.parent.iterdir()] == [file.path.name]


def test_both_ways_of_a_pair_are_those_that_there_are() -> None:
    """A pair takes the ways in both directions, a way takes itself."""
    assert set(ways_of("aws-azure")) == {"aws>azure", "azure>aws"}
    assert ways_of("azure>aws") == ("azure>aws",)
    assert ways_of("clients-aws") == ("clients>aws",)
    assert {way for pair in PAIRS for way in ways_of(pair)} == set(WAYS)
