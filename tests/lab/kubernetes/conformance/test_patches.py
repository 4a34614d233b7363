"""The three kinds of patch, each by its own rules."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.plain import RefusedError
from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_deployment

Patch = Callable[[str, Any], dict[str, Any]]

STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"
JSON = "application/json-patch+json"


@pytest.fixture
def patch(apis: Apis) -> Patch:
    """Patch a Deployment with two containers by a type of patch; gives its pod's spec."""
    body = make_deployment(paused=True)
    pod = body["spec"]["template"]["spec"]
    pod["containers"] = [
        {
            "name": "orders",
            "image": "orders:1",
            "env": [{"name": "SITE", "value": "aws"}, {"name": "MODE", "value": "sync"}],
            "ports": [{"containerPort": 8080, "name": "http"}],
            "args": ["one", "two"],
            "volumeMounts": [{"name": "ca", "mountPath": "/etc/ca"}],
        },
        {"name": "proxy", "image": "proxy:1"},
    ]
    pod["volumes"] = [{"name": "ca", "emptyDir": {}}]
    apis.apps().create_namespaced_deployment(apis.namespace, body)
    path = f"/apis/apps/v1/namespaces/{apis.namespace}/deployments/orders"

    def apply(kind: str, change: Any) -> dict[str, Any]:
        patched = apis.request("PATCH", path, change, content_type=kind)
        spec: dict[str, Any] = patched["spec"]["template"]["spec"]
        return spec

    return apply


def _pod(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": spec}}}


def test_strategic_merges_containers_by_name(patch: Patch) -> None:
    """A strategic patch changes the container it names and keeps the others, and all else of it."""
    spec = patch(STRATEGIC, _pod(containers=[{"name": "orders", "image": "orders:2"}]))

    assert [(c["name"], c["image"]) for c in spec["containers"]] == [
        ("orders", "orders:2"),
        ("proxy", "proxy:1"),
    ]
    assert spec["containers"][0]["args"] == ["one", "two"]


def test_strategic_merges_variables_by_name(patch: Patch) -> None:
    """Variables are merged by name, new ones added."""
    change = [{"name": "SITE", "value": "azure"}, {"name": "NEW", "value": "1"}]

    spec = patch(STRATEGIC, _pod(containers=[{"name": "orders", "env": change}]))

    values = {entry["name"]: entry["value"] for entry in spec["containers"][0]["env"]}
    assert values == {"SITE": "azure", "MODE": "sync", "NEW": "1"}


def test_strategic_merges_ports_by_number(patch: Patch) -> None:
    """Ports are merged by containerPort."""
    change = [{"containerPort": 8080, "name": "web"}, {"containerPort": 9090, "name": "more"}]

    spec = patch(STRATEGIC, _pod(containers=[{"name": "orders", "ports": change}]))

    ports = {port["containerPort"]: port["name"] for port in spec["containers"][0]["ports"]}
    assert ports == {8080: "web", 9090: "more"}


def test_strategic_merges_mounts_by_path(patch: Patch) -> None:
    """Volume mounts are merged by mountPath, volumes by name."""
    mount = [{"name": "tmp", "mountPath": "/data"}]
    volumes = [{"name": "tmp", "emptyDir": {}}]
    containers = [{"name": "orders", "volumeMounts": mount}]

    spec = patch(STRATEGIC, _pod(volumes=volumes, containers=containers))

    mounts = {m["mountPath"]: m["name"] for m in spec["containers"][0]["volumeMounts"]}
    assert mounts == {"/etc/ca": "ca", "/data": "tmp"}
    assert {volume["name"] for volume in spec["volumes"]} == {"ca", "tmp"}


def test_strategic_replaces_plain_lists(patch: Patch) -> None:
    """A list without a merge key is replaced."""
    spec = patch(STRATEGIC, _pod(containers=[{"name": "orders", "args": ["three"]}]))

    assert spec["containers"][0]["args"] == ["three"]


def test_strategic_deletes_by_directive(patch: Patch) -> None:
    """`$patch: delete` takes the entry with that key out of its list."""
    spec = patch(STRATEGIC, _pod(containers=[{"name": "proxy", "$patch": "delete"}]))

    assert [container["name"] for container in spec["containers"]] == ["orders"]


def test_strategic_replaces_by_directive(patch: Patch) -> None:
    """`$patch: replace` in a list replaces the whole list."""
    change = [{"$patch": "replace"}, {"name": "only", "image": "only:1"}]

    spec = patch(STRATEGIC, _pod(containers=change))

    assert [container["name"] for container in spec["containers"]] == ["only"]


def test_strategic_replaces_objects_by_directive(patch: Patch) -> None:
    """`$patch: replace` in an object replaces the object."""
    pod = {"$patch": "replace", "containers": [{"name": "only", "image": "only:1"}]}

    spec = patch(STRATEGIC, {"spec": {"template": {"spec": pod}}})

    assert "volumes" not in spec


def test_strategic_removes_with_null(patch: Patch) -> None:
    """A null takes a field away."""
    spec = patch(STRATEGIC, _pod(containers=[{"name": "orders", "args": None}]))

    assert "args" not in spec["containers"][0]


def test_strategic_needs_the_merge_key(patch: Patch) -> None:
    """An entry that lacks its list's key can't be merged."""
    with pytest.raises(RefusedError) as refusal:
        patch(STRATEGIC, _pod(containers=[{"image": "orders:2"}]))

    assert refusal.value.code in (400, 422, 500)


def test_merge_replaces_lists(patch: Patch) -> None:
    """A JSON merge patch replaces lists whole."""
    spec = patch(MERGE, _pod(containers=[{"name": "only", "image": "only:1"}], volumes=None))

    assert [container["name"] for container in spec["containers"]] == ["only"]


def test_json_patch_changes_a_place(patch: Patch) -> None:
    """A JSON patch changes the places that its operations name."""
    place = "/spec/template/spec/containers/1/image"

    spec = patch(JSON, [{"op": "replace", "path": place, "value": "proxy:2"}])

    assert spec["containers"][1]["image"] == "proxy:2"


def test_failed_test_of_json_patch_changes_nothing(apis: Apis, patch: Patch) -> None:
    """A JSON patch whose `test` fails is refused with 422 and changes nothing."""
    place = "/spec/template/spec/containers/1/image"
    change = [
        {"op": "replace", "path": place, "value": "proxy:2"},
        {"op": "test", "path": "/spec/replicas", "value": 5},
    ]

    with pytest.raises(RefusedError) as refusal:
        patch(JSON, change)

    read = apis.apps().read_namespaced_deployment("orders", apis.namespace)
    assert refusal.value.code == 422
    assert read.spec.template.spec.containers[1].image == "proxy:1"


def test_other_patch_types_are_unsupported(patch: Patch) -> None:
    """A patch of a type that is none is refused with 415."""
    with pytest.raises(RefusedError) as refusal:
        patch("application/json", _pod())

    assert refusal.value.code == 415


def test_patch_with_stale_version_conflicts(apis: Apis, refused: Refused) -> None:
    """A patch that carries an old resourceVersion is compare-and-set: refused with 409."""
    body = {"metadata": {"name": "gate"}, "data": {"state": "closed"}}
    made = apis.core().create_namespaced_config_map(apis.namespace, body)
    version = {"metadata": {"resourceVersion": made.metadata.resource_version}}
    first, second = ({"data": {"state": s}} | version for s in ("engaged", "open"))
    apis.core().patch_namespaced_config_map("gate", apis.namespace, first)

    with refused(409):
        apis.core().patch_namespaced_config_map("gate", apis.namespace, second)

    read = apis.core().read_namespaced_config_map("gate", apis.namespace)
    assert read.data == {"state": "engaged"}


def test_patch_with_wrong_type_is_refused(apis: Apis, patch: Patch) -> None:
    """A patch that makes a field's type wrong is refused and changes nothing."""
    with pytest.raises(RefusedError) as refusal:
        patch(STRATEGIC, {"spec": {"replicas": "many"}})

    assert refusal.value.code in (400, 422)
    assert apis.apps().read_namespaced_deployment("orders", apis.namespace).spec.replicas == 0


def test_patch_to_invalid_is_refused(apis: Apis, refused: Refused) -> None:
    """The result of a patch is validated like any object."""
    apis.apps().create_namespaced_deployment(apis.namespace, make_deployment())

    with refused(422) as refusal:
        apis.apps().patch_namespaced_deployment(
            "orders", apis.namespace, {"spec": {"replicas": -2}}
        )

    causes = json.loads(refusal.value.body)["details"]["causes"]
    assert causes[0]["field"] == "spec.replicas"


def test_patch_of_absent_is_not_found(apis: Apis, refused: Refused) -> None:
    """A patch creates nothing."""
    with refused(404):
        apis.core().patch_namespaced_config_map("nothing", apis.namespace, {"data": {}})


def test_client_sends_a_dict_as_strategic_patch(apis: Apis) -> None:
    """What the official client sends for a plain dict is understood as a strategic patch."""
    apis.apps().create_namespaced_deployment(apis.namespace, make_deployment())
    containers = [{"name": "orders", "image": "orders:2"}]

    patched = apis.apps().patch_namespaced_deployment(
        "orders", apis.namespace, _pod(containers=containers)
    )

    container = patched.spec.template.spec.containers[0]
    assert isinstance(patched, client.V1Deployment)
    assert (container.image, container.env[0].value) == ("orders:2", "aws")
