"""generation and the subresources: who may change what, and what counts as a change."""

from typing import Any

import pytest

from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_deployment, make_pod


@pytest.fixture
def deployment(apis: Apis) -> str:
    """Make a Deployment that stays as it is: paused, at zero."""
    made = apis.apps().create_namespaced_deployment(apis.namespace, make_deployment(paused=True))
    return str(made.metadata.name)


def _status(**fields: Any) -> dict[str, Any]:
    return {"status": fields}


def test_generation_starts_at_one(apis: Apis, deployment: str) -> None:
    """A new Deployment is of generation 1."""
    read = apis.apps().read_namespaced_deployment(deployment, apis.namespace)

    assert read.metadata.generation == 1


def test_spec_change_is_a_new_generation(apis: Apis, deployment: str) -> None:
    """A change to the spec raises the generation."""
    patched = apis.apps().patch_namespaced_deployment(
        deployment, apis.namespace, {"spec": {"minReadySeconds": 1}}
    )

    assert patched.metadata.generation == 2


def test_label_change_is_none(apis: Apis, deployment: str) -> None:
    """A change to the labels keeps the generation."""
    patched = apis.apps().patch_namespaced_deployment(
        deployment, apis.namespace, {"metadata": {"labels": {"tier": "web"}}}
    )

    assert patched.metadata.labels["tier"] == "web"
    assert patched.metadata.generation == 1


def test_annotation_change_of_deployment_counts(apis: Apis, deployment: str) -> None:
    """A Deployment's annotations are copied to its ReplicaSets: a change is a new generation."""
    patched = apis.apps().patch_namespaced_deployment(
        deployment, apis.namespace, {"metadata": {"annotations": {"note": "1"}}}
    )

    assert patched.metadata.generation == 2


def test_generation_is_not_the_clients(apis: Apis, deployment: str) -> None:
    """A client can't set the generation."""
    patched = apis.apps().patch_namespaced_deployment(
        deployment, apis.namespace, {"metadata": {"generation": 9}}
    )

    assert patched.metadata.generation == 1


def test_config_map_has_no_generation(apis: Apis) -> None:
    """Objects without a spec have no generation."""
    made = apis.core().create_namespaced_config_map(apis.namespace, {"metadata": {"name": "one"}})

    assert made.metadata.generation is None


def test_status_patch_changes_status_alone(apis: Apis) -> None:
    """A patch of the status subresource leaves the spec, and the generation, as they are."""
    body = make_pod()
    apis.core().create_namespaced_pod(apis.namespace, body)
    patch = _status(phase="Running") | {"spec": {"activeDeadlineSeconds": 5}}

    patched = apis.core().patch_namespaced_pod_status("one", apis.namespace, patch)

    assert patched.status.phase == "Running"
    assert patched.spec.active_deadline_seconds is None


def test_main_patch_never_changes_status(apis: Apis) -> None:
    """A patch of the object itself leaves the status as it is."""
    apis.core().create_namespaced_pod(apis.namespace, make_pod())
    patch = _status(phase="Running") | {"spec": {"activeDeadlineSeconds": 5}}

    patched = apis.core().patch_namespaced_pod("one", apis.namespace, patch)

    assert patched.status.phase == "Pending"
    assert patched.spec.active_deadline_seconds == 5


def test_replaced_status_keeps_spec(apis: Apis, deployment: str) -> None:
    """A PUT to the status subresource takes the status and nothing else of the object."""
    read = apis.apps().read_namespaced_deployment(deployment, apis.namespace)
    read.metadata.resource_version = None
    read.spec.replicas = 5
    read.status.observed_generation = 1
    read.status.collision_count = 3

    replaced = apis.apps().replace_namespaced_deployment_status(deployment, apis.namespace, read)

    assert replaced.status.collision_count == 3
    assert replaced.spec.replicas == 0
    assert replaced.metadata.generation == 1


def test_zero_counts_read_as_none(apis: Apis, deployment: str) -> None:
    """A Deployment's status leaves out counts that are zero."""
    zero = _status(replicas=0, readyReplicas=0, availableReplicas=0)

    patched = apis.apps().patch_namespaced_deployment_status(deployment, apis.namespace, zero)

    counts = patched.status
    assert counts.replicas is None
    assert counts.ready_replicas is None
    assert counts.available_replicas is None


def test_scale_at_zero_reads_as_none(apis: Apis, deployment: str) -> None:
    """At zero replicas a Scale's spec.replicas is left out; its status is there."""
    scale = apis.apps().read_namespaced_deployment_scale(deployment, apis.namespace)

    assert scale.spec.replicas is None
    assert scale.status.replicas == 0
    assert scale.status.selector == "app=orders"


def test_scale_patch_sets_replicas(apis: Apis, deployment: str) -> None:
    """A patch of the scale subresource changes the Deployment's replicas, a new generation."""
    scale = apis.apps().patch_namespaced_deployment_scale(
        deployment, apis.namespace, {"spec": {"replicas": 2}}
    )

    read = apis.apps().read_namespaced_deployment(deployment, apis.namespace)
    assert scale.spec.replicas == 2
    assert (read.spec.replicas, read.metadata.generation) == (2, 2)


def test_scale_replace_with_stale_version_conflicts(
    apis: Apis, deployment: str, refused: Refused
) -> None:
    """A Scale that was read before a change can't be put back after it."""
    scale = apis.apps().read_namespaced_deployment_scale(deployment, apis.namespace)
    change = {"spec": {"minReadySeconds": 1}}
    apis.apps().patch_namespaced_deployment(deployment, apis.namespace, change)
    scale.spec.replicas = 2

    with refused(409):
        apis.apps().replace_namespaced_deployment_scale(deployment, apis.namespace, scale)


def test_negative_scale_is_invalid(apis: Apis, deployment: str, refused: Refused) -> None:
    """A Scale below zero is refused with 422."""
    with refused(422):
        apis.apps().patch_namespaced_deployment_scale(
            deployment, apis.namespace, {"spec": {"replicas": -1}}
        )


def test_scale_dry_run_keeps_replicas(apis: Apis, deployment: str) -> None:
    """Scaling as a dry run shows the result and scales nothing."""
    scale = apis.apps().patch_namespaced_deployment_scale(
        deployment, apis.namespace, {"spec": {"replicas": 2}}, dry_run="All"
    )

    assert scale.spec.replicas == 2
    read = apis.apps().read_namespaced_deployment(deployment, apis.namespace)
    assert read.spec.replicas == 0


def test_stateful_set_scales_too(apis: Apis) -> None:
    """A StatefulSet has the scale subresource, also None at zero."""
    body = make_deployment("db")
    body["spec"]["serviceName"] = "db"
    apis.apps().create_namespaced_stateful_set(apis.namespace, body)

    scale = apis.apps().read_namespaced_stateful_set_scale("db", apis.namespace)

    assert scale.spec.replicas is None


def test_scale_of_absent_is_not_found(apis: Apis, refused: Refused) -> None:
    """The scale of a Deployment that is not there is a 404."""
    with refused(404):
        apis.apps().read_namespaced_deployment_scale("nothing", apis.namespace)
