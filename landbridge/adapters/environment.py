"""What a Lambda finds in its environment, made once per worker and never at import."""

import os
from functools import lru_cache

from landbridge.adapters.function_app import FunctionApp
from landbridge.domain.settings import Settings, settings_from_environment

__all__ = ["function_app", "settings"]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the step's settings; raise ConfigurationError, which names the field."""
    return settings_from_environment(os.environ)


@lru_cache(maxsize=1)
def function_app() -> FunctionApp:
    """Return the Function App in Azure."""
    return FunctionApp(settings().function_app)
