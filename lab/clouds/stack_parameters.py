"""What the stacks are told of this lab: values in the place of the templates' configured ones."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab.clouds.clouds import Clouds

__all__ = ["DNS_STACK", "HEALTH_STACK", "ORCHESTRATOR_STACK", "settings_document", "stack_values"]

HEALTH_STACK = "landbridge-orders-health"
DNS_STACK = "landbridge-orders-dns"
ORCHESTRATOR_STACK = "landbridge-orders-orchestrator"
# Seconds where a GameDay takes minutes, and no window: a lab is for trying it now.
_GAMEDAY = {"notice_seconds": 5, "soak_seconds": 15, "ways_seconds": 60, "look_seconds": 1}
_TTLS = 5  # so many at least does Azure serve, so that users are seen to stay


def stack_values(
    clouds: "Clouds", settings: dict[str, Any]
) -> dict[str, dict[str, str | list[str]]]:
    """Return each stack's values, by its name; ``settings`` are the steps'."""
    return {
        HEALTH_STACK: {
            "EntryPort": str(clouds.pair.port),
            "FunctionHost": "localhost",
            "FunctionPort": str(clouds.function_host.port),
        },
        DNS_STACK: {
            "AwsAddresses": [clouds.pair.aws],
            "AzureAddresses": [clouds.pair.azure],
            "TtlSeconds": str(clouds.options.ttl),
        },
        ORCHESTRATOR_STACK: {"Settings": json.dumps(settings, separators=(",", ":"))},
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
