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

__all__ = ["CONTEXT_KEY", "configuration_from_cdk_json", "load_configuration"]

CONTEXT_KEY = "landbridge"


def load_configuration(context: Mapping[str, Any]) -> Configuration:
    """Return the configuration under the context's key ``landbridge``.

    Raises ConfigurationError; each line of it names the field, its value, the rule and the remedy.
    """
    document = context.get(CONTEXT_KEY)
    if not isinstance(document, Mapping):
        problem = Problem(CONTEXT_KEY, document, "an object is needed", "see docs/configuration.md")
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


def configuration_from_cdk_json(path: Path) -> Configuration:
    """Return the configuration in a cdk.json; raise ConfigurationError, which names the file."""
    try:
        document = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from None
    context = document.get("context", {}) if isinstance(document, Mapping) else {}
    return load_configuration(context)


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
    return description.rstrip(".") or "give a value of that kind"


def _refusal(problems: Iterable[Problem]) -> ConfigurationError:
    return ConfigurationError("\n".join(f"{CONTEXT_KEY}.{problem}" for problem in problems))
