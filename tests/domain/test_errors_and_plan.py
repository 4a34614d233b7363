"""The names that other systems depend on: errors and steps."""

import tomllib
from pathlib import Path

import pytest

from landbridge.domain import errors
from landbridge.domain.plan import (
    FAILBACK,
    FAILOVER,
    GAMEDAY,
    STANDALONE,
    WAVES,
    WEBHOOK,
    step_named,
)
from landbridge.domain.version import VERSION

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_an_error_says_its_remedy() -> None:
    """The message is what went wrong; the text adds what to do, where there is something."""
    plain, helped = errors.LandbridgeError("broken"), errors.LandbridgeError("broken", "mend it")
    assert (plain.message, plain.remedy, str(plain)) == ("broken", "", "broken")
    assert (helped.message, helped.remedy) == ("broken", "mend it")
    assert str(helped) == "broken Remedy: mend it"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("broken", ("broken", "")),
        ("broken Remedy: mend it", ("broken", "mend it")),
        ("step: broken Remedy: x Remedy: mend it", ("step: broken Remedy: x", "mend it")),
        ("", ("", "")),
    ],
)
def test_a_remedy_is_found_in_what_a_lambda_hands_on(text: str, parts: tuple[str, str]) -> None:
    """The last one is the error's own; the others were of what it quotes."""
    assert errors.parted(text) == parts


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name.endswith("Error")])
def test_an_error_is_found_by_its_name(name: str) -> None:
    """Each error of the tree comes back from its name, as the Function App sends it."""
    found = errors.error_named(name)
    assert found is not None
    assert found.__name__ == name
    assert issubclass(found, errors.LandbridgeError)


@pytest.mark.parametrize("name", ["", "ValueError", "error_named", "__all__", "Nothing"])
def test_a_name_that_is_no_error_is_nothing(name: str) -> None:
    """What another system calls an error is not taken for one of the tree."""
    assert errors.error_named(name) is None


def test_the_tree_is_drawn_as_it_is() -> None:
    """The drawing at the top of the file has every error, under its own parent."""
    drawn = {}
    parent = ""
    for line in str(errors.__doc__).splitlines():
        name = line.strip("│├└─ ").split(" ")[0]
        if name.endswith("Error") and name != "LandbridgeError":
            parent = name if line.startswith(("    ├", "    └")) else parent
            drawn[name] = "LandbridgeError" if name == parent else parent
    real = {
        name: found.__bases__[0].__name__
        for name in errors.__all__
        if (found := errors.error_named(name)) and found is not errors.LandbridgeError
    }
    assert drawn == real


def test_one_verb_noun_gives_every_name() -> None:
    """Folder, state, construct and placeholder come from one name."""
    step = step_named("promote_standby")
    assert (step.name, step.title, step.construct, step.substitution) == (
        "promote_standby",
        "Promote Standby",
        "PromoteStandby",
        "PromoteStandbyFunctionArn",
    )
    with pytest.raises(KeyError):
        step_named("promote_nobody")


def test_no_two_steps_share_a_name() -> None:
    """Each step is found by its name."""
    steps = (*FAILOVER, *FAILBACK, *GAMEDAY, *STANDALONE, WEBHOOK, *WAVES)
    assert [step_named(step.name) for step in steps] == list(steps)
    known = {
        "aws_database",
        "azure_database",
        "eks",
        "function_app",
        "runs_read",
        "runs_write",
        "earlier_runs",
        "records",
        "rehearsal_records",
        "histories",
        "topic",
        "executions",
        "execution_status",
        "all_executions",
        "failback_machine",
        "failback_starter",
        "gameday_machine",
        "failover_machine",
        "starter",
        "steps",
        "webhook",
        "health_alarm",
        "route53",
        "triggers",
        "workload_running",
        "workload_runs",
        "workload_starters",
        "workload_topics",
        "waves_machine",
    }
    assert {used for step in steps for used in step.uses} == known


def test_the_version_that_both_halves_report_is_the_projects() -> None:
    """A release that forgets it would take a half of another version for its own."""
    assert tomllib.loads(PROJECT.read_text())["project"]["version"] == VERSION
