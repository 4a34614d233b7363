"""Waiting for a cluster's objects by watch, and for what its roles mean by asking."""

import time
from collections.abc import Callable
from typing import Any

from kubernetes import client, watch

Lister = Callable[..., Any]


def wait_for(
    lister: Lister,
    namespace: str,
    condition: Callable[[dict[str, Any]], object],
    *,
    timeout_seconds: int = 30,
) -> dict[str, Any]:
    """Give a namespace's objects by name as soon as they fulfil the condition."""
    listed = lister(namespace)
    found = {item.metadata.name: item for item in listed.items}
    if condition(found):
        return found
    stream = watch.Watch().stream(
        lister,
        namespace,
        resource_version=listed.metadata.resource_version,
        timeout_seconds=timeout_seconds,
    )
    for event in stream:
        item = event["object"]
        if event["type"] == "DELETED":
            found.pop(item.metadata.name, None)
        else:
            found[item.metadata.name] = item
        if condition(found):
            stream.close()
            return found
    message = f"not within {timeout_seconds} s: {[(n, i.status) for n, i in found.items()]}"
    raise AssertionError(message)


def wait_for_access(
    api: client.AuthorizationV1Api,
    spec: dict[str, Any],
    *,
    allowed: bool,
    timeout_seconds: int = 30,
) -> None:
    """Ask until a SubjectAccessReview of the spec is answered so.

    A real server learns of roles by a watch of its own, which nobody else can follow.
    """
    deadline = time.monotonic() + timeout_seconds
    while api.create_subject_access_review({"spec": spec}).status.allowed is not allowed:
        assert time.monotonic() < deadline, f"after {timeout_seconds} s not {allowed}: {spec}"
