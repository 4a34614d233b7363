"""The users' RTO: this machine against the sequential script, in two labs of one kind."""

import json
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console

from lab.bench.measure import Measure
from lab.bench.user_rto import median_user_rto, users_back
from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.clouds.standing import lab_credentials
from lab.drill.traffic import Traffic
from lab.faults.region import inject
from lab.processes.children import Child, ChildError, python
from lab.processes.waiting import wait_until
from lab.reference.sequential import Plan

__all__ = ["SETTINGS", "compare", "lived_through"]

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
LONGEST_SECONDS = 300.0
USERS, RATE, SEED, CALM_SECONDS = 24, 72.0, 1, 4.0


def compare(console: Console) -> list[Measure]:
    """Return both measures; each is two labs, one after the other on the same machine."""
    measures = []
    for label, options in SETTINGS.items():
        ours = _user_rto(f"landbridge, {label}", options, console, reference=False)
        theirs = _user_rto(f"the sequential script, {label}", options, console, reference=True)
        measures.append(Measure(f"median user RTO, {label}", "s", ours, theirs, REFERENCE))
    return measures


def _user_rto(what: str, options: LabOptions, console: Console, *, reference: bool) -> float:
    with console.status(what) as status:
        show = lambda sentence: status.update(f"{what}: {sentence}")  # noqa: E731 - two words
        with Clouds(options, show) as clouds:
            script = None
            if reference:
                _without_landbridge(clouds)
                script = _start_script(clouds)
            clouds.let_a_minute_pass()
            rto = lived_through(clouds, show, script=script)
    console.print(f"{what}: {rto:.2f} s", markup=False)
    return rto


def lived_through(
    clouds: Clouds,
    show: Callable[[str], None],
    *,
    script: Child | None = None,
    then: Callable[[], object] = lambda: None,
) -> float:
    """Let users write and lose AWS; return the median over users of their RTO, in seconds.

    ``then`` is done when AWS is lost; ``script`` leads the way out, where landbridge does not.
    Raises ChildError where the script fails.
    """
    traffic = Traffic(clouds, clients=USERS, rate=RATE, seed=SEED, own_caches=True)
    show("users write")
    traffic.start()
    traffic.wait_for_writes("aws", int(RATE * CALM_SECONDS), 60.0)
    clouds.let_a_minute_pass()
    fault_at = inject("region-loss", clouds)
    show("AWS is lost")
    then()

    def served() -> bool:
        # The script ends before the last user's cache does; only its failure ends the wait.
        if script is not None and script.process.poll():
            raise ChildError(f"{script.name} failed:\n{script.log_tail()}")
        return len(users_back(traffic.ledger, fault_at)) == USERS

    wait_until(
        served,
        "users served by Azure",
        timeout_seconds=LONGEST_SECONDS,
        poll_seconds=0.5,
    )
    traffic.stop()
    return median_user_rto(traffic.ledger, fault_at)


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
    kubernetes = clouds.azure_cluster.connection()
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
        kubernetes_url=kubernetes.url,
        kubernetes_ca=str(kubernetes.ca_file) if kubernetes.ca_file else None,
        kubernetes_token=kubernetes.token,
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
