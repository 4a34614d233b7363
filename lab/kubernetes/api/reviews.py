"""Questions that are answered, not stored: may I (or may they), and who am I."""

from lab.kubernetes.api import rbac
from lab.kubernetes.api.errors import Json, invalid, required
from lab.kubernetes.api.registry import read
from lab.kubernetes.api.resources import Resource
from lab.kubernetes.api.store import Store
from lab.kubernetes.api.users import User


def answer(store: Store, resource: Resource, body: Json, user: User) -> Json:
    """Give a review with its status filled in."""
    review = read(resource, body)
    if resource.kind == "SelfSubjectReview":
        review["status"] = {"userInfo": {"username": user.name, "groups": list(user.groups)}}
        return review
    spec = review.get("spec", {})
    if resource.kind == "SubjectAccessReview":
        user = User(spec.get("user", ""), tuple(spec.get("groups", [])))
    if len({"resourceAttributes", "nonResourceAttributes"} & set(spec)) != 1:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        missing = required("spec.resourceAttributes", why)
        raise invalid(resource.kind, resource.group, "", [missing])
    review["status"] = {"allowed": rbac.allowed(store, user, _wanted(spec))}
    return review


def _wanted(spec: Json) -> rbac.Attributes:
    path = spec.get("nonResourceAttributes", {})
    if path:
        return rbac.Attributes(verb=path.get("verb", ""), path=path.get("path", ""))
    asked = spec.get("resourceAttributes", {})
    return rbac.Attributes(
        verb=asked.get("verb", ""),
        group=asked.get("group", ""),
        resource=asked.get("resource", ""),
        subresource=asked.get("subresource", ""),
        namespace=asked.get("namespace", ""),
        name=asked.get("name", ""),
    )
