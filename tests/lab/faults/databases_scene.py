"""What the tests of faults have in common: a scene in a lab, a fault for a while, what is said."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from kubernetes import client

from lab.clouds import names
from lab.clouds.looking import journal
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Scene
from landbridge.domain.triggers import ALARM_EVENT, trigger_name
from tests.drill.stage import Stage

__all__ = ["database_log", "during", "scene_of", "sites_answered", "switch_alarms"]


def scene_of(up: Stage) -> Scene:
    """Return the scene of a lab that is up."""
    return Scene(up.clouds, up.traffic, random.Random(7))  # noqa: S311 - a test's dice


@contextmanager
def during(scene: Scene, name: str, argument: str = "") -> Iterator[None]:
    """Begin the fault, twice, and end it after the block, twice: each time is as good as once."""
    fault = FAULTS[name]
    fault.begin(scene, argument)
    fault.begin(scene, argument)
    try:
        yield
    finally:
        fault.end(scene, argument)
        fault.settle(scene, argument)
    fault.end(scene, argument)


def switch_alarms(up: Stage, *, on: bool) -> None:
    """Let alarms start runs, or none: most claims are about the fault, not about what follows."""
    events = up.clouds.aws.client("events", up.clouds.configuration.orchestrator_region)
    name = trigger_name(up.clouds.configuration.workload, ALARM_EVENT)
    (events.enable_rule if on else events.disable_rule)(Name=name)


def database_log(up: Stage, site: str) -> str:
    """Return what the site's PostgreSQL says, this container's and the one's before it."""
    cluster = {"aws": up.clouds.aws_cluster, "azure": up.clouds.azure_cluster}[site]
    core, said = client.CoreV1Api(cluster.admin()), ""
    for previous in (True, False):
        try:
            said += core.read_namespaced_pod_log(
                f"{names.DATABASE}-0", names.NAMESPACE, container="postgres", previous=previous
            )
        except client.ApiException:
            continue  # there was none before, or it has not begun
    return said


def sites_answered(up: Stage, since: float) -> set[str]:
    """Return the addresses that the zone answered for the users' name since then, as sites."""
    sites = {up.clouds.pair.aws: "aws", up.clouds.pair.azure: "azure"}
    answers = [
        event
        for event in journal(up.clouds)
        if event["event"] == "answer" and str(event["name"]).rstrip(".") == names.WORKLOAD
    ]
    # What was answered when it began is the last answer before it.
    before = [event for event in answers if event["time"] <= since][-1:]
    after = [event for event in answers if event["time"] > since]
    return {sites[event["values"][0]] for event in (*before, *after)}
