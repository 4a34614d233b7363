"""The users' RTO: this machine against the sequential script, in two labs of one kind."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from lab.bench.measure import Measure
from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.clouds.standing import lab_credentials
from lab.drill.drill import run_drill
from lab.drill.evidence import find_in
from lab.drill.faults import inject
from lab.drill.options import DrillOptions
from lab.drill.traffic import Traffic
from lab.processes.children import Child, python
from lab.processes.waiting import wait_until
from lab.reference.sequential import Plan
from lab.users.ledger import read_history
from lab.users.verdict import judge

__all__ = ["SETTINGS", "compare"]

REFERENCE = (
    "the original's design as a sequential script: "
    "promote, wait, scale, wait, edit the record, smoke"
)
# What the original reported, and nothing slower than the lab itself.
SETTINGS = {
    "12 s promotion, 33 s pods, TTL 60": LabOptions(
        promotion_delay_seconds=12.0, pod_start_seconds=33.0, ttl_seconds=60
    ),
    "no delays": LabOptions(),
}
LONGEST_SECONDS = 240.0


def compare(console: Console) -> list[Measure]:
    """Return both measures; each is two drills, one after the other on the same machine."""
    measures = []
    for label, options in SETTINGS.items():
        drill = DrillOptions(lab=options)
        ours, theirs = _ours(drill, console), _theirs(drill, console)
        measures.append(Measure(f"user RTO, {label}", "s", ours, theirs, REFERENCE))
    return measures


def _ours(options: DrillOptions, console: Console) -> float:
    with TemporaryDirectory() as folder:
        record = run_drill(options, Path(folder), console).record
    if record.verdict.rto_seconds is None:
        raise RuntimeError(f"the drill did not recover: {record.reason}")
    return record.verdict.rto_seconds


def _theirs(options: DrillOptions, console: Console) -> float:
    with console.status("The sequential script"), Clouds(options.lab) as clouds:
        _without_landbridge(clouds)
        script = _start_script(clouds)
        traffic = Traffic(clouds, clients=options.clients, rate=options.rate, seed=options.seed)
        traffic.start()
        traffic.wait_for_writes("aws", int(options.rate * options.calm_seconds), 60.0)
        fault_at = inject(options.fault, clouds)
        _wait_for_azure(traffic, script, fault_at)
        traffic.stop()
        history = read_history(traffic.ledger)
        verdict = judge(history, find_in(clouds, "azure"), fault_at=fault_at)
    if verdict.rto_seconds is None:
        raise RuntimeError(f"the script did not recover: {script.log_tail()}")
    return verdict.rto_seconds


def _wait_for_azure(traffic: Traffic, script: Child, fault_at: float) -> None:
    traffic.wait_for_writes("azure", 1, LONGEST_SECONDS)
    wait_until(
        lambda: not script.running,
        f"end of the script, {time.time() - fault_at:.0f} s after the fault",
        timeout_seconds=60.0,
    )


def _without_landbridge(clouds: Clouds) -> None:
    """Keep landbridge's own machine out, and give the users the original's plain record."""
    events = clouds.aws.client("events", clouds.configuration.orchestrator_region)
    for rule in events.list_rules()["Rules"]:
        events.disable_rule(Name=rule["Name"])
    route53 = clouds.control_plane.client()
    found = route53.list_resource_record_sets(HostedZoneId=clouds.zone.zone_id)
    pair = [r for r in found["ResourceRecordSets"] if r["Name"].rstrip(".") == names.WORKLOAD]
    changes = [{"Action": "DELETE", "ResourceRecordSet": record} for record in pair]
    plain = {
        "Name": names.WORKLOAD,
        "Type": "A",
        "TTL": clouds.options.ttl,
        "ResourceRecords": [{"Value": clouds.pair.aws}],
    }
    changes.append({"Action": "CREATE", "ResourceRecordSet": plain})
    route53.change_resource_record_sets(
        HostedZoneId=clouds.zone.zone_id, ChangeBatch={"Changes": changes}
    )


def _start_script(clouds: Clouds) -> Child:
    plan = Plan(
        aws={
            "region_name": clouds.configuration.health_region,
            "endpoint_url": clouds.aws.endpoint_url,
            **lab_credentials(clouds.aws.account),
        },
        alarm=clouds.configuration.alarm_name,
        route53_url=clouds.control_plane.url,
        zone_id=clouds.zone.zone_id,
        record=names.WORKLOAD,
        ttl_seconds=clouds.options.ttl,
        address=clouds.pair.azure,
        database={
            "user": "landbridge",
            "password": clouds.databases.passwords.landbridge,
            "host": clouds.azure_database.host,
            "port": clouds.azure_database.port,
            "database": "orders",
        },
        kubernetes_url=clouds.azure_cluster.url,
        kubernetes_token=clouds.azure_cluster.token("admin"),
        namespace=names.NAMESPACE,
        deployment=names.DEPLOYMENT,
        replicas=clouds.options.replicas,
        smoke_url=f"https://{clouds.pair.azure}:{clouds.pair.port}",
    )
    file = clouds.lab.folder("reference") / "plan.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(plan)))
    return clouds.lab.spawn(
        "reference",
        python("-m", "lab.reference.sequential", file),
        env={"SSL_CERT_FILE": str(clouds.authority.path)},
    )
