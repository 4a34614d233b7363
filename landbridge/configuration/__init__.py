"""The one configuration: cdk.json's context key ``landbridge``, checked before anything runs."""

from landbridge.configuration.budgets import BudgetsConfiguration
from landbridge.configuration.deployment import (
    CONTEXT_KEY,
    configuration_from_cdk_json,
    deployment_from_cdk_json,
    load_configuration,
    load_deployment,
)
from landbridge.configuration.loading import read_context
from landbridge.configuration.models import Configuration
from landbridge.configuration.primaries import PrimaryConfiguration
from landbridge.configuration.several import Deployment

__all__ = [
    "CONTEXT_KEY",
    "BudgetsConfiguration",
    "Configuration",
    "Deployment",
    "PrimaryConfiguration",
    "configuration_from_cdk_json",
    "deployment_from_cdk_json",
    "load_configuration",
    "load_deployment",
    "read_context",
]
