"""Failover as a straightforward script: promote, wait, scale, wait, edit the record, smoke.

It is as fair as it can be: it starts at the same alarm, its polls are short, and each of its waits
ends as soon as the thing is there. What it has not is what it is compared for: steps side by side,
and pods that start while the promotion runs.

Run as ``python -m lab.reference.sequential FILE``, where the file is a ``Plan`` as JSON.
"""

import json
import ssl
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pg8000.native
from kubernetes import client as kubernetes

__all__ = ["Plan", "run"]

POLL_SECONDS = 0.5
BUDGET_SECONDS = 300.0
OK = range(200, 300)


@dataclass(frozen=True)
class Plan:
    """Everything the script needs to know; ``database`` is pg8000's connection arguments."""

    aws: dict[str, str]
    alarm: str
    route53_url: str
    zone_id: str
    record: str
    ttl_seconds: int
    address: str
    database: dict[str, Any]
    kubernetes_url: str
    kubernetes_ca: str | None
    kubernetes_token: str
    namespace: str
    deployment: str
    replicas: int
    smoke_url: str


def until(what: str, condition: Callable[[], bool]) -> None:
    """Poll until the condition holds; exit where it does not within the budget."""
    give_up = time.monotonic() + BUDGET_SECONDS
    while not condition():
        if time.monotonic() > give_up:
            sys.exit(f"{what}: not within {BUDGET_SECONDS:g} s")
        time.sleep(POLL_SECONDS)
    say(what)


def say(phase: str) -> None:
    """Write one line of the script's own log: what is done, and when (epoch seconds)."""
    sys.stdout.write(json.dumps({"phase": phase, "t": time.time()}) + "\n")
    sys.stdout.flush()


def alarmed(plan: Plan) -> bool:
    """Whether the alarm's state is ALARM."""
    cloudwatch: Any = boto3.client("cloudwatch", **plan.aws)  # type: ignore[call-overload,unused-ignore]
    alarms = cloudwatch.describe_alarms(AlarmNames=[plan.alarm])["MetricAlarms"]
    return bool(alarms and alarms[0]["StateValue"] == "ALARM")


def promote(plan: Plan) -> None:
    """Promote the standby and wait until it has left recovery."""
    tls = ssl.create_default_context()
    connection = pg8000.native.Connection(**plan.database, ssl_context=tls)
    connection.run("SELECT pg_promote(false)")
    until("promoted", lambda: connection.run("SELECT pg_is_in_recovery()") == [[False]])
    connection.close()


def scale(plan: Plan) -> None:
    """Scale the Deployment and wait until its pods are ready."""
    configuration = kubernetes.Configuration(host=plan.kubernetes_url)
    configuration.ssl_ca_cert = plan.kubernetes_ca
    configuration.api_key = {"authorization": f"Bearer {plan.kubernetes_token}"}
    apps = kubernetes.AppsV1Api(kubernetes.ApiClient(configuration))
    body = {"spec": {"replicas": plan.replicas}}
    apps.patch_namespaced_deployment_scale(plan.deployment, plan.namespace, body)

    def ready() -> bool:
        status = apps.read_namespaced_deployment_status(plan.deployment, plan.namespace).status
        return bool((status.ready_replicas or 0) >= plan.replicas)

    until("pods ready", ready)


def edit_record(plan: Plan) -> None:
    """Point the users' name at Azure."""
    route53: Any = boto3.client("route53", endpoint_url=plan.route53_url, **_signing(plan))  # type: ignore[call-overload,unused-ignore]
    record = {
        "Name": plan.record,
        "Type": "A",
        "TTL": plan.ttl_seconds,
        "ResourceRecords": [{"Value": plan.address}],
    }
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=plan.zone_id, ChangeBatch=batch)
    say("record edited")


def _signing(plan: Plan) -> dict[str, str]:
    return {key: value for key, value in plan.aws.items() if key != "endpoint_url"}


def smoke(plan: Plan) -> None:
    """Place one order at Azure."""
    order = {"id": str(uuid.uuid4()), "item": "smoke", "quantity": 1}
    request = urllib.request.Request(  # noqa: S310 - the lab's own https address
        f"{plan.smoke_url}/orders",
        data=json.dumps(order).encode(),
        headers={"Content-Type": "application/json"},
    )

    def ordered() -> bool:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                return answer.status in OK
        except OSError:
            return False

    until("smoke", ordered)


def run(plan: Plan) -> None:
    """Wait for the alarm, then do one thing after the other."""
    until("alarm", lambda: alarmed(plan))
    promote(plan)
    scale(plan)
    edit_record(plan)
    smoke(plan)


if __name__ == "__main__":
    run(Plan(**json.loads(Path(sys.argv[1]).read_text())))
