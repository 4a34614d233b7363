"""A world in which every check passes, and how a test changes one thing in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from landbridge.adapters.database_facts import RIGHTS
from landbridge.domain.database import DatabaseLook, StandbyConnection
from landbridge.domain.gate import initial_gate
from landbridge.domain.preflight.access_facts import AccessRule, Role
from landbridge.domain.preflight.certificates import Certificate
from landbridge.domain.preflight.check import Check
from landbridge.domain.preflight.cluster_facts import Capacity, ClusterFacts, Node, Reference
from landbridge.domain.preflight.clusters import permissions, rehearsal_permissions
from landbridge.domain.preflight.database_facts import DatabaseFacts, Extension, Slot
from landbridge.domain.preflight.database_roles import LANDBRIDGE, REPLICATOR, RESEQUENCER
from landbridge.domain.preflight.dns import DnsFacts, HealthCheck, Record
from landbridge.domain.preflight.other_half import OtherHalf
from landbridge.domain.preflight.preflight import Looks, run_checks
from landbridge.domain.preflight.triggers import Trigger
from landbridge.domain.settings import Settings, parse_settings
from landbridge.domain.triggers import ALARM_EVENT, EVERY_MINUTE, FORWARDED_ALARM, trigger_name
from landbridge.domain.version import VERSION
from landbridge.domain.votes import Ballot, Vote
from tests.sample_settings import settings_document

__all__ = ["NOW", "Change", "changed", "checks_of", "healthy", "red", "settings", "triggers"]

NOW = 1_800_000_000.0
DAY = 86_400.0
GATE_HOST = "functions.shop.test"
Change = Callable[[Looks], Looks]


def settings(**changes: Any) -> Settings:
    """Return the sample settings."""
    return parse_settings(settings_document(**changes))


def database(site: str) -> DatabaseFacts:
    """Return AWS as the primary or Azure as its standby."""
    look = DatabaseLook(
        site=site,
        reachable=True,
        in_recovery=site == "azure",
        read_only=False,
        timeline=1,
        current_lsn=5_000 if site == "aws" else None,
        received_lsn=None if site == "aws" else 5_000,
        replayed_lsn=None if site == "aws" else 5_000,
        replay_paused=None if site == "aws" else False,
        synchronous_standby_names="azure" if site == "aws" else "",
        standbys=(StandbyConnection("azure", "streaming", "sync", 5_000),) if site == "aws" else (),
        heartbeat_at=NOW - 10,
        epoch=1,
    )
    return DatabaseFacts(
        look=look,
        rights=dict.fromkeys(RIGHTS, True),
        slots=(Slot("azure", True, "reserved", 1_000),) if site == "aws" else (),
        slot_limit_bytes=1_000_000,
        database_bytes=1_000_000,
        wal_bytes=100_000,
        server_version=160014,
        extensions=(Extension("plpgsql", "1.0", True),),
        locale="c:en_US.UTF-8:en_US.UTF-8",
        collation=("2.36", "2.36"),
        checksums=True,
        wal_log_hints=True,
        full_page_writes=True,
        roles=roles(),
        streams_as={"azure": "replicator"} if site == "aws" else {},
        access=access(),
        verifies="" if site == "aws" else "verify-full",
        settings=server_settings(),
    )


def roles() -> tuple[Role, ...]:
    """Return landbridge's roles as its SQL makes them."""
    return (
        Role("landbridge", True, LANDBRIDGE.attributes, LANDBRIDGE.grants),
        Role(
            RESEQUENCER,
            False,
            frozenset({"BYPASSRLS"}),
            frozenset({"role pg_read_all_data"}),
            ("CONNECT to this database",),
            owns=1,
        ),
        Role("replicator", False, REPLICATOR.attributes, REPLICATOR.grants),
    )


def access() -> tuple[AccessRule, ...]:
    """Return the lines of deploy/postgresql/pg_hba.conf."""
    lines = (
        ("local", "all", "postgres", "", "peer"),
        ("hostssl", "replication", "replicator", "192.0.2.0", "scram-sha-256"),
        ("hostssl", "orders", "replicator", "192.0.2.0", "scram-sha-256"),
        ("hostssl", "orders", "landbridge", "198.51.100.0", "scram-sha-256"),
        ("hostssl", "orders", "orders", "203.0.113.0", "scram-sha-256"),
    )
    return tuple(
        AccessRule(f"pg_hba.conf line {number}", kind, (database,), (user,), address, method)
        for number, (kind, database, user, address, method) in enumerate(lines, start=1)
    )


def server_settings() -> dict[str, str]:
    """Return settings as pg_settings has them, with landbridge.conf included."""
    return {
        **dict.fromkeys(("max_connections", "max_locks_per_transaction"), "64"),
        **dict.fromkeys(("max_wal_senders", "max_worker_processes", "max_replication_slots"), "8"),
        **dict.fromkeys(("hot_standby", "hot_standby_feedback", "fsync", "ssl"), "on"),
        **dict.fromkeys(("wal_receiver_timeout", "wal_sender_timeout"), "5000"),
        "max_prepared_transactions": "0",
        "wal_level": "replica",
        "wal_keep_size": "64",
        "wal_receiver_status_interval": "1",
        "wal_retrieve_retry_interval": "200",
        "reserved_connections": "5",
        "password_encryption": "scram-sha-256",
        "synchronous_commit": "on",
        "ssl_min_protocol_version": "TLSv1.2",
    }


def cluster(site: str) -> ClusterFacts:
    """Return a cluster in which everything is allowed and there."""
    wanted = settings()
    asked = permissions(site, wanted.deployment, wanted.database_pod, "landbridge")
    return ClusterFacts(
        site=site,
        reachable=True,
        rights={str(one): True for one in asked},
        dry_runs={"2": ""},
        desired=2 if site == "aws" else 0,
        images={"orders": "landbridge/orders:1"},
        references=(
            Reference("ConfigMap", "orders-settings", "present", {"PGHOST": ""}),
            Reference("Secret", "orders-database", "present", {"PGPASSWORD": "a1", "PGUSER": "b2"}),
        ),
        rebuild_job="",
        volume_bytes=10_000_000,
        capacity=Capacity((Node("node-1", 4.0, 8e9, 100),), {}, 0.05, 64e6),
        rehearsal_rights={
            str(one): True for one in rehearsal_permissions(wanted.deployment, "orders-rehearsal")
        },
    )


def route53() -> DnsFacts:
    """Return the zone as the health stack makes it."""
    aws, azure = ("192.0.2.10",), ("198.51.100.10",)
    return DnsFacts(
        records=(
            Record("orders.shop.test", "A", 15, aws, "PRIMARY", "primary"),
            Record("orders.shop.test", "A", 15, azure, "SECONDARY", "secondary"),
            Record("health.shop.test", "A", 15, aws),
            Record("health-azure.shop.test", "A", 15, azure),
        ),
        checks={
            "a": HealthCheck("HTTPS", "health.shop.test", "/ready", 443),
            "z": HealthCheck("HTTPS", "health-azure.shop.test", "/ready", 443),
            "not-z": HealthCheck("HTTPS", "health-azure.shop.test", "/ready", 443, inverted=True),
            "g": HealthCheck("HTTPS", GATE_HOST, "/api/gate/veto-aws", 443, inverted=True),
            "h": HealthCheck("HTTPS", GATE_HOST, "/api/gate/veto-azure", 443, inverted=True),
            "primary": HealthCheck("CALCULATED", children=("a", "g", "not-z"), threshold=3),
            "secondary": HealthCheck("CALCULATED", children=("z", "h"), threshold=2),
        },
        answer="aws",
    )


def triggers() -> tuple[Trigger, ...]:
    """Return the rules that start runs, enabled; no GameDay is scheduled."""
    regions = {ALARM_EVENT: "eu-central-1", EVERY_MINUTE: "eu-central-1"}
    regions[FORWARDED_ALARM] = "us-east-1"
    return tuple(
        Trigger(one, trigger_name("orders", one), region, "ENABLED")
        for one, region in regions.items()
    )


def healthy() -> Looks:
    """Return looks at a world in which AWS serves and Azure is ready."""
    servers = ("aws-entry", "azure-entry", "function-app", "aws-database", "azure-database")
    return Looks(
        aws=database("aws"),
        azure=database("azure"),
        eks=cluster("aws"),
        half=OtherHalf(
            reachable=True,
            cluster=cluster("azure"),
            version=VERSION,
            at=NOW,
            gate=initial_gate(""),
            token_seconds=3_600.0,
        ),
        dns=route53(),
        certificates=tuple(Certificate(name, NOW + 60 * DAY) for name in servers),
        ballots={
            "aws": Ballot("orchestrator", Vote.UP, "answered 200"),
            "azure": Ballot("orchestrator", Vote.DOWN, "answered 503"),
        },
        gate_host=GATE_HOST,
        looked_at=NOW - 30,
        alarm_state="OK",
        triggers=triggers(),
    )


def changed(looks: Looks, path: str, **values: Any) -> Looks:
    """Return the looks with fields of one part replaced: ``aws.look``, ``half.cluster``."""
    parts = path.split(".") if path else []
    return _replaced(looks, parts, values)


def _replaced(part: Any, path: list[str], values: Mapping[str, Any]) -> Any:
    if not path:
        return replace(part, **values)
    inner = _replaced(getattr(part, path[0]), path[1:], values)
    return replace(part, **{path[0]: inner})


def checks_of(looks: Looks, **changes: Any) -> dict[str, Check]:
    """Return the checks by name; ``changes`` are of the settings."""
    return {check.name: check for check in run_checks(looks, settings(**changes), NOW)}


def red(looks: Looks, **changes: Any) -> dict[str, str]:
    """Return the result of each check that does not pass."""
    found = checks_of(looks, **changes)
    return {name: check.result.value for name, check in found.items() if check.result != "pass"}
