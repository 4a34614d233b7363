"""What a new cluster holds: its namespaces and the roles that everybody builds on."""

from lab.kubernetes.api.errors import Json
from lab.kubernetes.api.registry import Registry
from lab.kubernetes.api.resources import BY_ID, NAMESPACES
from lab.kubernetes.api.users import AUTHENTICATED, MASTERS

_RBAC = "rbac.authorization.k8s.io"
_WORKLOADS = ["apps", "batch", "networking.k8s.io", "policy"]
_CORE = ["configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "pods/log",
         "pods/status", "serviceaccounts", "services"]  # fmt: skip
_READ, _WRITE = ["get", "list", "watch"], ["create", "update", "patch", "delete",
                                           "deletecollection"]  # fmt: skip
_PATHS = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/version",
          "/version/", "/openapi", "/openapi/*"]  # fmt: skip


def _on(groups: list[str], resources: list[str], verbs: list[str]) -> Json:
    return {"apiGroups": groups, "resources": resources, "verbs": verbs}


def _view() -> list[Json]:
    return [_on([""], [*_CORE, "namespaces"], _READ), _on(_WORKLOADS, ["*"], _READ)]


def _edit() -> list[Json]:
    writable = [resource for resource in _CORE if resource not in ("pods/log", "pods/status")]
    return [
        *_view(),
        _on([""], [*writable, "secrets"], _READ + _WRITE),
        _on(_WORKLOADS, ["*"], _WRITE),
        _on(["coordination.k8s.io"], ["leases"], _READ + _WRITE),
    ]


def _roles() -> dict[str, list[Json]]:
    reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
    return {
        "cluster-admin": [_on(["*"], ["*"], ["*"]), {"nonResourceURLs": ["*"], "verbs": ["*"]}],
        "admin": [*_edit(), _on([_RBAC], ["roles", "rolebindings"], _READ + _WRITE)],
        "edit": _edit(),
        "view": _view(),
        "system:basic-user": [
            _on(["authorization.k8s.io"], reviews, ["create"]),
            _on(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
        ],
        "system:discovery": [{"nonResourceURLs": _PATHS, "verbs": ["get"]}],
    }


def fill(registry: Registry) -> None:
    """Create the first namespaces, cluster roles and bindings."""
    for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
        registry.create(NAMESPACES, "", {"metadata": {"name": name}})
    for name, rules in _roles().items():
        role = {"metadata": {"name": name}, "rules": rules}
        registry.create(BY_ID[f"clusterroles.{_RBAC}"], "", role)
    for name, group in (
        ("cluster-admin", MASTERS),
        ("system:basic-user", AUTHENTICATED),
        ("system:discovery", AUTHENTICATED),
    ):
        binding = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": name},
            "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": group}],
        }
        registry.create(BY_ID[f"clusterrolebindings.{_RBAC}"], "", binding)
