"""Role-based access control: what the stored roles and bindings allow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lab.kubernetes.api.errors import Json
from lab.kubernetes.api.store import Store
from lab.kubernetes.api.users import MASTERS, User

_GROUP = "rbac.authorization.k8s.io"


@dataclass(frozen=True)
class Attributes:
    """What a request wants: for a resource, or for a path that is no resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        """The resource as rules name it: `deployments/scale`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def allowed(store: Store, user: User, wanted: Attributes) -> bool:
    """Tell whether any role that is bound to the user allows the request."""
    if MASTERS in user.groups:
        return True
    return any(_rule_allows(rule, wanted) for rule in _rules(store, user, wanted.namespace))


def refusal(user: User, wanted: Attributes) -> str:
    """Say what was refused, as a real server words it."""
    if wanted.path:
        return f'User "{user.name}" cannot {wanted.verb} path "{wanted.path}"'
    where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
    return (
        f'User "{user.name}" cannot {wanted.verb} resource "{wanted.full_resource}" in API group '
        f'"{wanted.group}" {where}'
    )


def _rules(store: Store, user: User, namespace: str) -> Iterator[Json]:
    for binding in store.items(f"clusterrolebindings.{_GROUP}"):
        if _bound(binding, user):
            yield from _role_rules(store, binding["roleRef"], "")
    if not namespace:
        return
    for binding in store.items(f"rolebindings.{_GROUP}", namespace):
        if _bound(binding, user):
            yield from _role_rules(store, binding["roleRef"], namespace)


def _bound(binding: Json, user: User) -> bool:
    return any(_is_subject(s, user) for s in binding.get("subjects", []))


def _is_subject(subject: dict[str, Any], user: User) -> bool:
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "Group":
        return name in user.groups
    if kind == "ServiceAccount":
        name = f"system:serviceaccount:{subject.get('namespace')}:{name}"
    return bool(name == user.name)


def _role_rules(store: Store, reference: Json, namespace: str) -> list[Json]:
    if reference["kind"] == "ClusterRole":
        role = store.get(f"clusterroles.{_GROUP}", "", reference["name"])
    else:
        role = store.get(f"roles.{_GROUP}", namespace, reference["name"])
    rules: list[Json] = role.get("rules", []) if role else []
    return rules


def _rule_allows(rule: Json, wanted: Attributes) -> bool:
    if not {"*", wanted.verb} & set(rule.get("verbs", [])):
        return False
    if wanted.path:
        return any(_path_matches(p, wanted.path) for p in rule.get("nonResourceURLs", []))
    if not {"*", wanted.group} & set(rule.get("apiGroups", [])):
        return False
    named = {"*", wanted.full_resource}
    if wanted.subresource:
        named.add(f"*/{wanted.subresource}")
    if not named & set(rule.get("resources", [])):
        return False
    names = rule.get("resourceNames", [])
    return not names or wanted.name in names


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))
