"""What a request's body may hold: each refusal names the field and says what is wanted there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.foreign import GivenTwiceError, shown, shown_name, strict_json

MAX_BODY_BYTES = 4096
MAX_HOLDER_CHARACTERS = 200


@dataclass(frozen=True)
class Field:
    """What a value must be, in words and as a check."""

    wanted: str
    fits: Callable[[Any], bool]


def whole_number(lowest: int, highest: int) -> Field:
    """Return the field of a whole number in that range; true and false are none."""
    return Field(
        f"a whole number from {lowest} to {highest}",
        lambda value: type(value) is int and lowest <= value <= highest,
    )


def one_of(*choices: str) -> Field:
    """Return the field of one of these words."""
    return Field(f"one of {', '.join(choices)}", lambda value: value in choices)


def _is_holder(value: Any) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_HOLDER_CHARACTERS:
        return False
    return value.isprintable() and not any(character.isspace() for character in value)


YES_OR_NO = Field("true or false", lambda value: isinstance(value, bool))
TEXT = Field("text", lambda value: isinstance(value, str))
MOMENT = Field("epoch seconds", lambda value: type(value) in {int, float} and 0 < value < 10**12)
HOLDER = Field(f"a run's id, up to {MAX_HOLDER_CHARACTERS} characters without spaces", _is_holder)
EPOCH = whole_number(1, 2**63 - 1)
LEASE_SECONDS = whole_number(1, 3600)
REPLICAS = whole_number(0, 100)


def read_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body; raise InvalidEventError."""
    if len(body) > MAX_BODY_BYTES:
        raise InvalidEventError(f"body: {len(body)} bytes", f"send at most {MAX_BODY_BYTES} bytes")
    try:
        document = strict_json(body)
    except GivenTwiceError as error:
        raise InvalidEventError(str(error), "give each field once") from None
    except ValueError:
        raise InvalidEventError("body: not JSON", "send a JSON object, in UTF-8") from None
    if not isinstance(document, dict):
        raise InvalidEventError("body: not a JSON object", "send a JSON object, as {}")
    return document


def check_fields(
    document: Mapping[str, Any],
    needed: Mapping[str, Field],
    optional: Mapping[str, Field] | None = None,
) -> dict[str, Any]:
    """Return the document's fields, all of them known, there and fitting.

    Raises InvalidEventError, which names the first that is not.
    """
    known = {**needed, **(optional or {})}
    for name in sorted(set(document) - set(known)):
        remedy = f"the fields are {', '.join(known)}" if known else "send {}"
        raise InvalidEventError(f"{shown_name(name)}: there is no such field", remedy)
    for name, field in known.items():
        if name not in document:
            if name in needed:
                raise InvalidEventError(f"{name}: missing", f"it is {field.wanted}")
        elif not field.fits(document[name]):
            value = shown(document[name], name)
            raise InvalidEventError(f"{name}: {value} does not fit", f"it is {field.wanted}")
    return dict(document)
