"""The one configuration: cdk.json's context key ``landbridge``, checked before anything runs."""

from landbridge.configuration.budgets import BudgetsConfiguration
from landbridge.configuration.loading import (
    CONTEXT_KEY,
    configuration_from_cdk_json,
    load_configuration,
    read_context,
)
from landbridge.configuration.models import Configuration
from landbridge.configuration.primaries import PrimaryConfiguration

__all__ = [
    "CONTEXT_KEY",
    "BudgetsConfiguration",
    "Configuration",
    "PrimaryConfiguration",
    "configuration_from_cdk_json",
    "load_configuration",
    "read_context",
]
