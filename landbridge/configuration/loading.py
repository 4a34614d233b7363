"""From cdk.json's context to a checked Configuration, or one error that lists every problem."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rules import configuration_problems
from landbridge.domain.errors import ConfigurationError

__all__ = ["CONTEXT_KEY", "configuration_from_cdk_json", "load_configuration", "read_context"]

CONTEXT_KEY = "landbridge"


def load_configuration(context: Mapping[str, Any]) -> Configuration:
    """Return the configuration under the context's key ``landbridge``.

    Raises ConfigurationError; each line of it names the field, its value, the rule and the remedy.
    """
    document = context.get(CONTEXT_KEY)
    if not isinstance(document, Mapping):
        problem = Problem(
            CONTEXT_KEY, document, "an object is needed", "copy it from the repository's cdk.json"
        )
        raise _refusal([problem])
    try:
        # Through JSON, so that lists become tuples and yet "443" is no port.
        configuration = Configuration.model_validate_json(json.dumps(document), strict=True)
    except ValidationError as error:
        raise _refusal(_shape_problems(error)) from None
    problems = list(configuration_problems(configuration))
    if problems:
        raise _refusal(problems)
    return configuration


def read_context(file: Path, overriding: str = "{}") -> dict[str, Any]:
    """Return cdk.json's context with ``overriding`` (JSON: the CDK's CDK_CONTEXT_JSON) over it.

    Raises ConfigurationError, which names the one that cannot be read.
    """
    try:
        context = dict(json.loads(file.read_text())["context"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{file}: {error!r}", "it needs an object, context") from None
    try:
        context |= json.loads(overriding)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"CDK_CONTEXT_JSON: {error!r}", "give a JSON object") from None
    return context


def configuration_from_cdk_json(file: Path) -> Configuration:
    """Return the configuration in a cdk.json; raise ConfigurationError."""
    return load_configuration(read_context(file))


def _shape_problems(error: ValidationError) -> Iterable[Problem]:
    for one in error.errors(include_url=False, include_context=False):
        field = ".".join(str(part) for part in one["loc"])
        if one["type"] == "missing":
            yield Problem(field, None, "it is missing", "add it")
        elif one["type"] == "extra_forbidden":
            yield Problem(field, one["input"], "there is no such setting", "look at its spelling")
        else:
            yield Problem(field, one["input"], one["msg"], _remedy(one["loc"]))


def _remedy(location: tuple[int | str, ...]) -> str:
    """Return what the field is for, as its schema says it."""
    model: Any = Configuration
    description = ""
    for part in location:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            break
        description = field.description or ""
        model = field.annotation
    meant = description.rstrip(".")
    return f"give what it stands for: {meant}" if meant else "give a value of that kind"


def _refusal(problems: Iterable[Problem]) -> ConfigurationError:
    return ConfigurationError("\n".join(f"{CONTEXT_KEY}.{problem}" for problem in problems))
