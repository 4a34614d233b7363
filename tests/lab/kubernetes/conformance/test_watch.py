"""Watches: from where, of what, until when."""

import json
from typing import Any

import pytest
from kubernetes import watch

from lab.kubernetes.plain import RefusedError
from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_pod


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
    """A watch from nowhere first brings all objects as ADDED, in no order."""
    _create(apis, "one")
    _create(apis, "two")

    stream = watch.Watch().stream(
        apis.core().list_namespaced_config_map,
        apis.namespace,
        resource_version=version,
        timeout_seconds=20,
    )
    told = set()
    for event in stream:
        told.add((event["type"], event["object"].metadata.name))
        if {("ADDED", "one"), ("ADDED", "two")} <= told:
            stream.close()

    assert {kind for kind, _name in told} == {"ADDED"}


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
    """A watch that asks for bookmarks is told the latest version, of changes elsewhere too."""
    lines = apis.core().list_namespaced_config_map(
        apis.namespace,
        watch=True,
        allow_watch_bookmarks=True,
        resource_version=_version(apis),
        timeout_seconds=4,
        _preload_content=False,
    )
    body = {"metadata": {"generateName": "elsewhere-"}}
    made = apis.core().create_namespaced_config_map("default", body)
    events = (json.loads(line) for line in lines)
    marks = (event["object"]["metadata"] for event in events if event["type"] == "BOOKMARK")
    newest = int(made.metadata.resource_version)
    is_told = any(int(mark["resourceVersion"]) >= newest for mark in marks)
    lines.close()

    assert is_told


def test_watch_ends_in_its_time(apis: Apis) -> None:
    """A watch that was given a second ends by itself, without an error."""
    stream = watch.Watch().stream(
        apis.core().list_namespaced_config_map,
        apis.namespace,
        resource_version=_version(apis),
        timeout_seconds=1,
    )

    assert list(stream) == []


@pytest.mark.parametrize("watched", [False, True])
def test_version_must_be_a_number(apis: Apis, refused: Refused, *, watched: bool) -> None:
    """A resourceVersion that is none is refused, with a code that tells of no wrong request."""
    with refused(500) as refusal:
        apis.core().list_namespaced_config_map(
            apis.namespace, resource_version="yesterday", watch=watched
        )

    assert 'resourceVersion: Invalid value: \\"yesterday\\"' in refusal.value.body


def test_time_must_be_a_number(apis: Apis) -> None:
    """A watch whose time can't be read is a bad request."""
    with pytest.raises(RefusedError) as refusal:
        apis.request("GET", "/api/v1/configmaps?watch=true&timeoutSeconds=soon")

    assert refusal.value.code == 400


def test_list_from_the_future_is_refused(apis: Apis, refused: Refused) -> None:
    """A list at a resourceVersion that is not reached yet is a 504 that says so."""
    with refused(504) as refusal:
        apis.core().list_namespaced_config_map(apis.namespace, resource_version="999999999")

    assert "Timeout: Too large resource version: 999999999" in refusal.value.body
