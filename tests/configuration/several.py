"""Two workloads in one deployment, as a document: cdk.json's own, and one beside it."""

import copy
from collections.abc import Mapping
from typing import Any

from landbridge.configuration import read_context
from tests.configuration.changes import CDK_JSON

__all__ = ["several", "two_workloads"]

_OWN = (
    "workload",
    "names",
    "sites",
    "databases",
    "deployment",
    "database_pod",
    "function_app",
)


def two_workloads() -> dict[str, Any]:
    """Return what stands under ``landbridge``: orders as in cdk.json, and billing after it."""
    document = read_context(CDK_JSON)["landbridge"]
    orders = {name: document[name] for name in _OWN if name in document}
    shared = {name: value for name, value in document.items() if name not in orders}
    return {
        "shared": {
            **shared,
            "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
            "function_app": {"tenant_id": orders["function_app"].pop("tenant_id")},
        },
        "workloads": [orders, _billing(orders)],
        "waves": {"max_concurrency": 3},
    }


def _billing(orders: Mapping[str, Any]) -> dict[str, Any]:
    app = orders["function_app"]
    return {
        "workload": "billing",
        "after": ["orders"],
        "names": {
            "failover": "billing.shop.test",
            "health": "health-billing.shop.test",
            "health_azure": "health-azure-billing.shop.test",
        },
        "sites": copy.deepcopy(orders["sites"]),
        "databases": {
            site: {
                **orders["databases"][site],
                "host": f"billing.{site}.shop.test",
                "name": "billing",
                "secret": f"landbridge/{site}-billing",
            }
            for site in ("aws", "azure")
        },
        "deployment": {"namespace": "billing", "name": "billing", "replicas": 2},
        "database_pod": {
            "namespace": "billing",
            "stateful_set": "billing-database",
            "job": "billing-rebuild",
        },
        "function_app": {
            **app,
            "host": "landbridge-billing.azurewebsites.net",
            "application_id": "7d1c4a5e-0b1f-4c55-9a57-2f4b1c0d9e12",
            "client_id": "7d1c4a5e-0b1f-4c55-9a57-2f4b1c0d9e13",
        },
    }


def several(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the context with each dotted path set to its value; list indices are numbers."""
    document: Any = two_workloads()
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = document
        for name in parents:
            place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
        place[last] = value
    return {"landbridge": document}
