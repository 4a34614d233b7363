"""Apply manifests: create what is not there, merge-patch what is."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lab.kubernetes.api.resources import BY_KIND
from lab.kubernetes.connection import Connection
from lab.kubernetes.plain import MERGE_PATCH, RefusedError, request

Manifests = str | Sequence[Mapping[str, Any]]
_CONFLICT = 409


def apply_manifests(connection: Connection, manifests: Manifests) -> None:
    """Create each object, or merge-patch one that is there, in order; a List counts as its items.

    Raises ValueError for a kind that the lab doesn't know, RefusedError for a refusal.
    """
    given = yaml.safe_load_all(manifests) if isinstance(manifests, str) else manifests
    for document in given:
        if document:
            for item in document["items"] if document["kind"] == "List" else [document]:
                _apply(connection, item)


def _apply(connection: Connection, item: Mapping[str, Any]) -> None:
    resource = BY_KIND.get((item["apiVersion"], item["kind"]))
    if resource is None:
        raise ValueError(f"{item['apiVersion']} {item['kind']} is not known to the lab")
    version = f"/apis/{resource.api_version}" if resource.group else f"/api/{resource.version}"
    namespace = item["metadata"].get("namespace", "default")
    home = f"/namespaces/{namespace}" if resource.namespaced else ""
    collection = f"{version}{home}/{resource.plural}"
    try:
        request(connection, "POST", collection, item)
    except RefusedError as error:
        if error.code != _CONFLICT:
            raise
        path = f"{collection}/{item['metadata']['name']}"
        request(connection, "PATCH", path, item, content_type=MERGE_PATCH)
