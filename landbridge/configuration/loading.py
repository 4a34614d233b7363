"""From one workload's document to a checked Configuration, or to every problem that it has."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from landbridge.configuration.fields import field_named
from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import ABSENT, Problem
from landbridge.configuration.rules import configuration_problems
from landbridge.configuration.secret_values import (
    INSTEAD,
    named_like_a_secret,
    secret_problems,
)
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown, shown_name, strict_json, unreadable

__all__ = ["Checked", "check_document", "read_context", "shape_problems", "unsound_problems"]


@dataclass(frozen=True)
class Checked:
    """What a document says: a configuration, or None and what is wrong with it."""

    configuration: Configuration | None
    problems: tuple[Problem, ...] = ()


def check_document(document: Mapping[str, Any]) -> Checked:
    """Return one workload's configuration, or all that is wrong with it.

    A document of the wrong shape is not held against the rules between fields.
    """
    if unsound := tuple(unsound_problems(document)):
        return Checked(None, unsound)
    try:
        # Through JSON, so that lists become tuples and yet "443" is no port.
        configuration = Configuration.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        return Checked(None, tuple(shape_problems(error)))
    problems = tuple(configuration_problems(configuration))
    return Checked(None if problems else configuration, problems)


def unsound_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what no field may hold, and each secret's value."""
    yield from _unsound(document)
    yield from secret_problems(document)


def read_context(file: Path, overriding: str = "{}") -> dict[str, Any]:
    """Return cdk.json's context with ``overriding`` (JSON: the CDK's CDK_CONTEXT_JSON) over it.

    Raises ConfigurationError, which names the one that cannot be read.
    """
    try:
        document = _object(strict_json(file.read_text(encoding="utf-8")))
        context = _object(document.get("context"), "context: ")
    except (OSError, ValueError) as error:
        why = unreadable(str(file), error)
        raise ConfigurationError(why, "it needs an object, context") from None
    try:
        return {**context, **_object(strict_json(overriding))}
    except ValueError as error:
        raise ConfigurationError(f"CDK_CONTEXT_JSON: {error}", "give a JSON object") from None


def _object(value: object, field: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{field}{shown(value)} is no object")  # noqa: TRY004 - as json's own errors
    return value


def _unsound(value: object, field: str = "") -> Iterator[Problem]:
    """Yield what no field may hold: it could not be deployed, or not be shown."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _unsound(inner, f"{field}.{shown_name(name)}".removeprefix("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _unsound(inner, f"{field}.{number}")
    elif isinstance(value, float) and not math.isfinite(value):
        yield Problem(field, value, "it is no finite number", "give a number")
    elif isinstance(value, str) and not value.isprintable():
        rule = "it holds control characters, or half of one"
        yield Problem(field, value, rule, "leave those characters out")


def shape_problems(error: ValidationError) -> Iterable[Problem]:
    """Yield what pydantic found, in landbridge's words."""
    for one in error.errors(include_url=False, include_context=False):
        field = ".".join(shown_name(str(part)) for part in one["loc"])
        if one["type"] == "missing":
            yield Problem(field, ABSENT, "it is missing", "add it")
        elif one["type"] == "extra_forbidden" and named_like_a_secret(str(one["loc"][-1])):
            rule = "there is no such setting, and no secret may stand here"
            yield Problem(field, ABSENT, rule, INSTEAD)
        elif one["type"] == "extra_forbidden":
            yield Problem(field, ABSENT, "there is no such setting", "look at its spelling")
        else:
            yield Problem(field, one["input"], one["msg"], _remedy(one["loc"]))


def _remedy(location: tuple[int | str, ...]) -> str:
    """Return what the field is for, as its schema says it."""
    field = field_named(".".join(str(part) for part in location))
    if field is None:
        return "give a value of that kind"
    return f"give what it stands for: {field.what.rstrip('.')}"
