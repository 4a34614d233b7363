"""The host's rules, on small apps made for it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import azure.functions as func
import pytest
from aiohttp.test_utils import TestClient, TestServer

from lab.azure.host import Host
from lab.azure.routes import AppError, Keys, routes_among, routes_of
from lab.azure.timers import timers_among, wind

KEYS = Keys("function-key", "master-key")


class Answered(NamedTuple):
    """What the host answered."""

    status: int
    body: str
    content_type: str


def ask(  # noqa: PLR0917 - a request's parts
    app: func.FunctionApp,
    method: str,
    path: str,
    key: str = "",
    body: bytes = b"",
    prefix: str = "api",
    answer_seconds: float = 60.0,
) -> Answered:
    """Serve the app, ask it once."""

    async def run() -> Answered:
        host = Host(routes_of(app, prefix), KEYS, answer_seconds)
        async with TestClient(TestServer(host.application())) as client:
            headers = {"x-functions-key": key} if key else {}
            async with client.request(method, path, headers=headers, data=body) as response:
                text = await response.text()
                return Answered(response.status, text, response.headers.get("Content-Type", ""))

    return asyncio.run(run())


def echo_app(level: func.AuthLevel = func.AuthLevel.ANONYMOUS, **route: Any) -> func.FunctionApp:
    """Return an app with one function that says what it was given."""
    app = func.FunctionApp(http_auth_level=level)

    @app.route(**route)
    def echo(req: func.HttpRequest) -> func.HttpResponse:
        given = f"{req.method} {dict(req.route_params)} {dict(req.params)} {req.get_body()!r}"
        return func.HttpResponse(given, status_code=202, headers={"X-Kept": "1"})

    return app


@pytest.mark.parametrize(
    ("level", "key", "status"),
    [
        (func.AuthLevel.ANONYMOUS, "", 202),
        (func.AuthLevel.FUNCTION, "", 401),
        (func.AuthLevel.FUNCTION, "wrong", 401),
        (func.AuthLevel.FUNCTION, "function-key", 202),
        (func.AuthLevel.FUNCTION, "master-key", 202),
        (func.AuthLevel.ADMIN, "", 401),
        (func.AuthLevel.ADMIN, "function-key", 401),
        (func.AuthLevel.ADMIN, "master-key", 202),
    ],
)
@pytest.mark.parametrize("place", ["header", "query"])
def test_levels(level: func.AuthLevel, key: str, status: int, place: str) -> None:
    """A key in the header or as ?code= opens what its level opens; without it nothing is said."""
    path = "/api/echo" if place == "header" else f"/api/echo?code={key}"
    answered = ask(echo_app(level, route="echo"), "GET", path, key if place == "header" else "")

    assert answered.status == status
    assert (answered.body == "") == (status == 401)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/gate/7", 202),
        ("GET", "/API/Gate/7", 202),
        ("POST", "/api/gate/7", 404),
        ("GET", "/api/gate", 404),
        ("GET", "/api/gate/7/8", 404),
        ("GET", "/gate/7", 404),
        ("GET", "/", 404),
    ],
)
def test_routes(method: str, path: str, status: int) -> None:
    """What is not a route with that method is not found; case does not matter."""
    assert ask(echo_app(route="gate/{number}", methods=["GET"]), method, path).status == status


def test_what_a_function_is_given() -> None:
    """Method, path, query and body reach the function, and its answer comes back whole."""
    answered = ask(echo_app(route="gate/{number}"), "PUT", "/api/gate/7?a=b", body=b"{}")

    assert answered == (202, "PUT {'number': '7'} {'a': 'b'} b'{}'", "text/plain; charset=utf-8")


def test_default_route_and_no_prefix() -> None:
    """Without a route a function answers at its name; host.json may take the prefix away."""
    assert ask(echo_app(), "GET", "/echo", prefix="").status == 202


def test_failing_function() -> None:
    """A function that raises, or answers nothing, is 500 without a word."""
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route(route="raise")
    def fail(req: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError(f"secret of {req.url}")

    @app.route(route="nothing")
    def nothing(req: func.HttpRequest) -> func.HttpResponse:
        del req
        return None  # type: ignore[return-value]  # ty

    async def run() -> list[tuple[int, str]]:
        host = Host(routes_of(app, "api"), KEYS)
        async with TestClient(TestServer(host.application())) as client:
            answers = []
            for path in ("/api/raise", "/api/nothing"):
                async with client.get(path) as response:
                    answers.append((response.status, await response.text()))
            return answers

    assert asyncio.run(run()) == [(500, ""), (500, "")]


def test_function_that_takes_too_long() -> None:
    """The caller of a function that does not end in time gets 502."""
    released = threading.Event()
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route(route="slow")
    def slow(req: func.HttpRequest) -> func.HttpResponse:
        del req
        released.wait()
        return func.HttpResponse("late")

    async def run() -> int:
        host = Host(routes_of(app, "api"), KEYS, 0.05)
        server = TestServer(host.application())
        async with TestClient(server) as client, client.get("/api/slow") as response:
            released.set()
            return response.status

    assert asyncio.run(run()) == 502


@pytest.mark.parametrize("route", ["gate/{*rest}", "gate/{number:int}", "gate/{number?}"])
def test_route_of_another_kind(route: str) -> None:
    """A route that this host would serve wrongly is refused when the app is loaded."""
    with pytest.raises(AppError, match="route"):
        routes_of(echo_app(route=route), "api")


def test_trigger_of_another_kind() -> None:
    """A function that no request starts is refused when the app is loaded."""
    app = func.FunctionApp()

    @app.queue_trigger(arg_name="message", queue_name="orders", connection="storage")
    def take(message: func.QueueMessage) -> None:
        del message

    with pytest.raises(AppError, match="take"):
        routes_of(app, "api")


def timed_app(schedule: str, tick: Callable[[], None]) -> func.FunctionApp:
    """Return the app with a timer beside its route."""
    app = echo_app()

    @app.timer_trigger(arg_name="timer", schedule=schedule)
    def wound(timer: func.TimerRequest) -> None:
        assert timer.past_due is False
        tick()

    return app


def test_a_timer_is_wound_and_no_route() -> None:
    """It is called again and again, whatever came of the time before."""
    called = threading.Semaphore(0)

    def tick() -> None:
        called.release()
        raise RuntimeError("the host tells its log")

    functions = timed_app("*/1 * * * * *", tick).get_functions()
    assert [route.name for route in routes_among(functions, "api")] == ["echo"]
    (timer,) = timers_among(functions)

    async def run() -> None:
        with ThreadPoolExecutor() as threads:
            wound = asyncio.create_task(wind(timer, threads))
            for _ in range(2):
                await asyncio.get_running_loop().run_in_executor(None, called.acquire)
            wound.cancel()

    asyncio.run(run())


@pytest.mark.parametrize("schedule", ["0 * * * * *", "*/90 * * * * *", "00:00:10"])
def test_a_schedule_of_another_kind_is_refused(schedule: str) -> None:
    """A timer that is never called would look as if it saw nothing."""
    with pytest.raises(AppError, match="schedule"):
        timers_among(timed_app(schedule, lambda: None).get_functions())
