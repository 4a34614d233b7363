"""What keeps a pod from being ready, and how a selector is written."""

from typing import Any

import pytest
from kubernetes import client

from landbridge.adapters.kubernetes_objects import obstacle_of, selector_text


def status_of(name: str, ready: bool = False, **state: Any) -> client.V1ContainerStatus:  # noqa: FBT001, FBT002 - as the model's field
    """Return a container's status as the client gives it."""
    return client.V1ContainerStatus(
        name=name,
        image="",
        image_id="",
        ready=ready,
        restart_count=0,
        state=client.V1ContainerState(**state),
    )


RUNNING = {"running": client.V1ContainerStateRunning()}
DONE = {"terminated": client.V1ContainerStateTerminated(exit_code=0)}
FAILED = {"terminated": client.V1ContainerStateTerminated(exit_code=3, reason="Error")}
INITIALIZING = {"waiting": client.V1ContainerStateWaiting(reason="PodInitializing")}


@pytest.mark.parametrize(
    ("init", "main", "obstacle"),
    [
        (
            [status_of("first", **DONE), status_of("second", **RUNNING)],
            [status_of("orders", **INITIALIZING)],
            ("second", "init container second: running"),
        ),
        (
            [status_of("first", **FAILED), status_of("second", **INITIALIZING)],
            [status_of("orders", **INITIALIZING)],
            ("first", "init container first: Error, exit code 3"),
        ),
        (
            [status_of("first", ready=True, **DONE)],
            [status_of("side", ready=True, **RUNNING), status_of("orders", **RUNNING)],
            ("orders", "container orders: running"),
        ),
        (
            [],
            [status_of("orders", **DONE)],
            ("orders", "container orders: ended, exit code 0"),
        ),
        ([], [status_of("orders")], ("orders", "container orders: waiting")),
        ([], [], ("", "Unschedulable: no node has room")),
    ],
)
def test_obstacle(init: list[Any], main: list[Any], obstacle: tuple[str, str]) -> None:
    """The obstacle is the first container, in the order they run, that is not where it must be."""
    unscheduled = client.V1PodCondition(
        type="PodScheduled", status="False", reason="Unschedulable", message="no node has room"
    )
    pod = client.V1Pod(
        status=client.V1PodStatus(
            init_container_statuses=init, container_statuses=main, conditions=[unscheduled]
        )
    )

    assert obstacle_of(pod) == obstacle


def test_pod_that_nobody_has_touched() -> None:
    """A pod without any status has no obstacle to name."""
    assert obstacle_of(client.V1Pod(status=client.V1PodStatus())) == ("", "")


def test_selector() -> None:
    """Every kind of requirement is written as the list call reads it."""

    def rule(key: str, operator: str, *values: str) -> client.V1LabelSelectorRequirement:
        return client.V1LabelSelectorRequirement(
            key=key, operator=operator, values=list(values) or None
        )

    rules = [
        rule("tier", "In", "web", "api"),
        rule("track", "NotIn", "canary"),
        rule("team", "Exists"),
        rule("old", "DoesNotExist"),
    ]
    selector = client.V1LabelSelector(match_labels={"b": "2", "a": "1"}, match_expressions=rules)

    text = "a=1,b=2,tier in (web,api),track notin (canary),team,!old"
    assert selector_text(selector) == text
