"""What an ill Functions host does to its callers: decided by a file and a seed."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest
from aiohttp import ServerDisconnectedError
from aiohttp.test_utils import TestClient, TestServer

from lab.azure.ailments import Ailment, Ailments, Symptom, prescribe, symptoms
from lab.azure.host import Host
from lab.azure.routes import Keys, routes_of

PATHS = ("one", "two", "three")


def app() -> tuple[func.FunctionApp, list[str]]:
    """Return an app whose routes answer with their own names, and what it was asked."""
    made, asked = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS), list[str]()

    def route(name: str) -> None:
        @made.function_name(name)
        @made.route(route=name, methods=["GET"])
        def answer(req: func.HttpRequest) -> func.HttpResponse:
            asked.append(req.url.rpartition("/")[2])
            return func.HttpResponse(json.dumps(name), mimetype="application/json")

    for name in PATHS:
        route(name)
    return made, asked


def answers(file: Path, count: int) -> Iterator[tuple[int, str]]:
    """Ask for /api/one that often; give status and body, 0 where the answer was lost."""
    made, _ = app()

    async def run() -> list[tuple[int, str]]:
        host = Host(routes_of(made, "api"), Keys("f", "m"), ailments=Ailments(file))
        seen = []
        async with TestClient(TestServer(host.application())) as client:
            for _ in range(count):
                try:
                    async with client.get("/api/one") as answer:
                        seen.append((answer.status, await answer.text()))
                except ServerDisconnectedError:
                    seen.append((0, ""))
        return seen

    return iter(asyncio.run(run()))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the file that the host looks at."""
    return tmp_path / "ailment.json"


def test_a_host_without_an_ailment_is_well(file: Path) -> None:
    """No file is no ailment; so is ``well``."""
    assert set(answers(file, 3)) == {(200, '"one"')}
    prescribe(file, Ailment.WELL)
    assert set(answers(file, 3)) == {(200, '"one"')}
    assert symptoms(file) == []


def test_an_erring_host_answers_500_and_503(file: Path) -> None:
    """Every call goes wrong with the share 1, some with less; each is written down."""
    prescribe(file, Ailment.ERRORING, seed=1)
    assert {status for status, _ in answers(file, 20)} == {500, 503}
    assert len(symptoms(file)) == 20
    assert {one["works"] for one in symptoms(file)} == {True, False}

    prescribe(file, Ailment.ERRORING, seed=1, share=0.5)
    assert {status for status, _ in answers(file, 20)} == {200, 500, 503}


def test_a_wrong_answer_comes_with_200_and_is_never_the_right_one(file: Path) -> None:
    """It is a page, junk, or what another route says."""
    prescribe(file, Ailment.WRONG_ANSWER, seed=3)
    seen = list(answers(file, 40))

    assert {status for status, _ in seen} == {200}
    bodies = {body for _, body in seen}
    assert '"one"' not in bodies
    assert '"two"' in bodies
    assert any(body.startswith("<!DOCTYPE html>") for body in bodies)


def test_the_first_answer_of_a_route_is_lost_and_the_second_call_refused(file: Path) -> None:
    """The first call was carried out; from the third on the route works."""
    prescribe(file, Ailment.FIRST_TWO_FAIL)
    assert list(answers(file, 4)) == [(0, ""), (503, ""), (200, '"one"'), (200, '"one"')]
    assert [one["works"] for one in symptoms(file)] == [True, False]


def drawn(file: Path, count: int = 200) -> list[Symptom]:
    """Return what the next requests would suffer."""
    ailments = Ailments(file)
    return [ailments.next("GET", "/api/one") for _ in range(count)]


def test_a_slow_host_answers_at_once_about_ten_seconds_late_and_beyond(file: Path) -> None:
    """Some are late before the work is done and some after, around the caller's 10 s."""
    prescribe(file, Ailment.SLOW, seed=5)
    late = [one.before_seconds + one.after_seconds for one in drawn(file)]

    assert any(seconds < 1 for seconds in late)
    assert any(9 <= seconds < 10 for seconds in late)
    assert any(10 < seconds <= 11 for seconds in late)
    assert any(12 <= seconds <= 15 for seconds in late)
    assert any(one.before_seconds for one in drawn(file))
    assert any(one.after_seconds for one in drawn(file))


def test_a_seed_decides(file: Path) -> None:
    """The same seed is the same course; another seed another one."""
    courses = []
    for seed in (7, 7, 8):
        prescribe(file, Ailment.WRONG_ANSWER, seed=seed)
        courses.append(drawn(file))

    assert courses[0] == courses[1] != courses[2]


def test_health_checkers_are_spared_by_what_fails_in_turn(file: Path) -> None:
    """The vetoes' first two answers are not lost: nothing would ask for them again."""
    prescribe(file, Ailment.FIRST_TWO_FAIL)
    assert Ailments(file).next("GET", "/api/gate/veto-aws") == Symptom()


def test_causes_have_their_say_together_and_end_alone(file: Path) -> None:
    """Late and erring at a time; the one that ends leaves the other as it is."""
    prescribe(file, Ailment.SLOW, "slow", seed=5)
    prescribe(file, Ailment.ERRORING, "errs", seed=1)
    both = drawn(file, 50)
    assert {one.status for one in both} == {500, 503}
    assert any(one.before_seconds + one.after_seconds > 5 for one in both)

    prescribe(file, Ailment.WELL, "slow")
    left = drawn(file, 50)
    assert {one.status for one in left} == {500, 503}
    assert not any(one.before_seconds + one.after_seconds for one in left)

    prescribe(file, Ailment.WELL, "errs")
    assert set(drawn(file, 5)) == {Symptom()}


def test_another_cause_does_not_begin_one_anew(file: Path) -> None:
    """What is to fail twice fails twice, whatever else begins and ends meanwhile."""
    prescribe(file, Ailment.FIRST_TWO_FAIL, "twice")
    ailments = Ailments(file)
    assert ailments.next("GET", "/api/one").answer_lost
    prescribe(file, Ailment.SLOW, "slow", share=0.0)
    assert ailments.next("GET", "/api/one").status == 503
    assert ailments.next("GET", "/api/one") == Symptom()


def test_what_is_written_down_says_what_happened(file: Path) -> None:
    """When, which route, and the symptom."""
    prescribe(file, Ailment.ERRORING, seed=2)
    drawn(file, 1)
    (one,) = symptoms(file)
    told: dict[str, Any] = {"route": "GET /api/one", "body": "Service Error", "answer_lost": False}
    assert told.items() <= one.items()
    assert one["at"] > 0
