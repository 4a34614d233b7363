"""Create, read, replace: the rules that every object lives by."""

import json
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.plain import RefusedError
from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_deployment


def _map(name: str = "one", **data: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "data": data}


def test_new_object_has_identity(apis: Apis) -> None:
    """A created object has a uid, a creation time, its namespace and a resourceVersion."""
    made = apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))

    assert len(made.metadata.uid) == 36
    assert made.metadata.creation_timestamp.tzinfo is not None
    assert made.metadata.namespace == apis.namespace
    assert int(made.metadata.resource_version) > 0


def test_created_twice_is_already_exists(apis: Apis, refused: Refused) -> None:
    """A second object of the same name is refused with 409 AlreadyExists."""
    apis.core().create_namespaced_config_map(apis.namespace, _map())

    with refused(409) as refusal:
        apis.core().create_namespaced_config_map(apis.namespace, _map())

    status = json.loads(refusal.value.body)
    assert status["kind"] == "Status"
    assert status["reason"] == "AlreadyExists"
    assert status["details"] == {"name": "one", "kind": "configmaps"}


def test_absent_is_not_found(apis: Apis, refused: Refused) -> None:
    """An object that is not there is a 404 with a NotFound Status that names it."""
    with refused(404) as refusal:
        apis.apps().read_namespaced_deployment("nothing", apis.namespace)

    status = json.loads(refusal.value.body)
    assert status["reason"] == "NotFound"
    assert status["message"] == 'deployments.apps "nothing" not found'
    assert status["details"] == {"name": "nothing", "group": "apps", "kind": "deployments"}


def test_generate_name_ends_in_random(apis: Apis) -> None:
    """Objects with generateName get a name of their own each."""
    body = {"metadata": {"generateName": "one-"}}

    names = {
        apis.core().create_namespaced_config_map(apis.namespace, body).metadata.name
        for _ in range(3)
    }

    assert len(names) == 3
    assert all(name.startswith("one-") and len(name) == 9 for name in names)


def test_namespace_must_exist(apis: Apis, refused: Refused) -> None:
    """Nothing can be created in a namespace that is not there."""
    with refused(404):
        apis.core().create_namespaced_config_map("nowhere", _map())


def test_namespace_of_object_and_path_must_agree(apis: Apis, refused: Refused) -> None:
    """An object for another namespace than the path's is a bad request."""
    body = _map()
    body["metadata"]["namespace"] = "default"

    with refused(400):
        apis.core().create_namespaced_config_map(apis.namespace, body)


def test_name_of_object_and_path_must_agree(apis: Apis, refused: Refused) -> None:
    """A PUT whose object has another name than the path is a bad request."""
    apis.core().create_namespaced_config_map(apis.namespace, _map())

    with refused(400):
        apis.core().replace_namespaced_config_map("one", apis.namespace, _map("other"))


def test_kind_must_be_the_paths(apis: Apis, refused: Refused) -> None:
    """An object of another kind than the path's is a bad request."""
    with refused(400):
        apis.core().create_namespaced_config_map(apis.namespace, {"kind": "Secret", **_map()})


def test_replace_with_stale_version_conflicts(apis: Apis, refused: Refused) -> None:
    """A PUT made from an older state of the object is refused with 409 Conflict."""
    made = apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))
    apis.core().patch_namespaced_config_map("one", apis.namespace, {"data": {"a": "2"}})
    made.data = {"a": "3"}

    with refused(409) as refusal:
        apis.core().replace_namespaced_config_map("one", apis.namespace, made)

    assert json.loads(refusal.value.body)["reason"] == "Conflict"
    assert apis.core().read_namespaced_config_map("one", apis.namespace).data == {"a": "2"}


def test_replace_without_version_is_unconditional(apis: Apis) -> None:
    """A PUT without a resourceVersion replaces whatever is there."""
    made = apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))

    replaced = apis.core().replace_namespaced_config_map("one", apis.namespace, _map(b="2"))

    assert replaced.data == {"b": "2"}
    assert replaced.metadata.uid == made.metadata.uid
    assert replaced.metadata.creation_timestamp == made.metadata.creation_timestamp


def test_replaced_by_itself_changes_nothing(apis: Apis) -> None:
    """A PUT of the same content keeps the resourceVersion: nobody is woken up."""
    made = apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))

    again = apis.core().replace_namespaced_config_map("one", apis.namespace, _map(a="1"))

    assert again.metadata.resource_version == made.metadata.resource_version


def test_replace_of_absent_is_not_found(apis: Apis, refused: Refused) -> None:
    """A PUT creates no ConfigMap."""
    with refused(404):
        apis.core().replace_namespaced_config_map("one", apis.namespace, _map())


def test_replace_with_another_uid_conflicts(apis: Apis, refused: Refused) -> None:
    """A PUT for the object that was there before is refused."""
    apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))
    body = _map(a="2")
    body["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000"

    with refused(409):
        apis.core().replace_namespaced_config_map("one", apis.namespace, body)


def test_status_given_at_creation_is_dropped(apis: Apis) -> None:
    """A client can't make up the status of what it creates."""
    body = make_deployment() | {"status": {"replicas": 7}}

    made = apis.apps().create_namespaced_deployment(apis.namespace, body)

    assert made.status.replicas is None


def test_unknown_fields_are_dropped(apis: Apis) -> None:
    """A field that the schema doesn't know is not kept."""
    path = f"/api/v1/namespaces/{apis.namespace}/configmaps"

    made = apis.request("POST", path, _map(a="1") | {"colour": "blue"})

    assert "colour" not in made


def test_empty_map_reads_as_none(apis: Apis) -> None:
    """When its last key goes, a ConfigMap has no data at all."""
    apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))

    emptied = apis.core().patch_namespaced_config_map("one", apis.namespace, {"data": {"a": None}})

    assert emptied.data is None


def test_defaults_are_filled_in(apis: Apis) -> None:
    """A Deployment comes back with Kubernetes' defaults."""
    body = make_deployment()
    del body["spec"]["replicas"]

    spec = apis.apps().create_namespaced_deployment(apis.namespace, body).spec

    assert spec.replicas == 1
    assert spec.strategy.type == "RollingUpdate"
    assert (spec.strategy.rolling_update.max_surge, spec.progress_deadline_seconds) == ("25%", 600)
    assert spec.template.spec.restart_policy == "Always"
    assert spec.template.spec.termination_grace_period_seconds == 30


def test_probe_defaults_are_filled_in(apis: Apis) -> None:
    """A probe comes back with its periods, thresholds and scheme."""
    body = make_deployment()
    probe = {"httpGet": {"path": "/ready", "port": 8080}}
    body["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = probe

    made = apis.apps().create_namespaced_deployment(apis.namespace, body)

    probe = made.spec.template.spec.containers[0].readiness_probe
    assert (probe.period_seconds, probe.timeout_seconds) == (10, 1)
    assert (probe.success_threshold, probe.failure_threshold) == (1, 3)
    assert probe.http_get.scheme == "HTTP"


def test_secret_takes_plain_text_and_keeps_bytes(apis: Apis) -> None:
    """A Secret's stringData becomes data in base64 and is not kept itself."""
    body = {"metadata": {"name": "password"}, "stringData": {"PGPASSWORD": "orders"}}

    made = apis.core().create_namespaced_secret(apis.namespace, body)

    assert made.string_data is None
    assert made.type == "Opaque"
    assert apis.request("GET", f"/api/v1/namespaces/{apis.namespace}/secrets/password")["data"] == {
        "PGPASSWORD": "b3JkZXJz"
    }


def test_dry_run_creates_nothing(apis: Apis, refused: Refused) -> None:
    """A dry run gives the object that would be, and leaves no trace."""
    made = apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"), dry_run="All")

    assert made.data == {"a": "1"}
    with refused(404):
        apis.core().read_namespaced_config_map("one", apis.namespace)


def test_dry_run_changes_nothing(apis: Apis) -> None:
    """A patch as a dry run gives the result and keeps the object."""
    apis.core().create_namespaced_config_map(apis.namespace, _map(a="1"))

    patched = apis.core().patch_namespaced_config_map(
        "one", apis.namespace, {"data": {"a": "2"}}, dry_run="All"
    )

    assert patched.data == {"a": "2"}
    assert apis.core().read_namespaced_config_map("one", apis.namespace).data == {"a": "1"}


def test_dry_run_deletes_nothing(apis: Apis) -> None:
    """A deletion as a dry run keeps the object."""
    apis.core().create_namespaced_config_map(apis.namespace, _map())

    apis.core().delete_namespaced_config_map("one", apis.namespace, dry_run="All")

    assert apis.core().read_namespaced_config_map("one", apis.namespace)


def test_dry_run_still_validates(apis: Apis, refused: Refused) -> None:
    """A dry run of something wrong is refused as the real thing would be."""
    with refused(422):
        apis.apps().create_namespaced_deployment(
            apis.namespace, make_deployment(replicas=-1), dry_run="All"
        )


def test_lease_is_replaced_only_with_its_version(apis: Apis, refused: Refused) -> None:
    """A PUT to a Lease without a resourceVersion is refused: leases are compare-and-set."""
    body = {"metadata": {"name": "run"}, "spec": {"holderIdentity": "a"}}
    apis.leases().create_namespaced_lease(apis.namespace, body)

    with refused(422):
        apis.leases().replace_namespaced_lease("run", apis.namespace, body)


def test_lease_can_be_created_by_put(apis: Apis) -> None:
    """A PUT makes a Lease that is not there."""
    body = {"metadata": {"name": "run"}, "spec": {"holderIdentity": "a"}}

    made = apis.leases().replace_namespaced_lease("run", apis.namespace, body)

    assert made.spec.holder_identity == "a"


@pytest.mark.parametrize("moment", ["2026-11-23T07:00:00Z", "2026-11-23T07:00:00.123Z"])
def test_lease_times_need_six_digits(apis: Apis, moment: str) -> None:
    """A Lease's renewTime without exactly six digits of the second can't be read."""
    body = {"metadata": {"name": "run"}, "spec": {"renewTime": moment}}

    with pytest.raises(RefusedError) as refusal:
        apis.request(
            "POST", f"/apis/coordination.k8s.io/v1/namespaces/{apis.namespace}/leases", body
        )

    assert refusal.value.code == 400


def test_lease_time_is_kept_to_the_microsecond(apis: Apis) -> None:
    """A Lease's renewTime comes back as it was given, in UTC."""
    body = {"metadata": {"name": "run"}, "spec": {"renewTime": "2026-11-23T08:00:00.000001+01:00"}}

    apis.leases().create_namespaced_lease(apis.namespace, body)

    path = f"/apis/coordination.k8s.io/v1/namespaces/{apis.namespace}/leases/run"
    assert apis.request("GET", path)["spec"]["renewTime"] == "2026-11-23T07:00:00.000001Z"


def test_immutable_config_map_stays(apis: Apis, refused: Refused) -> None:
    """A ConfigMap that is marked immutable refuses new data."""
    apis.core().create_namespaced_config_map(apis.namespace, _map(a="1") | {"immutable": True})

    with refused(422):
        apis.core().patch_namespaced_config_map("one", apis.namespace, {"data": {"a": "2"}})


def test_official_model_can_be_sent(apis: Apis) -> None:
    """Objects may be given as the client's models too."""
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="one"), data={"a": "1"})

    assert apis.core().create_namespaced_config_map(apis.namespace, body).data == {"a": "1"}
