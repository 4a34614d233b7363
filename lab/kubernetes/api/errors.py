"""Every refusal of the API, as the Status object that Kubernetes' API conventions describe."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]

_WRONG_VALUE = HTTPStatus.UNPROCESSABLE_ENTITY


@dataclass(frozen=True)
class FieldError:
    """One wrong field: what is wrong (`reason`), where (`field`) and in words (`message`)."""

    reason: str
    field: str
    message: str


def _shown(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def wrong(field: str, value: Any, why: str) -> FieldError:
    """Say that a field's value breaks a rule."""
    return FieldError("FieldValueInvalid", field, f"Invalid value: {_shown(value)}: {why}")


def required(field: str, why: str = "") -> FieldError:
    """Say that a field must be given."""
    return FieldError("FieldValueRequired", field, "Required value" + (f": {why}" if why else ""))


def duplicate(field: str, value: Any) -> FieldError:
    """Say that a value that must be unique in its list stands there twice."""
    return FieldError("FieldValueDuplicate", field, f"Duplicate value: {_shown(value)}")


def absent(field: str, value: Any) -> FieldError:
    """Say that a field refers to something that the object doesn't hold."""
    return FieldError("FieldValueNotFound", field, f"Not found: {_shown(value)}")


def barred(field: str, why: str) -> FieldError:
    """Say that a field may not be given, or not be changed, here."""
    return FieldError("FieldValueForbidden", field, f"Forbidden: {why}")


def unsupported(field: str, value: Any, allowed: Sequence[str]) -> FieldError:
    """Say that a value is none of those allowed."""
    listed = ", ".join(_shown(item) for item in allowed)
    message = f"Unsupported value: {_shown(value)}: supported values: {listed}"
    return FieldError("FieldValueNotSupported", field, message)


class ApiError(Exception):
    """A refusal with its HTTP code, its machine-readable reason and its details."""

    def __init__(self, code: int, reason: str, message: str, details: Json | None = None) -> None:
        super().__init__(message)
        self.code = int(code)
        self.reason = reason
        self.message = message
        self.details = details

    def status(self) -> Json:
        """Give the Status object that is sent to the client."""
        status: Json = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "code": self.code,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        return status


def qualified(plural: str, group: str) -> str:
    """Name a resource as messages do: `deployments.apps`, `pods`."""
    return f"{plural}.{group}" if group else plural


def _details(name: str, group: str, kind: str) -> Json:
    details = {"name": name, "group": group, "kind": kind}
    return {key: value for key, value in details.items() if value}


def not_found(plural: str, group: str, name: str) -> ApiError:
    """404: there is no such object."""
    message = f'{qualified(plural, group)} "{name}" not found'
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message, _details(name, group, plural))


def no_such_path() -> ApiError:
    """404: the server serves no such resource."""
    message = "the server could not find the requested resource"
    return ApiError(HTTPStatus.NOT_FOUND, "NotFound", message, {})


def already_exists(plural: str, group: str, name: str) -> ApiError:
    """409: an object of that name is there."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    return ApiError(HTTPStatus.CONFLICT, "AlreadyExists", message, _details(name, group, plural))


def conflict(plural: str, group: str, name: str, why: str) -> ApiError:
    """409: the request was made for another state of the object."""
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return ApiError(HTTPStatus.CONFLICT, "Conflict", message, _details(name, group, plural))


def invalid(kind: str, group: str, name: str, errors: Sequence[FieldError]) -> ApiError:
    """422: the object is well-formed but breaks rules, each named with its field."""
    causes = [{"reason": e.reason, "message": e.message, "field": e.field} for e in errors]
    listed = [f"{e.field}: {e.message}" for e in errors]
    text = listed[0] if len(listed) == 1 else "[" + ", ".join(listed) + "]"
    details = _details(name, group, kind) | {"causes": causes}
    message = f'{qualified(kind, group)} "{name}" is invalid: {text}'
    return ApiError(_WRONG_VALUE, "Invalid", message, details)


def bad_request(message: str) -> ApiError:
    """400: the request can't be understood."""
    return ApiError(HTTPStatus.BAD_REQUEST, "BadRequest", message)


def bad_patch(message: str) -> ApiError:
    """422: the patch is well-formed but can't be applied to the object."""
    return ApiError(_WRONG_VALUE, "Invalid", message)


def unauthorized() -> ApiError:
    """401: nobody that the cluster knows."""
    return ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized", "Unauthorized")


def forbidden(plural: str, group: str, name: str, why: str) -> ApiError:
    """403: known, but not allowed."""
    called = f' "{name}"' if name else ""
    what = f"{qualified(plural, group)}{called} is " if plural else ""
    message = f"{what}forbidden: {why}"
    return ApiError(HTTPStatus.FORBIDDEN, "Forbidden", message, _details(name, group, plural))


def method_not_allowed() -> ApiError:
    """405: the resource doesn't know this verb."""
    message = "the server does not allow this method on the requested resource"
    return ApiError(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", message, {})


def unsupported_media_type(given: str, accepted: Sequence[str]) -> ApiError:
    """415: the body's type is none that the server reads here."""
    message = (
        f'the body of the request was in an unknown format ("{given}") - '
        f"accepted media types include: {', '.join(accepted)}"
    )
    return ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message, {})


def expired(revision: int, oldest: int) -> ApiError:
    """410: the changes since that resourceVersion are not all kept any more."""
    return ApiError(HTTPStatus.GONE, "Expired", f"too old resource version: {revision} ({oldest})")


def too_large_version(revision: int, current: int) -> ApiError:
    """504: the client has seen a resourceVersion that this server has not reached."""
    message = f"Timeout: Too large resource version: {revision}, current: {current}"
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    details = {"causes": [cause], "retryAfterSeconds": 1}
    return ApiError(HTTPStatus.GATEWAY_TIMEOUT, "Timeout", message, details)


def unreadable_version(text: str) -> ApiError:
    """500 without a reason: a resourceVersion that is no number."""
    why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
    message = f'resourceVersion: Invalid value: "{text}": {why}'
    return ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "", message)


def internal(message: str) -> ApiError:
    """500: the server could not do its part."""
    code = HTTPStatus.INTERNAL_SERVER_ERROR
    return ApiError(code, "InternalError", f"Internal error occurred: {message}")
