"""What the stacks are told of this lab: values for the templates' parameters."""

from typing import TYPE_CHECKING, Any

from lab.azure.service import FunctionHost
from lab.processes.ports import LoopbackPair
from lab.sites.postgres import PostgresServer

if TYPE_CHECKING:
    from lab.clouds.clouds import Clouds

__all__ = ["HEALTH_STACK", "ORCHESTRATOR_STACK", "health_parameters", "settings_document"]

HEALTH_STACK = "landbridge-orders-health"
ORCHESTRATOR_STACK = "landbridge-orders-orchestrator"


def health_parameters(
    pair: LoopbackPair, function_host: FunctionHost, *, ttl_seconds: int
) -> dict[str, str]:
    """Return the health stack's parameters."""
    return {
        "EntryPort": str(pair.port),
        "FunctionHost": "localhost",
        "FunctionPort": str(function_host.port),
        "AwsAddresses": pair.aws,
        "AzureAddresses": pair.azure,
        "TtlSeconds": str(ttl_seconds),
    }


def settings_document(clouds: "Clouds") -> dict[str, Any]:
    """Return the steps' settings: the configuration's, with the lab's addresses."""
    settings = clouds.configuration.settings()
    settings["replication"] = clouds.options.replication
    settings["budgets"].update(clouds.options.budgets)
    settings["port"] = clouds.pair.port
    settings["name_servers"] = [clouds.name_server]
    _locate(settings["aws_database"], clouds.aws_database)
    _locate(settings["azure_database"], clouds.azure_database)
    settings["eks"]["endpoint"] = clouds.eks_url
    settings["eks"]["certificate_authority"] = clouds.aws_cluster.ca_base64
    settings["deployment"]["replicas"] = clouds.options.replicas
    settings["function_app"]["url"] = clouds.function_host.url
    return settings


def _locate(database: dict[str, Any], server: PostgresServer) -> None:
    database["host"], database["port"] = server.host, server.port
