"""What the Function App is, before anything is asked of it."""

import json
import re
from pathlib import Path

import azure.functions as func
import pytest
from azure.functions.decorators.timer import TimerTrigger
from packaging.requirements import Requirement

from azure_functions.function_app import app

FOLDER = Path(__file__).parents[2] / "azure_functions"
KEY, NO_KEY = func.AuthLevel.FUNCTION, func.AuthLevel.ANONYMOUS


@pytest.fixture(scope="module", name="functions")
def _functions() -> list[func.Function]:
    # An app lists its functions once: it takes the second time for duplicates.
    return list(app.get_functions())


def test_one_timer_looks_at_aws(functions: list[func.Function]) -> None:
    """Every ten seconds; everything else is asked for."""
    timers = [one for one in functions if isinstance(one.get_trigger(), TimerTrigger)]
    (timer,) = timers
    assert timer.get_function_name() == "watch_aws"
    assert timer.get_trigger().schedule == "*/10 * * * * *"


def test_routes(functions: list[func.Function]) -> None:
    """These routes, methods and levels are the interface; only the two vetoes need no key."""
    found = set()
    for function in functions:
        trigger = function.get_trigger()
        if isinstance(trigger, TimerTrigger):
            continue
        methods = ",".join(str(method.value) for method in trigger.methods)
        found.add((f"{methods} {trigger.route}", trigger.auth_level))

    assert found == {
        ("GET gate/veto-aws", NO_KEY),
        ("GET gate/veto-azure", NO_KEY),
        ("GET gate", KEY),
        ("POST gate", KEY),
        ("POST lock", KEY),
        ("POST probe", KEY),
        ("POST preflight", KEY),
        ("GET standby", KEY),
        ("POST scale", KEY),
        ("GET rebuild", KEY),
        ("POST rebuild", KEY),
        ("GET rehearsal", KEY),
        ("POST rehearsal", KEY),
        ("POST look", KEY),
        ("POST takeover", KEY),
        ("GET takeover/{run}", KEY),
        ("GET takeover/{run}/record", KEY),
        ("GET takeovers", KEY),
    }


def test_arguments_are_named_as_their_bindings(functions: list[func.Function]) -> None:
    """The host passes the request by the binding's name, which the function must have."""
    for function in functions:
        trigger, handler = function.get_trigger(), function.get_user_function()

        assert trigger.name in handler.__code__.co_varnames[: handler.__code__.co_argcount]


def test_host() -> None:
    """Routes lie under /api, and no function runs longer than its callers wait."""
    host = json.loads((FOLDER / "host.json").read_text())

    assert host["version"] == "2.0"
    assert host["extensions"]["http"]["routePrefix"] == "api"
    assert host["functionTimeout"] == "00:01:00"


def requirements() -> list[Requirement]:
    """Return the Function App's requirements."""
    lines = (FOLDER / "requirements.txt").read_text().splitlines()
    texts = [line.partition("#")[0].strip() for line in lines]
    return [Requirement(text) for text in texts if text]


@pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.name)
def test_requirement_admits_the_locked_versions(requirement: Requirement) -> None:
    """Every version in the lock, which is what the tests run on, is in the range."""
    lock = (FOLDER.parent / "requirements.lock").read_text()
    locked = re.findall(rf"^{re.escape(requirement.name)}==([\w.]+)", lock, re.MULTILINE)

    assert locked
    assert all(version in requirement.specifier for version in locked)
