"""What the server says of itself: version, groups and resources."""

from collections.abc import Iterable

from lab.kubernetes.api.errors import Json
from lab.kubernetes.api.resources import RESOURCES, REVIEWS, Resource

_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_CHANGE = ["get", "patch", "update"]
_EXTRA = {"pods": (("pods/binding", "Binding", ["create"]), ("pods/log", "Pod", ["get"]))}
VERSION: Json = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.0-landbridge",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "2026-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "lab",
}


def _groups() -> list[tuple[str, str]]:
    found = {(r.group, r.version) for r in (*RESOURCES, *REVIEWS) if r.group}
    return sorted(found)


def _group(name: str, version: str) -> Json:
    served = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [served], "preferredVersion": served}


def _entry(resource: Resource, name: str, kind: str, verbs: Iterable[str]) -> Json:
    namespaced = resource.namespaced
    return {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind,
            "verbs": list(verbs)}  # fmt: skip


def _resources(group: str, version: str) -> list[Json]:
    entries = []
    for resource in RESOURCES:
        if (resource.group, resource.version) != (group, version):
            continue
        entry = _entry(resource, resource.plural, resource.kind, _VERBS)
        entry["singularName"] = resource.kind.lower()
        if resource.short_names:
            entry["shortNames"] = list(resource.short_names)
        entries.append(entry)
        if resource.status:
            entries.append(_entry(resource, f"{resource.plural}/status", resource.kind, _CHANGE))
        if resource.scale:
            scale = _entry(resource, f"{resource.plural}/scale", "Scale", _CHANGE)
            entries.append({**scale, "group": "autoscaling", "version": "v1"})
        entries += [_entry(resource, *extra) for extra in _EXTRA.get(resource.plural, ())]
    reviews = [r for r in REVIEWS if (r.group, r.version) == (group, version)]
    return entries + [_entry(r, r.plural, r.kind, ["create"]) for r in reviews]


def answer(path: str) -> Json | None:
    """Give the document at a path of the server that is no resource; None for an unknown one."""
    if path == "/version":
        return VERSION
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if path == "/apis":
        groups = [_group(name, version) for name, version in _groups()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    steps = path.strip("/").split("/")
    for name, version in _groups():
        if steps == ["apis", name]:
            return {"kind": "APIGroup", "apiVersion": "v1", **_group(name, version)}
        if steps == ["apis", name, version]:
            return _resource_list(f"{name}/{version}", _resources(name, version))
    return _resource_list("v1", _resources("", "v1")) if path == "/api/v1" else None


def _resource_list(group_version: str, resources: list[Json]) -> Json:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": group_version,
        "resources": resources,
    }
