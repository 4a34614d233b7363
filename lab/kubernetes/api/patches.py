"""JSON patch (RFC 6902), JSON merge patch (RFC 7386) and strategic merge patch."""

import copy
import json
from typing import Any

import jsonpatch

from lab.kubernetes.api import strategic
from lab.kubernetes.api.errors import Json, bad_patch, bad_request, unsupported_media_type

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
PATCH_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH)


def apply_patch(schema: str, item: Json, patch_type: str, body: bytes) -> Json:
    """Give `item` with the patch applied; `item` itself stays as it is.

    Raises ApiError: 415 for another type of patch, 400 for a body that can't be read, 422 for
    a patch that can't be applied.
    """
    if patch_type not in PATCH_TYPES:
        raise unsupported_media_type(patch_type, PATCH_TYPES)
    try:
        patch = json.loads(body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from error
    if patch_type == JSON_PATCH:
        return _apply_json_patch(item, patch)
    if not isinstance(patch, dict):
        raise bad_request("cannot unmarshal the patch: it is no JSON object")
    if patch_type == MERGE_PATCH:
        merged: Json = merge(item, patch)
        return merged
    return strategic.merge(schema, item, patch)


def _apply_json_patch(item: Json, patch: Any) -> Json:
    if not isinstance(patch, list):
        raise bad_request("cannot unmarshal the patch: it is no list of operations")
    try:
        result = jsonpatch.JsonPatch(patch).apply(copy.deepcopy(item))
    except jsonpatch.InvalidJsonPatch as error:
        raise bad_request(f"error decoding patch: {error}") from error
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise bad_patch(f"the server rejected our request due to an error: {error}") from error
    if not isinstance(result, dict):
        raise bad_patch("the server rejected our request: the patch leaves no object")
    return result


def merge(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch: null removes, objects merge, anything else replaces."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged
