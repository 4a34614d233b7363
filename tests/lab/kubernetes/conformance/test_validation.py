"""What is refused with 400 or 422, and that the refusal names the field."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from lab.kubernetes.plain import RefusedError
from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_deployment, make_pod

Json = dict[str, Any]


def _fields(refusal: Any) -> set[str]:
    error = refusal.value
    status = error.status if isinstance(error, RefusedError) else json.loads(error.body)
    assert status["reason"] == "Invalid"
    assert status["code"] == 422
    return {cause["field"] for cause in status["details"]["causes"]}


def _template(body: Json) -> Json:
    template: Json = body["spec"]["template"]
    return template


def _container(body: Json) -> Json:
    container: Json = _template(body)["spec"]["containers"][0]
    return container


def _no_selector(body: Json) -> None:
    del body["spec"]["selector"]


def _no_containers(body: Json) -> None:
    _template(body)["spec"]["containers"] = []


def _foreign_labels(body: Json) -> None:
    _template(body)["metadata"]["labels"] = {"app": "other"}


def _no_image(body: Json) -> None:
    del _container(body)["image"]


def _bad_container_name(body: Json) -> None:
    _container(body)["name"] = "Not_A_Name"


def _twice_the_container(body: Json) -> None:
    containers = _template(body)["spec"]["containers"]
    containers.append(copy.deepcopy(containers[0]))


def _port_too_high(body: Json) -> None:
    _container(body)["ports"] = [{"containerPort": 70000}]


def _mount_of_nothing(body: Json) -> None:
    _container(body)["volumeMounts"] = [{"name": "ghost", "mountPath": "/data"}]


def _never_restarts(body: Json) -> None:
    _template(body)["spec"]["restartPolicy"] = "Never"


def _impossible_liveness(body: Json) -> None:
    probe = {"httpGet": {"port": 80}, "successThreshold": 2}
    _container(body)["livenessProbe"] = probe


def _bad_label(body: Json) -> None:
    body["metadata"]["labels"] = {"app": "not a label!"}


def _bad_name(body: Json) -> None:
    body["metadata"]["name"] = "Orders_1"


def _negative(body: Json) -> None:
    body["spec"]["replicas"] = -1


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (_negative, "spec.replicas"),
        (_no_selector, "spec.selector"),
        (_foreign_labels, "spec.template.metadata.labels"),
        (_no_containers, "spec.template.spec.containers"),
        (_no_image, "spec.template.spec.containers[0].image"),
        (_bad_container_name, "spec.template.spec.containers[0].name"),
        (_twice_the_container, "spec.template.spec.containers[1].name"),
        (_port_too_high, "spec.template.spec.containers[0].ports[0].containerPort"),
        (_mount_of_nothing, "spec.template.spec.containers[0].volumeMounts[0].name"),
        (_never_restarts, "spec.template.spec.restartPolicy"),
        (
            _impossible_liveness,
            "spec.template.spec.containers[0].livenessProbe.successThreshold",
        ),
        (_bad_label, "metadata.labels"),
        (_bad_name, "metadata.name"),
    ],
)
def test_invalid_deployment_is_refused(
    apis: Apis, spoil: Callable[[Json], None], field: str
) -> None:
    """A Deployment that breaks a rule is refused with 422 and the field's name."""
    body = make_deployment()
    spoil(body)

    with pytest.raises(RefusedError) as refusal:
        apis.request("POST", f"/apis/apps/v1/namespaces/{apis.namespace}/deployments", body)

    assert field in _fields(refusal)


def test_all_faults_are_named_at_once(apis: Apis, refused: Refused) -> None:
    """Every wrong field has its own cause."""
    body = make_deployment(replicas=-1)
    _no_image(body)

    with refused(422) as refusal:
        apis.apps().create_namespaced_deployment(apis.namespace, body)

    assert _fields(refusal) == {"spec.replicas", "spec.template.spec.containers[0].image"}


def test_message_says_what_is_wrong(apis: Apis, refused: Refused) -> None:
    """The message has the kind, the name, the field and the rule."""
    with refused(422) as refusal:
        apis.apps().create_namespaced_deployment(apis.namespace, make_deployment(replicas=-1))

    assert json.loads(refusal.value.body)["message"] == (
        'Deployment.apps "orders" is invalid: spec.replicas: Invalid value: -1: '
        "must be greater than or equal to 0"
    )


@pytest.mark.parametrize(
    "wrong", [{"replicas": "two"}, {"replicas": 1.5}, {"template": []}, {"paused": "yes"}]
)
def test_wrong_type_is_a_bad_request(apis: Apis, wrong: Json) -> None:
    """A new object with a field of the wrong type can't be read: 400."""
    body = make_deployment() | {"apiVersion": "apps/v1", "kind": "Deployment"}
    body["spec"] |= wrong

    with pytest.raises(RefusedError) as refusal:
        apis.request("POST", f"/apis/apps/v1/namespaces/{apis.namespace}/deployments", body)

    assert refusal.value.code == 400


def test_selector_is_fixed(apis: Apis, refused: Refused) -> None:
    """A Deployment's selector can't be changed."""
    apis.apps().create_namespaced_deployment(apis.namespace, make_deployment(paused=True))
    labels = {"app": "other"}
    change = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}

    with refused(422) as refusal:
        apis.apps().patch_namespaced_deployment("orders", apis.namespace, {"spec": change})

    assert _fields(refusal) == {"spec.selector"}


def test_pods_spec_is_fixed(apis: Apis, refused: Refused) -> None:
    """A pod's command can't be changed, its image can."""
    apis.core().create_namespaced_pod(apis.namespace, make_pod())
    command = {"spec": {"containers": [{"name": "main", "command": ["sleep", "1"]}]}}
    image = {"spec": {"containers": [{"name": "main", "image": "orders:2"}]}}

    with refused(422):
        apis.core().patch_namespaced_pod("one", apis.namespace, command)
    patched = apis.core().patch_namespaced_pod("one", apis.namespace, image)

    assert patched.spec.containers[0].image == "orders:2"


def test_stateful_sets_service_is_fixed(apis: Apis, refused: Refused) -> None:
    """Of a StatefulSet only a few fields can be changed."""
    body = make_deployment("db")
    body["spec"]["serviceName"] = "db"
    apis.apps().create_namespaced_stateful_set(apis.namespace, body)

    with refused(422):
        apis.apps().patch_namespaced_stateful_set(
            "db", apis.namespace, {"spec": {"serviceName": "other"}}
        )


def _job(**spec: Any) -> Json:
    containers = [{"name": "main", "image": "orders:1"}]
    template = {"spec": {"schedulerName": "nobody", "containers": containers}}
    template["spec"]["restartPolicy"] = "Never"
    return {"metadata": {"name": "work"}, "spec": {"template": template} | spec}


def test_job_selects_its_own_pods(apis: Apis) -> None:
    """A Job gets a selector on its own uid, and its template the labels for it."""
    made = apis.batch().create_namespaced_job(apis.namespace, _job(suspend=True))

    selector = made.spec.selector.match_labels
    labels = made.spec.template.metadata.labels
    assert made.metadata.uid in selector.values()
    assert selector.items() <= labels.items()
    assert labels["job-name"] == "work"


def test_job_must_not_restart_always(apis: Apis, refused: Refused) -> None:
    """A Job's pods are to end: restartPolicy Always is refused."""
    body = _job()
    body["spec"]["template"]["spec"]["restartPolicy"] = "Always"

    with refused(422) as refusal:
        apis.batch().create_namespaced_job(apis.namespace, body)

    assert "spec.template.spec.restartPolicy" in _fields(refusal)


def test_jobs_template_is_fixed(apis: Apis, refused: Refused) -> None:
    """What a Job runs can't be changed."""
    apis.batch().create_namespaced_job(apis.namespace, _job(suspend=True))
    containers = [{"name": "main", "image": "orders:2"}]
    change = {"spec": {"template": {"spec": {"containers": containers}}}}

    with refused(422):
        apis.batch().patch_namespaced_job("work", apis.namespace, change)


def test_config_keys_have_a_form(apis: Apis, refused: Refused) -> None:
    """A ConfigMap's keys are file names."""
    body = {"metadata": {"name": "one"}, "data": {"not a key": "1"}}

    with refused(422):
        apis.core().create_namespaced_config_map(apis.namespace, body)


def test_secret_must_be_base64(apis: Apis) -> None:
    """A Secret whose data is no base64 can't be read: 400."""
    body = {"metadata": {"name": "one"}, "data": {"a": "not base64!"}}

    with pytest.raises(RefusedError) as refusal:
        apis.request("POST", f"/api/v1/namespaces/{apis.namespace}/secrets", body)

    assert refusal.value.code == 400


def test_lease_lasts_some_time(apis: Apis, refused: Refused) -> None:
    """A Lease's duration is positive."""
    body = {"metadata": {"name": "run"}, "spec": {"leaseDurationSeconds": 0}}

    with refused(422):
        apis.leases().create_namespaced_lease(apis.namespace, body)


def test_bindings_role_is_fixed(apis: Apis, refused: Refused) -> None:
    """A RoleBinding can't be turned to another role."""
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    body = {"metadata": {"name": "look"}, "roleRef": role, "subjects": []}
    apis.rbac().create_namespaced_role_binding(apis.namespace, body)

    with refused(422):
        apis.rbac().patch_namespaced_role_binding(
            "look", apis.namespace, {"roleRef": {"name": "edit"}}
        )


def test_body_must_be_json(apis: Apis) -> None:
    """A body that is no object is a bad request."""
    path = f"/api/v1/namespaces/{apis.namespace}/configmaps"

    with pytest.raises(RefusedError) as refusal:
        apis.request("POST", path, ["no", "object"])

    assert refusal.value.code == 400
