"""How many cases there are in all."""

from tests.malformed import test_bodies, test_configuration, test_events, test_flags


def test_there_are_more_than_a_thousand() -> None:
    """Events, configuration, bodies and flags, each with hundreds, and no two alike."""
    kinds = [
        [(name, case.sent) for name, case in (one.values for one in test_bodies.CASES)],
        [(flow, case.sent) for flow, case in (one.values for one in test_events.CASES)],
        [
            (number, case.sent)
            for number, cases in enumerate(
                (
                    test_configuration.FILES,
                    test_configuration.OVERRIDES,
                    test_configuration.SETTINGS,
                )
            )
            for (case,) in (one.values for one in cases)
        ],
        [tuple(arguments) for _, arguments in test_flags.CASES],
    ]
    counts = [len(set(kind)) for kind in kinds]
    assert min(counts) >= 250
    assert sum(counts) >= 1_300
