"""What a Lambda finds in its environment, made once per worker and never at import."""

import os
from functools import lru_cache

from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.function_app_caller import ROLE_VARIABLE, caller_tokens
from landbridge.adapters.warming import when_warmed
from landbridge.domain.settings import Settings, settings_from_environment

__all__ = ["function_app", "settings"]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the step's settings; raise ConfigurationError, which names the field."""
    return settings_from_environment(os.environ)


@lru_cache(maxsize=1)
def function_app() -> FunctionApp:
    """Return the Function App in Azure."""
    wanted = settings().function_app
    return FunctionApp(wanted, caller_tokens(wanted, os.environ.get(ROLE_VARIABLE, "")))


@when_warmed
def _have_a_token() -> None:
    if ROLE_VARIABLE in os.environ:  # of the steps that ask the Function App
        function_app().get_ready()
