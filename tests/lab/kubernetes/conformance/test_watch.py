"""Watches: from where, of what, until when."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client, watch

from tests.lab.kubernetes.conformance.conftest import Apis, make_pod


def _create(apis: Apis, name: str, **labels: str) -> Any:
    body = {"metadata": {"name": name, "labels": labels}}
    return apis.core().create_namespaced_config_map(apis.namespace, body)


def _label(apis: Apis, name: str, **labels: str | None) -> None:
    patch = {"metadata": {"labels": labels}}
    apis.core().patch_namespaced_config_map(name, apis.namespace, patch)


def _events(apis: Apis, version: str | None, **more: Any) -> list[tuple[str, str]]:
    """Give (type, name) of what a watch brings until the object that is created for its end."""
    _create(apis, "the-end", app="orders")
    stream = watch.Watch().stream(
        apis.core().list_namespaced_config_map,
        apis.namespace,
        resource_version=version,
        timeout_seconds=20,
        **more,
    )
    found = []
    for event in stream:
        name = event["object"].metadata.name
        if name == "the-end":
            stream.close()
            break
        if name != "kube-root-ca.crt":
            found.append((event["type"], name))
    return found


def _version(apis: Apis) -> str:
    listed = apis.core().list_namespaced_config_map(apis.namespace)
    return str(listed.metadata.resource_version)


def test_every_change_comes_in_order(apis: Apis) -> None:
    """A watch from a list's resourceVersion brings what happened since, in order."""
    version = _version(apis)
    _create(apis, "one")
    _label(apis, "one", app="orders")
    apis.core().delete_namespaced_config_map("one", apis.namespace)

    assert _events(apis, version) == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one")]


def test_watch_starts_after_its_version(apis: Apis) -> None:
    """What was already there at that version is not told again."""
    _create(apis, "old")
    version = _version(apis)
    _create(apis, "new")

    assert _events(apis, version) == [("ADDED", "new")]


@pytest.mark.parametrize("version", [None, "0"])
def test_watch_without_version_starts_with_what_is_there(apis: Apis, version: str | None) -> None:
    """A watch from nowhere first brings all objects as ADDED."""
    _create(apis, "one")

    assert ("ADDED", "one") in _events(apis, version)


def test_watch_sees_changes_while_it_waits(apis: Apis) -> None:
    """A change is brought to a watch that is already open."""
    version = _version(apis)
    stream = watch.Watch().stream(
        apis.core().list_namespaced_config_map,
        apis.namespace,
        resource_version=version,
        timeout_seconds=20,
    )
    _create(apis, "first")
    assert next(stream)["object"].metadata.name == "first"

    _create(apis, "second")

    assert next(stream)["object"].metadata.name == "second"
    stream.close()


def test_selected_watch_tells_of_coming_and_going(apis: Apis) -> None:
    """For a watch with a selector, what comes to match is new and what ceases to is gone."""
    version = _version(apis)
    _create(apis, "one")
    _label(apis, "one", app="orders")
    _label(apis, "one", tier="web")
    _label(apis, "one", app=None)

    events = _events(apis, version, label_selector="app=orders")

    assert events == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one")]


def test_watch_by_name(apis: Apis) -> None:
    """A watch can leave objects out by name."""
    version = _version(apis)
    _create(apis, "one")
    _create(apis, "two")

    events = _events(apis, version, field_selector="metadata.name!=one")

    assert events == [("ADDED", "two")]


def test_watch_by_phase(apis: Apis) -> None:
    """A pod that leaves the selected phase is gone for the watch."""
    apis.core().create_namespaced_pod(apis.namespace, make_pod("one"))
    listed = apis.core().list_namespaced_pod(apis.namespace)
    status = {"status": {"phase": "Running"}}
    apis.core().patch_namespaced_pod_status("one", apis.namespace, status)

    stream = watch.Watch().stream(
        apis.core().list_namespaced_pod,
        apis.namespace,
        field_selector="status.phase=Pending",
        resource_version=listed.metadata.resource_version,
        timeout_seconds=20,
    )

    assert next(stream)["type"] == "DELETED"
    stream.close()


def test_other_namespaces_are_not_seen(apis: Apis) -> None:
    """A namespaced watch brings nothing from elsewhere."""
    version = _version(apis)
    body = {"metadata": {"generateName": "elsewhere-"}}
    made = apis.core().create_namespaced_config_map("default", body)
    apis.core().delete_namespaced_config_map(made.metadata.name, "default")

    assert _events(apis, version) == []


def test_deleted_object_has_the_version_of_its_end(apis: Apis) -> None:
    """The last event of an object is newer than its last state."""
    made = _create(apis, "one")
    apis.core().delete_namespaced_config_map("one", apis.namespace)

    stream = watch.Watch().stream(
        apis.core().list_namespaced_config_map,
        apis.namespace,
        resource_version=made.metadata.resource_version,
        timeout_seconds=20,
    )
    last = next(stream)
    stream.close()

    assert last["type"] == "DELETED"
    assert int(last["object"].metadata.resource_version) > int(made.metadata.resource_version)


def test_bookmark_carries_the_latest_version(apis: Apis) -> None:
    """A watch that asks for bookmarks is told the version to go on from."""
    version = _version(apis)
    path = (
        f"/api/v1/namespaces/{apis.namespace}/configmaps?watch=true&allowWatchBookmarks=true"
        f"&resourceVersion={version}&timeoutSeconds=1"
    )

    events = [json.loads(line) for line in _lines(apis, path)]

    marks = [event["object"] for event in events if event["type"] == "BOOKMARK"]
    assert marks
    assert int(marks[-1]["metadata"]["resourceVersion"]) >= int(version)


def test_version_must_be_a_number(apis: Apis) -> None:
    """A resourceVersion that is none is refused."""
    with pytest.raises(client.ApiException) as refusal:
        _events(apis, "yesterday")

    assert refusal.value.status in (400, 422)


def _lines(apis: Apis, path: str) -> Iterator[bytes]:
    connection = apis.connection()
    if connection.ca_file is not None:
        pytest.skip("read by the plain client of the lab's own server only")
    host, port = connection.url.removeprefix("http://").split(":")
    opened = http.client.HTTPConnection(host, int(port))
    opened.request("GET", path, headers={"Authorization": f"Bearer {connection.token}"})
    response = opened.getresponse()
    yield from response
    opened.close()
