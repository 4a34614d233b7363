"""Objects are read by the published schema, as a real server reads them.

Unknown fields are dropped, a value of the wrong type is an error, times are brought to one form,
and what Go's `omitempty` leaves out is left out: empty lists and maps, and some zeros. So a client
reads None for a Deployment's `readyReplicas` at zero, as it does from EKS or AKS.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA_FILE = Path(__file__).with_name("schema.json")

_TYPES: dict[str, dict[str, str]] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))

# Numbers and strings that have no meaning of their own when empty; Kubernetes' types say which.
_OMITTED_WHEN_EMPTY = {
    "V1ScaleSpec": {"replicas"},
    "V1DeploymentStatus": {
        "replicas", "updatedReplicas", "readyReplicas", "availableReplicas",
        "unavailableReplicas", "observedGeneration",
    },
    "V1ReplicaSetStatus": {
        "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration",
    },
    "V1StatefulSetStatus": {
        "readyReplicas", "currentReplicas", "updatedReplicas", "observedGeneration",
    },
    "V1JobStatus": {"active", "succeeded", "failed"},
    "V1EnvVar": {"value"},
}  # fmt: skip

# Times with six digits of the second; the server takes no other form for them.
_MICRO_TIMES = {
    ("V1LeaseSpec", "acquireTime"), ("V1LeaseSpec", "renewTime"),
    ("CoreV1Event", "eventTime"), ("CoreV1EventSeries", "lastObservedTime"),
}  # fmt: skip
# Amounts such as `cpu: 1` may be written as numbers; they are kept as strings.
_QUANTITIES = {"limits", "requests"}
_MICRO_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_INT64 = 2**63


class SchemaError(Exception):
    """A value has not the type that its field must have."""


def fields_of(type_name: str) -> dict[str, str]:
    """Give the fields of a published type with their types; {} for a plain type."""
    return _TYPES.get(type_name, {})


def element_type(type_name: str) -> str:
    """Give X for `List[X]` and `Dict[str, X]`."""
    return type_name.removeprefix("List[").removeprefix("Dict[str, ").removesuffix("]")


def conform(type_name: str, value: Any, path: str = "") -> Any:
    """Give a copy of `value` as the server keeps it.

    Raises SchemaError, with the path of the field, for a value of the wrong type.
    """
    if type_name in _TYPES:
        return _conform_object(type_name, value, path)
    if type_name.startswith("List["):
        _expect(isinstance(value, list), type_name, value, path)
        inner = element_type(type_name)
        return [conform(inner, v, f"{path}[{i}]") for i, v in enumerate(value) if v is not None]
    if type_name.startswith("Dict["):
        _expect(isinstance(value, dict), type_name, value, path)
        inner = element_type(type_name)
        return {k: conform(inner, v, f"{path}.{k}") for k, v in value.items() if v is not None}
    _PLAIN.get(type_name, _any)(value, path)
    return value


def _conform_object(type_name: str, value: Any, path: str) -> dict[str, Any]:
    _expect(isinstance(value, dict), type_name, value, path)
    omitted = _OMITTED_WHEN_EMPTY.get(type_name, set())
    kept: dict[str, Any] = {}
    for field, field_type in _TYPES[type_name].items():
        given = value.get(field)
        if given is None:
            continue
        inner_path = f"{path}.{field}".lstrip(".")
        if field_type == "datetime":
            kept[field] = _time(given, inner_path, micro=(type_name, field) in _MICRO_TIMES)
            continue
        if field in _QUANTITIES and isinstance(given, dict):
            given = {k: str(v) if isinstance(v, int | float) else v for k, v in given.items()}
        read = conform(field_type, given, inner_path)
        empty = not read and (field_type.startswith(("List[", "Dict[")) or field in omitted)
        if not empty:
            kept[field] = read
    return kept


def _expect(fits: bool, type_name: str, value: Any, path: str) -> None:  # noqa: FBT001 - a check
    if not fits:
        given = type(value).__name__
        raise SchemaError(f"json: cannot unmarshal {given} into field {path} of type {type_name}")


def _time(value: Any, path: str, *, micro: bool) -> str:
    form = _MICRO_TIME if micro else _TIME
    _expect(isinstance(value, str), "datetime", value, path)
    if not form.fullmatch(value):
        digits = "exactly six digits" if micro else "any digits or none"
        raise SchemaError(f'parsing time "{value}" in {path}: RFC 3339, with {digits} after the .')
    moment = datetime.fromisoformat(value).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _string(value: Any, path: str) -> None:
    _expect(isinstance(value, str), "string", value, path)


def _integer(value: Any, path: str) -> None:
    fits = isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
    _expect(fits, "integer", value, path)


def _number(value: Any, path: str) -> None:
    _expect(isinstance(value, int | float) and not isinstance(value, bool), "number", value, path)


def _boolean(value: Any, path: str) -> None:
    _expect(isinstance(value, bool), "boolean", value, path)


def _bytes(value: Any, path: str) -> None:
    _string(value, path)
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise SchemaError(f"illegal base64 data in {path}: {error}") from error


def _any(_value: Any, _path: str) -> None:
    """Take what has no one type: integer-or-string and free JSON."""


_PLAIN: dict[str, Callable[[Any, str], None]] = {
    "str": _string, "int": _integer, "float": _number, "bool": _boolean, "bytes": _bytes,
}  # fmt: skip
