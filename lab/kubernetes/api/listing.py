"""Lists: selectors, pages, and the resourceVersion to watch from."""

import base64
import binascii
import json
from collections.abc import Mapping
from http import HTTPStatus

from lab.kubernetes.api.errors import ApiError, Json, bad_request, too_large_version
from lab.kubernetes.api.resources import Resource
from lab.kubernetes.api.selectors import selection
from lab.kubernetes.api.store import Key, Store


def list_objects(
    store: Store, resource: Resource, namespace: str, query: Mapping[str, str]
) -> Json:
    """Give the List object for a collection.

    Raises ApiError: 400 for a selector that can't be read, 504 for a resourceVersion of the
    future, 410 for a `continue` that is none of this server's.
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
    limit = _limit(query.get("limit", "0"))
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
    """Read a resourceVersion; raises ApiError 400."""
    if not text.isdigit():
        raise bad_request(f'Invalid value: "{text}": invalid resource version')
    return int(text)


def _limit(text: str) -> int:
    if not text.isdigit():
        raise bad_request(f'limit: Invalid value: "{text}"')
    return int(text)


def _key(item: Json) -> Key:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _token(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read_token(text: str) -> Key:
    try:
        namespace, name = json.loads(base64.urlsafe_b64decode(text))
    except (binascii.Error, ValueError) as error:
        message = "The provided continue parameter is too old or not valid"
        raise ApiError(HTTPStatus.GONE, "Expired", message) from error
    return str(namespace), str(name)
