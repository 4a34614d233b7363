"""The watchdog's clock, which nothing winds in a lab, and an alarm that is no more.

Each minute is the very function that EventBridge runs each minute in the cloud.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from lab.clouds.clouds import Clouds
from lab.processes.waiting import wait_until
from landbridge.domain.plan import step_named

__all__ = ["MINUTE_SECONDS", "minutes", "take_alarm_away"]

MINUTE_SECONDS = 60.0

logger = logging.getLogger(__name__)


def take_alarm_away(clouds: Clouds) -> None:
    """Delete the alarm on AWS, as if its own region were down; returns when it is gone."""
    name = clouds.configuration.alarm_name
    client = clouds.aws.client("cloudwatch", clouds.configuration.health_region)
    client.delete_alarms(AlarmNames=[name])
    wait_until(lambda: name not in clouds.dns.state()["alarms"], "an alarm that is gone")


@contextmanager
def minutes(clouds: Clouds) -> Iterator[None]:
    """Let the watchdog look once a minute of the lab's, while the block lasts."""
    over = threading.Event()
    thread = threading.Thread(target=_wind, args=(clouds, over), name="watchdog's minutes")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _wind(clouds: Clouds, over: threading.Event) -> None:
    name = step_named("watch_primary").function_name(clouds.configuration.workload)
    functions = clouds.aws.client("lambda", clouds.configuration.orchestrator_region)
    while not over.wait(MINUTE_SECONDS * clouds.options.time_scale):
        try:
            functions.invoke(FunctionName=name)
        except (BotoCoreError, ClientError):
            logger.exception("the watchdog could not look; the next minute comes")
