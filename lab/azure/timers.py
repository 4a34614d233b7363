"""The app's timers, wound as the Functions host winds them: every so many seconds of the clock.

Source: Microsoft Learn, "Timer trigger for Azure Functions": six fields, seconds first; a run that
takes longer than its interval lets the next wait. A timer that fails is told to the log.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import azure.functions as func
from azure.functions.decorators.timer import TimerTrigger
from azure.functions.timer import TimerRequest

from lab.azure.routes import AppError

__all__ = ["Timer", "timers_among", "wind"]

logger = logging.getLogger(__name__)

_EVERY_SECONDS = re.compile(r"\*/([1-9]|[1-5][0-9]) \* \* \* \* \*")


@dataclass(frozen=True)
class Timer:
    """One function, and every how many seconds it is called."""

    name: str
    seconds: int
    argument: str
    handler: Callable[..., object]


def timers_among(functions: Iterable[func.Function]) -> list[Timer]:
    """Return the timers; raise AppError for a schedule that is not served here."""
    return [
        _timer(one, trigger)
        for one in functions
        if isinstance(trigger := one.get_trigger(), TimerTrigger)
    ]


def _timer(function: func.Function, trigger: TimerTrigger) -> Timer:
    name = str(function.get_function_name())
    found = _EVERY_SECONDS.fullmatch(str(trigger.schedule))
    if found is None:
        raise AppError(f"function {name}: schedule {trigger.schedule} is not served here")
    return Timer(name, int(found[1]), trigger.name, function.get_user_function())


async def wind(timer: Timer, threads: Executor) -> None:
    """Call the timer's function whenever its time comes; ends when it is cancelled."""
    while True:
        await asyncio.sleep(timer.seconds - time.time() % timer.seconds)
        given = {timer.argument: TimerRequest()}
        call = asyncio.get_running_loop().run_in_executor(threads, partial(timer.handler, **given))
        try:
            await call
        except Exception:  # the host tells its log, and calls it again in time
            logger.exception("%s failed", timer.name)
