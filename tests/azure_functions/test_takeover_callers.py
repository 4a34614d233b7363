"""Who starts a takeover: the routes as the host calls them, with tokens of every kind."""

from collections.abc import Iterator

import azure.functions as func
import pytest

from azure_functions import callers, look, takeover
from tests.azure_functions.keys_server import DATABASE, OTHER_KEY, KeysServer, keys_server

NOW_IS_OVER, NOT_YET = 1_000, 4_000_000_000
PERSON = {"scp": "user_impersonation", "roles": ["Operator"]}
ROUTES = (
    ("POST", "takeover"),
    ("GET", "takeover/{run}"),
    ("GET", "takeovers"),
    ("GET", "takeover/{run}/record"),
)
# A body that says nothing, and a name that is no run's: let in, they are refused with 400.
LET_IN, UNTRUE, REFUSED = 400, 401, 403


@pytest.fixture(name="entra", scope="module")
def _entra() -> Iterator[KeysServer]:
    with keys_server() as entra, pytest.MonkeyPatch.context() as told:
        for name, value in entra.environment().items():
            told.setenv(name, value)
        callers.forget()
        yield entra
    callers.forget()


@pytest.fixture(name="asked", scope="module")
def _asked() -> dict[tuple[str, str], func.Function]:
    app = func.FunctionApp()
    for subject in (takeover, look):
        app.register_functions(subject.blueprint)
    found = app.get_functions()
    return {(one.get_trigger().methods[0].value, one.get_trigger().route): one for one in found}


def status(function: func.Function, token: str) -> int:
    """Return what a request with that token gets."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    params = {"run": "no/run"}
    request = func.HttpRequest("POST", "/api", headers=headers, route_params=params, body=b"{}")
    return int(function.get_user_function()(request).status_code)


@pytest.mark.parametrize("route", [one for one in ROUTES if one != ("GET", "takeovers")])
def test_a_person_on_call_and_the_orchestrator_are_let_in(
    entra: KeysServer, asked: dict[tuple[str, str], func.Function], route: tuple[str, str]
) -> None:
    """By role and as what they are."""
    assert status(asked[route], entra.token(**PERSON)) == LET_IN
    assert status(asked[route], entra.token()) == LET_IN


@pytest.mark.parametrize("route", ROUTES)
def test_whoever_else_is_not(
    entra: KeysServer, asked: dict[tuple[str, str], func.Function], route: tuple[str, str]
) -> None:
    """A token that is stolen and over, of another audience, of a key that is not Entra's, ..."""
    claims = entra.claims()
    codes = {
        "nobody": status(asked[route], ""),
        "over": status(asked[route], entra.token(exp=NOW_IS_OVER)),
        "not yet": status(asked[route], entra.token(nbf=NOT_YET)),
        "without an end": status(asked[route], entra.token(exp=None)),
        "another audience": status(asked[route], entra.token(aud="api://somebody-else")),
        "another key": status(asked[route], OTHER_KEY.sign(claims)),
        "the database": status(asked[route], entra.token(DATABASE)),
        "a person without a role": status(asked[route], entra.token(**{**PERSON, "roles": []})),
        "an app as a person": status(asked[route], entra.token(roles=["Operator"])),
        "another program": status(asked[route], entra.token(**PERSON, azp="another")),
    }
    untrue = {"nobody", "over", "not yet", "without an end", "another audience", "another key"}
    assert codes == {name: UNTRUE if name in untrue else REFUSED for name in codes}


def test_a_person_does_not_say_what_was_last_seen_of_aws(
    entra: KeysServer, asked: dict[tuple[str, str], func.Function]
) -> None:
    """A promotion goes by that look: it is the orchestrator's alone."""
    route = ("POST", "look")
    assert status(asked[route], entra.token()) == LET_IN
    assert status(asked[route], entra.token(**PERSON)) == REFUSED
