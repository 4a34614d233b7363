"""Lists: selectors, pages, and the resourceVersion to watch from."""

import base64
import binascii
import json
from collections.abc import Mapping

from lab.kubernetes.api.errors import Json, bad_request, too_large_version, unreadable_version
from lab.kubernetes.api.resources import Resource
from lab.kubernetes.api.selectors import selection
from lab.kubernetes.api.store import Key, Store


def list_objects(
    store: Store, resource: Resource, namespace: str, query: Mapping[str, str]
) -> Json:
    """Give the List object for a collection.

    Raises ApiError: 400 for a selector or a `continue` that can't be read, 500 for a
    resourceVersion that can't, 504 for one of the future.
    """
    version = query.get("resourceVersion", "")
    if version and revision(version) > store.revision:
        raise too_large_version(revision(version), store.revision)
    match = selection(resource, query.get("labelSelector", ""), query.get("fieldSelector", ""))
    items = [item for item in store.items(resource.id, namespace) if match(item)]
    metadata: Json = {"resourceVersion": str(store.revision)}
    after = _read_token(query["continue"]) if query.get("continue") else None
    if after is not None:
        items = [item for item in items if _key(item) > after]
    limit = whole_number(query.get("limit") or "0")
    if 0 < limit < len(items):
        metadata["continue"] = _token(_key(items[limit - 1]))
        metadata["remainingItemCount"] = len(items) - limit
        items = items[:limit]
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": metadata,
        "items": items,
    }


def revision(text: str) -> int:
    """Read a resourceVersion; raises ApiError 500, which is what a real server answers."""
    if not text.isdecimal():
        raise unreadable_version(text)
    return int(text)


def whole_number(text: str) -> int:
    """Read an option that is a number; raises ApiError 400."""
    if not text.isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _key(item: Json) -> Key:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _token(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read_token(text: str) -> Key:
    try:
        namespace, name = json.loads(base64.urlsafe_b64decode(text))
    except (binascii.Error, ValueError) as error:
        raise bad_request(f"invalid continue token: {error}") from error
    return str(namespace), str(name)
