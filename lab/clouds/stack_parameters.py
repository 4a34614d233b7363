"""What the stacks are told of this lab: values in the place of the templates' configured ones."""

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from lab.sites.postgres import DATABASE

if TYPE_CHECKING:
    from lab.clouds.clouds import Clouds

__all__ = ["settings_document", "stack_name", "stack_values"]

# Seconds where a GameDay takes minutes, and no window: a lab is for trying it now.
_GAMEDAY = {"notice_seconds": 5, "soak_seconds": 15, "ways_seconds": 60, "look_seconds": 1}
_TTLS = 5  # so many at least does Azure serve, so that users are seen to stay


def stack_name(workload: str, kind: str) -> str:
    """Return a stack's name: ``landbridge-orders-health``."""
    return f"landbridge-{workload}-{kind}"


def stack_values(
    clouds: "Clouds", settings: dict[str, Any]
) -> dict[str, dict[str, str | list[str]]]:
    """Return each stack's values, by its name; ``settings`` are the steps'."""
    name = partial(stack_name, clouds.configuration.workload)
    return {
        name("health"): {
            "EntryPort": str(clouds.pair.port),
            "FunctionHost": "localhost",
            "FunctionPort": str(clouds.function_host.port),
        },
        name("dns"): {
            "AwsAddresses": [clouds.pair.aws],
            "AzureAddresses": [clouds.pair.azure],
            "TtlSeconds": str(clouds.options.ttl),
        },
        name("orchestrator"): {"Settings": json.dumps(settings, separators=(",", ":"))},
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
        database["name"] = DATABASE
        database["port"] = clouds.port("orchestrator", f"{site}-database")
    if settings["names"]["zone_id"]:  # one that is said to be there, and is the lab's own
        settings["names"]["zone_id"] = clouds.zone.zone_id
    settings["eks"]["endpoint"] = clouds.eks_url
    settings["eks"]["certificate_authority"] = clouds.aws_cluster.ca_base64
    settings["deployment"]["replicas"] = clouds.options.replicas
    settings["function_app"]["url"] = clouds.function_url("orchestrator")
    settings["function_app"]["authority"] = clouds.entra.url
    return settings
