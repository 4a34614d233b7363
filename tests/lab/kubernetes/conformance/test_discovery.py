"""What a server says of itself, for clients that look before they ask."""

import pytest
from kubernetes import client

from lab.kubernetes.plain import RefusedError
from tests.lab.kubernetes.conformance.conftest import Apis


def test_version(apis: Apis) -> None:
    """The server tells its version."""
    version = client.VersionApi(apis.connection().api_client()).get_code()

    assert version.major == "1"
    assert version.git_version.startswith("v1.")


def test_groups_are_listed(apis: Apis) -> None:
    """The API groups that landbridge and its manifests use are served."""
    groups = client.ApisApi(apis.connection().api_client()).get_api_versions().groups

    served = {group.name for group in groups}
    assert {"apps", "batch", "coordination.k8s.io", "rbac.authorization.k8s.io"} <= served


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/v1", {"pods", "pods/log", "pods/status", "configmaps", "secrets", "namespaces"}),
        ("/apis/apps/v1", {"deployments", "deployments/scale", "statefulsets/status"}),
        ("/apis/batch/v1", {"jobs", "jobs/status"}),
        ("/apis/coordination.k8s.io/v1", {"leases"}),
    ],
)
def test_resources_are_listed(apis: Apis, path: str, expected: set[str]) -> None:
    """Each group lists its resources and subresources."""
    listed = apis.request("GET", path)

    assert expected <= {resource["name"] for resource in listed["resources"]}


def test_any_user_may_discover(apis: Apis) -> None:
    """Discovery needs no role."""
    assert client.ApisApi(apis.connection("nobody").api_client()).get_api_versions().groups


@pytest.mark.parametrize("path", ["/apis/nothing.test/v1/things", "/apis/nothing.test", "/nothing"])
def test_unknown_path_is_not_found(apis: Apis, path: str) -> None:
    """What the server doesn't serve is a 404."""
    with pytest.raises(RefusedError) as refusal:
        apis.request("GET", path)

    assert refusal.value.code == 404


def test_first_namespaces_are_there(apis: Apis) -> None:
    """A new cluster has its default and system namespaces."""
    found = {namespace.metadata.name for namespace in apis.core().list_namespace().items}

    assert {"default", "kube-system", "kube-public"} <= found
