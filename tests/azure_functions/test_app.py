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
# What a request without a token gets: the vetoes' own answer, or none.
TOKEN, NO_TOKEN = 401, 503


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
    """These routes and methods are the interface; only the two vetoes need no token."""
    found = set()
    for function in functions:
        trigger = function.get_trigger()
        if isinstance(trigger, TimerTrigger):
            continue
        methods = ",".join(str(method.value) for method in trigger.methods)
        request = func.HttpRequest(methods, f"/api/{trigger.route}", body=b"{}")
        answer = function.get_user_function()(request)
        found.add((f"{methods} {trigger.route}", answer.status_code))
        # A key, which the host would ask for, is nobody's.
        assert trigger.auth_level is func.AuthLevel.ANONYMOUS

    assert found == {
        ("GET gate/veto-aws", NO_TOKEN),
        ("GET gate/veto-azure", NO_TOKEN),
        ("GET gate", TOKEN),
        ("POST gate", TOKEN),
        ("POST lock", TOKEN),
        ("POST probe", TOKEN),
        ("POST preflight", TOKEN),
        ("GET standby", TOKEN),
        ("POST scale", TOKEN),
        ("GET rebuild", TOKEN),
        ("POST rebuild", TOKEN),
        ("GET rehearsal", TOKEN),
        ("POST rehearsal", TOKEN),
        ("POST look", TOKEN),
        ("POST takeover", TOKEN),
        ("GET takeover/{run}", TOKEN),
        ("GET takeover/{run}/record", TOKEN),
        ("GET takeovers", TOKEN),
    }


def test_a_route_that_nobody_guarded_is_shut() -> None:
    """One that is registered in the Functions' own way wants the key that nobody has."""
    assert app.auth_level is func.AuthLevel.FUNCTION


def test_arguments_are_named_as_their_bindings(functions: list[func.Function]) -> None:
    """The host passes the request by the binding's name, which the function must have."""
    for function in functions:
        trigger, handler = function.get_trigger(), function.get_user_function()

        assert trigger.name in handler.__code__.co_varnames[: handler.__code__.co_argcount]


def test_host() -> None:
    """Routes lie under /api, and every function ends well before App Service's 230 s for HTTP."""
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
