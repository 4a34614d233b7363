"""The settings document that the tests of the domain and of the steps share."""

import copy
from typing import Any

_DOCUMENT: dict[str, Any] = {
    "workload": "orders",
    "replication": "sync",
    "standby_name": "azure",
    "names": {
        "zone": "shop.test",
        "workload": "orders.shop.test",
        "health_aws": "health.shop.test",
        "health_azure": "health-azure.shop.test",
    },
    "port": 443,
    "name_servers": ["127.0.0.1:53"],
    "aws_database": {"host": "aws.shop.test", "port": 5432, "name": "orders", "secret": "aws"},
    "azure_database": {
        "host": "azure.shop.test",
        "port": 5432,
        "name": "orders",
        "secret": "azure",
    },
    "eks": {"endpoint": "https://eks.shop.test", "cluster": "shop", "region": "eu-west-1"},
    "deployment": {"namespace": "orders", "name": "orders", "replicas": 2},
    "database_pod": {
        "namespace": "orders",
        "stateful_set": "orders-database",
        "job": "orders-rebuild",
    },
    "function_app": {
        "url": "https://functions.shop.test",
        "tenant_id": "a-tenant",
        "client_id": "the-orchestrator",
        "application_id": "the-function-app",
    },
    "alarm_name": "landbridge-orders-health",
    # No time to wait: what the doubles do is done at once, so each wait looks once.
    "budgets": {
        "event_age_seconds": 300,
        "watchdog_seconds": 120,
        "drill_age_days": 0,
        "lease_seconds": 180,
        "probe_seconds": 1,
        "database_seconds": 0,
        "settle_seconds": 0,
        "fence_seconds": 0,
        "replay_seconds": 0,
        "promotion_seconds": 0,
        "rollout_seconds": 0,
        "smoke_seconds": 0,
        "dns_seconds": 0,
        "rpo_seconds": 5,
        "rpo_bytes": 1000,
        "streaming_seconds": 0,
        "switchover_lag_bytes": 1000,
        "hold_seconds": 30.0,
        "approval_seconds": 0,
    },
}


def settings_document(**changes: Any) -> dict[str, Any]:
    """Return the document with some of its top fields replaced."""
    return {**copy.deepcopy(_DOCUMENT), **changes}
