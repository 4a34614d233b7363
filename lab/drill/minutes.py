"""The watchdog's clock where the lab's minutes are short, and an alarm that is no more.

Each minute is the very function that EventBridge runs each minute in the cloud. The emulator runs
it too, each minute of the wall's clock.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from lab.clouds.clouds import Clouds
from lab.processes.waiting import wait_until
from landbridge.domain.plan import step_named

__all__ = ["minutes", "take_alarm_away"]

MINUTE_SECONDS = 60.0

logger = logging.getLogger(__name__)


def take_alarm_away(clouds: Clouds) -> None:
    """Delete the alarm on AWS, as if its own region were down; returns when it is gone."""
    name = clouds.configuration.alarm_name
    client = clouds.aws.client("cloudwatch", clouds.configuration.health_region)
    client.delete_alarms(AlarmNames=[name])
    wait_until(lambda: name not in clouds.dns.state()["alarms"], "an alarm that is gone")


@contextmanager
def minutes(clouds: Clouds, begun: float) -> Iterator[None]:
    """Let the watchdog look once a minute of the lab's, while the block lasts.

    ``begun`` is the part of a minute, 0 to 1, that is left when the block begins.
    """
    over = threading.Event()
    arguments = (clouds, over, begun)
    thread = threading.Thread(target=_wind, args=arguments, name="watchdog's minutes")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _wind(clouds: Clouds, over: threading.Event, begun: float) -> None:
    name = step_named("watch_primary").function_name(clouds.configuration.workload)
    functions = clouds.aws.client("lambda", clouds.configuration.orchestrator_region)
    minute_seconds = MINUTE_SECONDS * clouds.options.time_scale
    due = time.monotonic() + begun * minute_seconds
    while not over.wait(max(0.0, due - time.monotonic())):
        due += minute_seconds
        try:
            functions.invoke(FunctionName=name)
        except (BotoCoreError, ClientError):
            logger.exception("the watchdog could not look; the next minute comes")
