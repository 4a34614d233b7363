"""What the stacks are told of this lab: values for the templates' parameters."""

from typing import TYPE_CHECKING, Any

from lab.azure.service import FunctionHost
from lab.processes.ports import LoopbackPair

if TYPE_CHECKING:
    from lab.clouds.clouds import Clouds

__all__ = ["HEALTH_STACK", "ORCHESTRATOR_STACK", "health_parameters", "settings_document"]

HEALTH_STACK = "landbridge-orders-health"
ORCHESTRATOR_STACK = "landbridge-orders-orchestrator"
# Seconds where a GameDay takes minutes, and no window: a lab is for trying it now.
_GAMEDAY = {"notice_seconds": 5, "soak_seconds": 15, "ways_seconds": 60, "look_seconds": 1}
_TTLS = 5  # so many at least does Azure serve, so that users are seen to stay


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
    soak = max(_GAMEDAY["soak_seconds"], _TTLS * clouds.options.ttl)
    settings["gameday"] = {**_GAMEDAY, "soak_seconds": soak, **clouds.options.gameday}
    settings["takeover"] |= {
        "automatic": clouds.options.automatic,
        "timer_seconds": clouds.options.timer_seconds,
    }
    settings["port"] = clouds.port("orchestrator", "entry")
    settings["name_servers"] = [f"127.0.0.1:{clouds.port('orchestrator', 'name-server')}"]
    for site, server in (("aws", clouds.aws_database), ("azure", clouds.azure_database)):
        database = settings[f"{site}_database"]
        database["host"] = server.host
        database["port"] = clouds.port("orchestrator", f"{site}-database")
    settings["eks"]["endpoint"] = clouds.eks_url
    settings["eks"]["certificate_authority"] = clouds.aws_cluster.ca_base64
    settings["deployment"]["replicas"] = clouds.options.replicas
    settings["function_app"]["url"] = clouds.function_url("orchestrator")
    settings["function_app"]["authority"] = clouds.entra.url
    return settings
