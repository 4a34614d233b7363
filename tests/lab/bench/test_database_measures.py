"""The measures of databases, small: both sides do the work that they are compared by."""

import io

from rich.console import Console

from lab.bench.rebuild import compare_rebuilds
from lab.bench.resequence import compare_resequencing


def test_a_rebuild_is_measured_in_both_ways() -> None:
    """One old primary is rewound and copied; a rebuild in another way would be an error."""
    (measure,) = compare_rebuilds(Console(file=io.StringIO()), megabytes=8, changed_megabytes=2)
    assert measure.measure == "rebuild, 8 MB, 2 MB changed"
    assert (measure.unit, measure.ours > 0, measure.reference > 0) == ("s", True, True)


def test_resequencing_is_measured_in_both_ways() -> None:
    """As many sequences move in batches as one by one; fewer would be an error."""
    (measure,) = compare_resequencing(Console(file=io.StringIO()), count=20)
    assert measure.measure == "resequence, 20 sequences"
    assert (measure.unit, measure.ours > 0, measure.reference > 0) == ("s", True, True)
