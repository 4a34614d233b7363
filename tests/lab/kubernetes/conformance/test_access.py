"""Who may do what: tokens, roles and bindings."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from kubernetes import client

from lab.kubernetes.connection import Connection
from lab.kubernetes.plain import RefusedError, request
from tests.lab.kubernetes.conformance.conftest import Apis, Refused, make_deployment
from tests.lab.kubernetes.tokens import eks_token
from tests.lab.kubernetes.waiting import wait_for_access

RBAC = "rbac.authorization.k8s.io"


def _allow(
    apis: Apis, rules: list[dict[str, list[str]]], kind: str = "User", name: str = "reader"
) -> None:
    role = {"metadata": {"name": "may"}, "rules": rules}
    apis.rbac().create_namespaced_role(apis.namespace, role)
    subject = {"kind": kind, "name": name, "apiGroup": RBAC}
    reference = {"kind": "Role", "name": "may", "apiGroup": RBAC}
    binding = {"metadata": {"name": "may"}, "subjects": [subject], "roleRef": reference}
    apis.rbac().create_namespaced_role_binding(apis.namespace, binding)
    _await_effect(apis, (kind, name), rules[0], allowed=True)


def _await_effect(
    apis: Apis, subject: tuple[str, str], rule: dict[str, list[str]], *, allowed: bool
) -> None:
    kind, name = subject
    who = {"user": name} if kind == "User" else {"user": "some member", "groups": [name]}
    resource, _, part = rule["resources"][0].partition("/")
    wanted = {"namespace": apis.namespace, "group": rule["apiGroups"][0], "resource": resource}
    wanted |= {"subresource": part, "verb": rule["verbs"][0]}
    wanted |= {"name": rule.get("resourceNames", [""])[0]}
    spec = who | {"resourceAttributes": wanted}
    wait_for_access(apis.authorization("admin"), spec, allowed=allowed)


def _rule(
    group: str, resource: str, *verbs: str, names: tuple[str, ...] = ()
) -> dict[str, list[str]]:
    rule = {"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}
    return rule | ({"resourceNames": list(names)} if names else {})


@pytest.mark.parametrize("token", ["", "not-a-token"])
def test_unknown_token_is_unauthorized(apis: Apis, token: str) -> None:
    """Without a token that the cluster knows, every request is a 401."""
    known = apis.connection()
    connection = Connection(known.url, token, known.ca_file)

    with pytest.raises(RefusedError) as refusal:
        request(connection, "GET", "/api/v1/namespaces/default")

    assert refusal.value.code == 401


def test_eks_token_is_its_user(apis: Apis) -> None:
    """Who holds a valid EKS token is the configured user, with its groups."""
    _allow(apis, [_rule("", "configmaps", "list")], "Group", "eks-operators")
    known, token = apis.connection(), eks_token(datetime.now(tz=UTC))
    path = f"/api/v1/namespaces/{apis.namespace}"

    listed = request(Connection(known.url, token, known.ca_file), "GET", f"{path}/configmaps")
    with pytest.raises(RefusedError) as refusal:
        request(Connection(known.url, token, known.ca_file), "GET", f"{path}/secrets")

    assert listed["kind"] == "ConfigMapList"
    assert refusal.value.code == 403
    assert 'User "eks" cannot list resource "secrets"' in str(refusal.value)


def test_expired_eks_token_is_unauthorized(apis: Apis) -> None:
    """An EKS token that has had its time is a 401."""
    known, token = apis.connection(), eks_token(datetime.now(tz=UTC) - timedelta(minutes=20))

    with pytest.raises(RefusedError) as refusal:
        request(Connection(known.url, token, known.ca_file), "GET", "/api")

    assert refusal.value.code == 401


def test_nothing_is_allowed_by_default(apis: Apis, refused: Refused) -> None:
    """A known user without a role is forbidden, and is told what."""
    with refused(403) as refusal:
        apis.apps("nobody").read_namespaced_deployment("orders", apis.namespace)

    status = json.loads(refusal.value.body)
    assert status["reason"] == "Forbidden"
    assert status["message"] == (
        'deployments.apps "orders" is forbidden: User "nobody" cannot get resource "deployments" '
        f'in API group "apps" in the namespace "{apis.namespace}"'
    )


def test_role_allows_its_verbs_alone(apis: Apis, refused: Refused) -> None:
    """A role's verbs are allowed, others are not."""
    _allow(apis, [_rule("", "configmaps", "get", "list")])

    assert apis.core("reader").list_namespaced_config_map(apis.namespace)
    with refused(403):
        apis.core("reader").create_namespaced_config_map(
            apis.namespace, {"metadata": {"name": "one"}}
        )


def test_role_holds_in_its_namespace_alone(apis: Apis, refused: Refused) -> None:
    """A Role means nothing in other namespaces, nor for all of them."""
    _allow(apis, [_rule("", "configmaps", "list")])

    with refused(403):
        apis.core("reader").list_namespaced_config_map("default")
    with refused(403):
        apis.core("reader").list_config_map_for_all_namespaces()


def test_group_holds_for_its_members(apis: Apis, refused: Refused) -> None:
    """A role that is bound to a group is its members'."""
    _allow(apis, [_rule("", "configmaps", "list")], "Group", "operators")

    assert apis.core("operator").list_namespaced_config_map(apis.namespace)
    with refused(403):
        apis.core("reader").list_namespaced_config_map(apis.namespace)


def test_subresource_is_a_resource_of_its_own(apis: Apis, refused: Refused) -> None:
    """Who may scale a Deployment may not therefore change it, nor the other way round."""
    apis.apps().create_namespaced_deployment(apis.namespace, make_deployment(paused=True))
    _allow(apis, [_rule("apps", "deployments/scale", "get", "patch")])
    patch = {"spec": {"replicas": 0}}

    assert apis.apps("reader").patch_namespaced_deployment_scale("orders", apis.namespace, patch)
    with refused(403):
        apis.apps("reader").patch_namespaced_deployment("orders", apis.namespace, patch)


def test_names_limit_a_rule(apis: Apis, refused: Refused) -> None:
    """A rule with resourceNames is for these objects, and never for creating."""
    for name in ("gate", "other"):
        apis.core().create_namespaced_config_map(apis.namespace, {"metadata": {"name": name}})
    _allow(apis, [_rule("", "configmaps", "get", "create", names=("gate",))])

    assert apis.core("reader").read_namespaced_config_map("gate", apis.namespace)
    with refused(403):
        apis.core("reader").read_namespaced_config_map("other", apis.namespace)
    with refused(403):
        apis.core("reader").create_namespaced_config_map(
            apis.namespace, {"metadata": {"name": "gate"}}
        )


def test_list_of_one_name_is_allowed_by_name(apis: Apis, refused: Refused) -> None:
    """A rule with resourceNames allows the list that selects that name."""
    _allow(apis, [_rule("", "configmaps", "list", names=("gate",))])
    core = apis.core("reader")

    core.list_namespaced_config_map(apis.namespace, field_selector="metadata.name=gate")
    with refused(403):
        core.list_namespaced_config_map(apis.namespace)


def test_cluster_role_can_be_bound_in_a_namespace(apis: Apis, refused: Refused) -> None:
    """A RoleBinding to a ClusterRole gives its rules in the binding's namespace."""
    subject = {"kind": "User", "name": "reader", "apiGroup": RBAC}
    reference = {"kind": "ClusterRole", "name": "view", "apiGroup": RBAC}
    binding = {"metadata": {"name": "look"}, "subjects": [subject], "roleRef": reference}
    apis.rbac().create_namespaced_role_binding(apis.namespace, binding)
    _await_effect(apis, ("User", "reader"), _rule("apps", "deployments", "list"), allowed=True)

    assert apis.apps("reader").list_namespaced_deployment(apis.namespace)
    with refused(403):
        apis.core("reader").list_namespaced_secret(apis.namespace)


def test_unbound_again_is_forbidden_again(apis: Apis, refused: Refused) -> None:
    """When a binding goes, so does what it allowed."""
    rule = _rule("", "configmaps", "list")
    _allow(apis, [rule])
    apis.core("reader").list_namespaced_config_map(apis.namespace)

    apis.rbac().delete_namespaced_role_binding("may", apis.namespace)
    _await_effect(apis, ("User", "reader"), rule, allowed=False)

    with refused(403):
        apis.core("reader").list_namespaced_config_map(apis.namespace)


@pytest.mark.parametrize(
    ("verb", "resource", "subresource", "allowed"),
    [
        ("patch", "deployments", "scale", True),
        ("patch", "deployments", "", False),
        ("get", "deployments", "scale", False),
        ("patch", "statefulsets", "scale", False),
    ],
)
def test_may_i(apis: Apis, verb: str, resource: str, subresource: str, allowed: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """A SelfSubjectAccessReview answers what a request would meet."""
    _allow(apis, [_rule("apps", "deployments/scale", "patch")])
    wanted = {
        "namespace": apis.namespace,
        "group": "apps",
        "verb": verb,
        "resource": resource,
        "subresource": subresource,
    }

    review = apis.authorization("reader").create_self_subject_access_review(
        {"spec": {"resourceAttributes": wanted}}
    )

    assert review.status.allowed is allowed


def test_masters_may_do_everything(apis: Apis) -> None:
    """A member of system:masters needs no role."""
    wanted = {"verb": "delete", "group": "", "resource": "nodes"}

    review = apis.authorization("admin").create_self_subject_access_review(
        {"spec": {"resourceAttributes": wanted}}
    )

    assert review.status.allowed is True
    assert isinstance(review, client.V1SelfSubjectAccessReview)


def test_forbidden_comes_before_not_found(apis: Apis, refused: Refused) -> None:
    """Who may not read learns nothing of what is there."""
    with refused(403):
        apis.core("nobody").read_namespaced_config_map("absent", apis.namespace)
