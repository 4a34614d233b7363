"""Which function answers a request, by the app's own metadata.

Source: Microsoft Learn, "Azure Functions HTTP trigger": routes are matched whatever their case,
under host.json's prefix; without methods a function takes all of them; a key of the function or
the master key opens level FUNCTION, the master key alone level ADMIN.
"""

import hmac
import importlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import azure.functions as func
from azure.functions.decorators.http import HttpTrigger
from azure.functions.decorators.timer import TimerTrigger

_PARAMETER = re.compile(r"\{(\w+)\}")
_LITERAL = re.compile(r"[\w./-]*")


class AppError(RuntimeError):
    """The app can't be served by this host; the message says what it has no answer for."""


@dataclass(frozen=True)
class Route:
    """One function: where it answers, to which methods (none: all), at which level."""

    name: str
    pattern: re.Pattern[str]
    methods: frozenset[str]
    level: func.AuthLevel
    argument: str
    handler: Callable[..., object]


@dataclass(frozen=True)
class Match:
    """A route and the values in the path."""

    route: Route
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Keys:
    """The app's function key and its master key."""

    function: str
    master: str

    def open(self, level: func.AuthLevel, shown: str) -> bool:
        """Whether the key shown opens a route of that level."""
        if level is func.AuthLevel.ANONYMOUS:
            return True
        accepted = [self.master]
        if level is func.AuthLevel.FUNCTION:
            accepted.append(self.function)
        return any(hmac.compare_digest(shown.encode(), key.encode()) for key in accepted)


def load_functions(folder: Path) -> tuple[list[func.Function], str]:
    """Return the functions of the app in ``folder`` and its routes' prefix; it becomes importable.

    Raises AppError for what this host does not serve.
    """
    sys.path.insert(0, str(folder))
    module = importlib.import_module("function_app")
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionApp)]
    if len(apps) != 1:
        raise AppError(f"function_app.py holds {len(apps)} apps, not one")
    host = json.loads((folder / "host.json").read_text(encoding="utf-8"))
    prefix = host.get("extensions", {}).get("http", {}).get("routePrefix", "api")
    return list(apps[0].get_functions()), str(prefix)


def routes_of(app: func.FunctionApp, prefix: str) -> list[Route]:
    """Return the app's routes, which it lists once in its life. Raises AppError as above."""
    return routes_among(app.get_functions(), prefix)


def routes_among(functions: Iterable[func.Function], prefix: str) -> list[Route]:
    """Return the routes; timers are none (``lab.azure.timers``)."""
    routed = [one for one in functions if not isinstance(one.get_trigger(), TimerTrigger)]
    return [_route(function, prefix) for function in routed]


def find(routes: Iterable[Route], method: str, path: str) -> Match | None:
    """Return the function for the request, or None: the host answers 404 to a wrong method too."""
    for route in routes:
        found = route.pattern.fullmatch(path)
        if found and (not route.methods or method.upper() in route.methods):
            return Match(route, found.groupdict())
    return None


def _route(function: func.Function, prefix: str) -> Route:
    name, trigger = str(function.get_function_name()), function.get_trigger()
    if not isinstance(trigger, HttpTrigger):
        raise AppError(f"function {name}: only HTTP triggers are served here")
    path = "/" + "/".join(part for part in (prefix, trigger.route or name) if part)
    methods = frozenset(str(getattr(one, "value", one)).upper() for one in trigger.methods or ())
    return Route(
        name=name,
        pattern=_pattern(name, path),
        methods=methods,
        level=trigger.auth_level or func.AuthLevel.FUNCTION,
        argument=trigger.name,
        handler=function.get_user_function(),
    )


def _pattern(name: str, path: str) -> re.Pattern[str]:
    if not _LITERAL.fullmatch(_PARAMETER.sub("", path)):
        raise AppError(f"function {name}: route {path} is of a kind that is not served here")
    pieces = _PARAMETER.split(path)  # literal, parameter, literal, ...
    text = "".join(
        f"(?P<{piece}>[^/]+)" if odd else re.escape(piece)
        for piece, odd in zip(pieces, (n % 2 for n in range(len(pieces))), strict=True)
    )
    return re.compile(text, re.IGNORECASE)
