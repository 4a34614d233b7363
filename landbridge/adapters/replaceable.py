"""What a takeover puts in the place of AWS's services, function by function.

In Lambda nothing is ever replaced. A takeover's steps are the same functions, run where no API of
AWS may be needed: before the first of them, ``replace`` names what to call instead.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

__all__ = ["replace", "replaceable"]

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

_instead: dict[str, Callable[..., Any]] = {}


def replaceable(function: Callable[Arguments, Answer]) -> Callable[Arguments, Answer]:
    """Let ``replace`` put another function of the same shape and errors in this one's place."""
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Answer:
        chosen: Callable[Arguments, Answer] = _instead.get(name, function)
        return chosen(*args, **kwargs)

    return call


def replace(function: Callable[Arguments, Answer], instead: Callable[Arguments, Answer]) -> None:
    """Call ``instead`` from now on, in this process and those that it forks."""
    _instead[f"{function.__module__}.{function.__qualname__}"] = instead
