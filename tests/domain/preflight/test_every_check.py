"""Each thing that can be wrong turns its own check red, says so, and reds nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.database import StandbyConnection, unreachable
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock
from landbridge.domain.preflight.access_facts import Session
from landbridge.domain.preflight.check import Result
from landbridge.domain.preflight.cluster_facts import (
    Capacity,
    Node,
    Reference,
    unreachable_cluster,
)
from landbridge.domain.preflight.database_facts import DatabaseFacts, Extension, Slot
from landbridge.domain.preflight.dns import DnsFacts
from landbridge.domain.preflight.other_half import unreachable_half
from landbridge.domain.preflight.preflight import Looks
from landbridge.domain.preflight.triggers import Trigger
from landbridge.domain.triggers import (
    ALARM_EVENT,
    EVERY_MINUTE,
    FORWARDED_ALARM,
    GAMEDAY_SCHEDULE,
)
from landbridge.domain.votes import Ballot, Vote
from tests.domain.preflight.healthy import (
    DAY,
    NOW,
    Change,
    changed,
    checks_of,
    healthy,
    red,
    triggers,
)
from tests.sample_settings import settings_document

STREAM = StandbyConnection("azure", "streaming", "sync", 5_000)


def to(path: str, **values: Any) -> Change:
    """Return a change of some fields of one part."""
    return lambda looks: changed(looks, path, **values)


def standbys(*connections: StandbyConnection) -> Change:
    """Return a change of who streams from AWS."""
    return to("aws.look", standbys=connections)


def without(right: str) -> Change:
    """Return a change that takes a right away, from both databases, as a REVOKE does."""

    def change(looks: Looks) -> Looks:
        rights = {**looks.aws.rights, right: False}
        return changed(changed(looks, "aws", rights=rights), "azure", rights=rights)

    return change


def slot(*, active: bool = True, status: str = "reserved", retained: int = 1_000) -> Change:
    """Return a change of the standby's slot."""
    return to("aws", slots=(Slot("azure", active, status, retained),))


def role(name: str, **values: Any) -> Change:
    """Return a change of one of the databases' roles."""
    found = healthy().aws.roles
    assert name in {one.name for one in found}
    return to(
        "aws", roles=tuple(replace(one, **values) if one.name == name else one for one in found)
    )


def line(site: str, **values: Any) -> Change:
    """Return a change that adds a line to a site's pg_hba.conf: landbridge's, but for these."""
    last = healthy().aws.access[3]
    added = replace(last, place="pg_hba.conf line 6", **values)
    return to(site, access=(*healthy().aws.access, added))


def setting(site: str, **values: str) -> Change:
    """Return a change of a server's settings."""
    return to(site, settings={**healthy().aws.settings, **values})


def cluster(site: str, **values: Any) -> Change:
    """Return a change of a site's cluster."""
    return to("eks" if site == "aws" else "half.cluster", **values)


def images(aws: str, azure: str) -> Change:
    """Return a change of what both sites run."""
    return lambda looks: cluster("azure", images={"orders": azure})(
        cluster("aws", images={"orders": aws})(looks)
    )


def denied(site: str, what: str) -> Change:
    """Return a change that takes a verb in a cluster away."""

    def change(looks: Looks) -> Looks:
        facts = looks.eks if site == "aws" else looks.half.cluster
        assert what in facts.rights
        return cluster(site, rights={**facts.rights, what: False})(looks)

    return change


def azure_secret(**values: Any) -> Change:
    """Return a change of Azure's Secret."""
    config, secret = healthy().half.cluster.references
    return cluster("azure", references=(config, replace(secret, **values)))


def gate(state: GateState, active: str, epoch: int = 1) -> Change:
    """Return a change of the gate."""
    return to("half", gate=Gate(state, active, epoch, "run-1", "2026-01-01T00:00:00+00:00"))


def held(seconds: int) -> Change:
    """Return a change that puts a run into the lock, whose lease began a minute ago."""
    return to("half", lock=RunLock("run-1", 2, seconds, NOW - 60))


def record(position: int, **values: Any) -> Change:
    """Return a change of one of the zone's records."""

    def change(looks: Looks) -> Looks:
        records = list(looks.dns.records)
        records[position] = replace(records[position], **values)
        return changed(looks, "dns", records=tuple(records))

    return change


def health_check(name: str, **values: Any) -> Change:
    """Return a change of one of Route 53's health checks."""

    def change(looks: Looks) -> Looks:
        checks = {**looks.dns.checks, name: replace(looks.dns.checks[name], **values)}
        return changed(looks, "dns", checks=checks)

    return change


def certificate(name: str, **values: Any) -> Change:
    """Return a change of one certificate."""

    def change(looks: Looks) -> Looks:
        found = tuple(
            replace(one, **values) if one.name == name else one for one in looks.certificates
        )
        return changed(looks, "", certificates=found)

    return change


def trigger(which: str, **values: Any) -> Change:
    """Return a change of one of EventBridge's rules."""
    found = tuple(replace(one, **values) if one.trigger == which else one for one in triggers())
    return to("", triggers=found)


def may_not_rehearse(looks: Looks) -> Looks:
    """Take the right to make the rehearsal's Job away."""
    what = "get jobs orders-rehearsal in orders"
    rights = {**looks.half.cluster.rehearsal_rights, what: False}
    return changed(looks, "half.cluster", rehearsal_rights=rights)


GAMEDAY_OFF = Trigger(GAMEDAY_SCHEDULE, "landbridge-orders-gameday", "eu-central-1", "DISABLED")
FAULTS: list[tuple[str, str, str, str, Change]] = [
    # name of the case, check, result, words of the reason, change
    ("aws is down", "workload", "fail", "AWS does not serve",
     to("", ballots={"aws": Ballot("o", Vote.DOWN, "answered 503")})),
    ("aws is silent", "workload", "unknown", "timed out",
     to("", ballots={"aws": Ballot("o", Vote.UNKNOWN, "timed out")})),
    ("alarm's rule off", "triggers", "fail", "on-alarm in eu-central-1 is DISABLED",
     trigger(ALARM_EVENT, state="DISABLED")),
    ("forwarding off", "triggers", "fail", "forward-alarm in us-east-1 is DISABLED",
     trigger(FORWARDED_ALARM, state="DISABLED")),
    ("no minute", "triggers", "fail", "there is no rule landbridge-orders-every-minute",
     trigger(EVERY_MINUTE, state=None)),
    ("rule unread", "triggers", "unknown", "throttled",
     trigger(ALARM_EVENT, state=None, reason="throttled")),
    ("no rule read", "triggers", "unknown", "may not",
     to("", triggers=None, triggers_reason="may not")),
    ("gameday off", "triggers", "warn", "no GameDay begins by itself",
     lambda looks: changed(looks, "", triggers=(*looks.triggers, GAMEDAY_OFF))),
    ("no alarm", "health-alarm", "fail", "there is no alarm landbridge-orders-health",
     to("", alarm_state=None)),
    ("a blind alarm", "health-alarm", "fail", "no outage starts a failover",
     to("", alarm_state="INSUFFICIENT_DATA")),
    ("a stuck alarm", "health-alarm", "warn", "before it was OK again",
     to("", alarm_state="ALARM")),
    ("an alarm nobody may read", "health-alarm", "unknown", "denied",
     to("", alarm_state=None, alarm_reason="access denied")),
    ("catching up", "replication-state", "warn", "catchup",
     standbys(replace(STREAM, state="catchup"))),
    ("starting", "replication-state", "fail", "startup",
     standbys(replace(STREAM, state="startup"))),
    ("potential", "replication-sync", "fail", "is potential",
     standbys(replace(STREAM, sync_state="potential"))),
    ("behind", "replication-lag", "fail", "3.0 kB of WAL are not at the standby",
     to("aws.look", current_lsn=8_000)),
    ("replay late in bytes", "replication-lag", "warn", "4.0 kB",
     to("azure.look", replayed_lsn=1_000)),
    ("replay late in seconds", "replication-lag", "warn", "9.0 s behind",
     lambda looks: to("aws", replay_lag_seconds={"azure": 9.0})(
         changed(looks, "azure.look", replayed_lsn=4_990))),
    ("beats are missing", "replication-lag", "warn", "540.0 s behind",
     to("azure.look", replayed_lsn=4_990, heartbeat_at=NOW - 610)),
    ("stand-in", "replication-state", "fail", "Azure's server receives nothing",
     to("azure", receives=False)),
    ("paused", "replay", "warn", "replay is paused on Azure", to("azure.look", replay_paused=True)),
    ("other history", "timeline", "fail", "timeline 2, the primary on 1",
     to("azure.look", timeline=2)),
    ("no timeline", "timeline", "unknown", "missing", to("azure.look", timeline=None)),
    ("namesake", "application-name", "fail", "2 standbys call themselves 'azure'",
     standbys(STREAM, STREAM)),
    ("anybody", "application-name", "fail", "any standby satisfies it",
     to("aws.look", synchronous_standby_names="*")),
    ("own setting", "standby-settings", "fail", "'aws'",
     to("azure.look", synchronous_standby_names="aws")),
    ("no slot", "slot", "fail", "no slot 'azure'", to("aws", slots=())),
    ("slot idle", "slot", "warn", "not in use", slot(active=False)),
    ("slot half full", "wal-retained", "warn", "600.0 kB of the 1.0 MB", slot(retained=600_000)),
    ("slot full", "wal-retained", "fail", "900.0 kB of the 1.0 MB", slot(retained=900_000)),
    ("slot lost", "wal-retained", "fail", "is lost", slot(status="lost")),
    ("no limit", "wal-retained", "warn", "no limit", to("aws", slot_limit_bytes=None)),
    ("disk tight", "disk", "warn", "AWS: data, WAL", to("aws", database_bytes=8_000_000)),
    ("disk small", "disk", "fail", "Azure: data, WAL", to("azure", slot_limit_bytes=10_000_000)),
    ("disk unknown", "disk", "unknown", "Azure's volume", cluster("azure", volume_bytes=None)),
    ("look late", "last-look", "warn", "200 s old", to("", looked_at=NOW - 200)),
    ("look stale", "last-look", "fail", "1000 s old", to("", looked_at=NOW - 1000)),
    ("never looked", "last-look", "fail", "no look", to("", looked_at=None)),
    ("table away", "last-look", "unknown", "throttled", to("", look_reason="throttled")),
    ("may not promote", "promotion-rights", "fail", "pg_promote", without("EXECUTE on pg_promote")),
    ("may not end sessions", "switchover-rights", "fail", "role pg_signal_backend",
     without("role pg_signal_backend")),
    ("older minor", "database-parity", "warn", "Azure runs PostgreSQL 16.13, AWS PostgreSQL 16.14",
     to("azure", server_version=160013)),
    ("other major", "database-parity", "fail", "17.1", to("azure", server_version=170001)),
    ("other collation", "database-parity", "fail", "collation version 2.28",
     to("azure", collation=("2.36", "2.28"))),
    ("other locale", "database-parity", "fail", "locales", to("azure", locale="c:C:C")),
    ("extension missing", "extensions", "fail", "Azure's host lacks postgis 3.4",
     to("azure", extensions=(Extension("postgis", "3.4", False),))),
    ("no full pages", "rewind", "warn", "full_page_writes off",
     to("azure", full_page_writes=False)),
    ("no checksums", "rewind", "warn", "neither data checksums",
     to("aws", checksums=False, wal_log_hints=False)),
    ("role too strong", "landbridge-role", "warn", "landbridge is CREATEROLE, SUPERUSER",
     role("landbridge", attributes=frozenset({"LOGIN", "CREATEROLE", "SUPERUSER"}))),
    ("role reads rows", "landbridge-role", "warn", "SELECT on orders, role pg_read_all_data",
     role("landbridge", grants=frozenset({"SELECT on orders", "role pg_read_all_data"}))),
    ("role owns", "landbridge-role", "warn", "owns 3 objects", role("landbridge", owns=3)),
    ("resequencer signs in", "landbridge-role", "warn", "landbridge_resequencer is LOGIN",
     role("landbridge_resequencer", attributes=frozenset({"LOGIN", "BYPASSRLS"}))),
    ("cannot rewind", "replication-role", "fail", "replicator lacks EXECUTE on pg_stat_file",
     role("replicator", lacks=("EXECUTE on pg_stat_file(text, boolean)",))),
    ("replicator too strong", "replication-role", "warn", "replicator is SUPERUSER",
     role("replicator", attributes=frozenset({"LOGIN", "REPLICATION", "SUPERUSER"}))),
    ("nobody may replicate", "replication-role", "fail", "no role may replicate",
     to("aws", roles=healthy().aws.roles[:2], streams_as={})),
    ("whose role", "replication-role", "unknown", "backup, replicator may replicate",
     to("aws", streams_as={}, roles=(replace(healthy().aws.roles[2], name="backup"),
                                     *healthy().aws.roles))),
    ("line not read", "database-access", "fail", "AWS: pg_hba.conf line 6 is not read: no such",
     line("aws", error="no such method")),
    ("trusted", "database-access", "fail", "Azure: pg_hba.conf line 6 lets in over the network w",
     line("azure", method="trust")),
    ("old hashes", "database-access", "warn", "by md5", line("aws", method="md5")),
    ("tls if they like", "database-access", "warn", "host, not hostssl", line("aws", type="host")),
    ("no tls", "database-access", "fail", "hostnossl", line("azure", type="hostnossl")),
    ("everybody", "database-access", "warn", "lets every role into orders, over the network",
     line("aws", users=("all",))),
    ("everywhere", "database-access", "warn", "lets landbridge into every database",
     line("aws", databases=("all",))),
    ("other site shut out", "database-access", "fail",
     "Azure: no line of pg_hba.conf lets replicator into replication or the workload's database",
     to("azure", access=healthy().azure.access[:1] + healthy().azure.access[3:])),
    ("no rewind over there", "database-access", "fail", "into the workload's database",
     to("azure", access=healthy().azure.access[:2] + healthy().azure.access[3:])),
    ("lines unread", "database-access", "unknown", "AWS's pg_hba.conf: no function",
     to("aws", access=None, access_reason="no function")),
    ("superuser at work", "database-access", "warn", "superuser orders is connected",
     to("aws", sessions=(Session("orders", True, True),))),
    ("in the clear", "database-tls", "fail", "AWS: role orders is connected over the network",
     to("aws", sessions=(Session("orders", False, False),))),
    ("ssl off", "database-tls", "fail", "Azure: ssl is off", setting("azure", ssl="off")),
    ("old tls", "database-tls", "warn", "TLSv1.1",
     setting("aws", ssl_min_protocol_version="TLSv1.1")),
    ("ssl unread", "database-tls", "unknown", "could not be read",
     to("aws", settings={k: v for k, v in healthy().aws.settings.items() if k != "fsync"
                         and not k.startswith("ssl")})),
    ("stream perhaps in the clear", "database-tls", "fail", "sslmode=prefer",
     to("azure", verifies="prefer")),
    ("stream from anybody", "database-tls", "warn", "sslmode=require",
     to("azure", verifies="require")),
    ("stream not known", "database-tls", "unknown", "cannot be told", to("azure", verifies="")),
    ("no spare sender", "database-settings", "warn", "AWS: max_replication_slots is 2, not 8",
     setting("aws", max_replication_slots="2")),
    ("link watched by nobody", "database-settings", "warn", "wal_receiver_timeout is 0, not 5s",
     setting("azure", wal_receiver_timeout="0")),
    ("not crash safe", "database-settings", "fail", "fsync is off", setting("azure", fsync="off")),
    ("commits early", "database-settings", "fail", "synchronous_commit is local",
     setting("aws", synchronous_commit="local")),
    ("smaller standby", "database-settings", "fail", "max_connections is 10 at Azure and 64 at AWS",
     setting("azure", max_connections="10")),
    ("smaller primary", "database-settings", "fail", "max_connections is 10 at AWS and 64 at Azure",
     setting("aws", max_connections="10")),
    ("fence is passed by", "database-settings", "fail", "neither fence nor hold stops",
     to("aws", overrides=(("ROLE orders", "default_transaction_read_only=off"),))),
    ("role commits early", "database-settings", "fail", "can be lost",
     to("aws", overrides=(("ROLE orders IN DATABASE orders", "synchronous_commit=off"),))),
    ("tablespace", "tablespaces", "fail", "fast at /mnt/fast",
     to("aws", tablespaces=("fast at /mnt/fast",))),
    ("may not fence", "aws-cluster-rights", "fail", "patch deployments/scale orders in orders",
     denied("aws", "patch deployments/scale orders in orders")),
    ("may not move the gate", "azure-cluster-rights", "fail", "update configmaps landbridge-gate",
     denied("azure", "update configmaps landbridge-gate in landbridge")),
    ("may not rehearse", "rehearsal-rights", "warn", "get jobs orders-rehearsal in orders",
     may_not_rehearse),
    ("no verdict", "aws-cluster-rights", "unknown", "no answer",
     cluster("aws", rights={"list pods in orders": None})),
    ("would not scale", "azure-scale", "fail", "scaling to 2 pods: answered 422",
     cluster("azure", dry_runs={"2": "answered 422: no"})),
    ("would not fence", "aws-scale", "fail", "scaling to 0 pods: denied by webhook",
     cluster("aws", dry_runs={"0": "denied by webhook", "2": ""})),
    ("no manifest", "aws-rebuild-job", "fail", "ConfigMap",
     cluster("aws", rebuild_job="ConfigMap")),
    ("manifest unread", "azure-rebuild-job", "unknown", "could not be read",
     cluster("azure", rebuild_job=None)),
    ("other image", "images", "fail", "Azure has orders:0, AWS has landbridge/orders:1",
     cluster("azure", images={"orders": "orders:0"})),
    ("other digest", "images", "fail", "AWS has registry.aws/orders:1@sha256:a",
     images("registry.aws/orders:1@sha256:a", "registry.azure/shop/orders:1@sha256:b")),
    ("tag that moves", "images", "warn", "the tag moves",
     images("registry.aws/orders", "registry.azure:5000/shop/orders:latest")),
    ("container missing", "images", "fail", "no such container",
     cluster("azure", images={"other": "x"})),
    ("secret missing", "secrets", "fail", "Azure has no Secret orders-database",
     azure_secret(state="missing", keys={})),
    ("secret unread", "secrets", "unknown", "could not be read",
     azure_secret(state="unknown", keys={})),
    ("key missing", "secrets", "fail", "lacks PGPASSWORD", azure_secret(keys={"PGUSER": "b2"})),
    ("key too many", "secrets", "warn", "AWS's Secret orders-database lacks MORE",
     azure_secret(keys={"PGPASSWORD": "a1", "PGUSER": "b2", "MORE": "c3"})),
    ("value differs", "secrets", "fail", "PGPASSWORD differs",
     azure_secret(keys={"PGPASSWORD": "a9", "PGUSER": "b2"})),
    ("config missing", "config-maps", "fail", "AWS has no ConfigMap orders-settings",
     cluster("aws", references=(Reference("ConfigMap", "orders-settings", "missing"),))),
    ("no room", "capacity", "fail", "room for 1 of 2 pods",
     cluster("azure", capacity=Capacity((Node("n", 0.07, 8e9, 9),), {}, 0.05, 64e6))),
    ("quota", "capacity", "fail", "quota leaves 1 of pods",
     cluster("azure", capacity=replace(healthy().half.cluster.capacity, quota={"pods": 1.0}))),
    ("quota unseen", "capacity", "unknown", "Azure's quotas: answered 403",
     cluster("azure", capacity=replace(
         healthy().half.cluster.capacity, quota_reason="answered 403"))),
    ("room unseen", "capacity", "unknown", "may not",
     cluster("azure", capacity=Capacity(reason="may not list nodes"))),
    ("gate open too early", "gate", "fail", "the gate is open", gate(GateState.OPEN, "azure")),
    ("gate left engaged", "gate", "fail", "stopped half way", gate(GateState.ENGAGED, "none")),
    ("gate deleted", "gate", "fail", "a database is in 3", to("aws.look", epoch=3)),
    ("lease ran out", "run-lock", "warn", "died", held(30)),
    ("run is on", "run-lock", "fail", "run run-1 is on, in epoch 2", held(180)),
    ("long ttl", "dns-ttl", "fail", "orders.shop.test SECONDARY has a TTL of 300 s",
     record(1, ttl_seconds=300)),
    ("no secondary", "dns-pair", "fail", "no SECONDARY",
     lambda looks: changed(looks, "dns", records=looks.dns.records[::2] + looks.dns.records[3:])),
    ("points elsewhere", "dns-pair", "fail", "PRIMARY answers 203.0.113.9",
     record(0, values=("203.0.113.9",))),
    ("check disabled", "dns-health-checks", "fail", "is disabled",
     health_check("a", disabled=True)),
    ("child missing", "dns-health-checks", "fail", "PRIMARY's health check asks for",
     health_check("primary", children=("a", "g"))),
    ("threshold low", "dns-health-checks", "fail", "at least 1 of",
     health_check("secondary", threshold=1)),
    ("veto upright", "dns-health-checks", "fail", "SECONDARY", health_check("h", inverted=False)),
    ("check through failover", "dns-health-checks", "fail", "orders.shop.test/ready",
     health_check("a", host="orders.shop.test")),
    ("health name fails over", "dns-health-names", "fail", "in circles",
     record(2, failover="PRIMARY", health_check="a")),
    ("answers the other", "dns-answer", "fail", "answer azure, and aws's database",
     to("dns", answer="azure")),
    ("answers nothing", "dns-answer", "unknown", "no answer", to("dns", answer="no answer")),
    ("certificate soon", "certificate-aws-entry", "warn", "ends in 14.0 days",
     certificate("aws-entry", expires_at=NOW + 14 * DAY)),
    ("certificate very soon", "certificate-function-app", "fail", "ends in 6.0 days",
     certificate("function-app", expires_at=NOW + 6 * DAY)),
    ("certificate over", "certificate-azure-database", "fail", "has expired",
     certificate("azure-database", expires_at=NOW - 1)),
    ("certificate refused", "certificate-aws-database", "fail", "does not verify",
     certificate("aws-database", expires_at=None, reason="self-signed", refused=True)),
    ("certificate unseen", "certificate-azure-entry", "unknown", "refused",
     certificate("azure-entry", expires_at=None, reason="connection refused")),
    ("password soon", "role-passwords", "fail", "role orders's password ends in 2.0 days",
     to("aws", valid_until={"orders": NOW + 2 * DAY, "landbridge": NOW + 200 * DAY})),
    ("other version", "version", "fail", "version 0.0.9", to("half", version="0.0.9")),
    ("no token", "aks-token", "fail", "no identity",
     to("half", token_seconds=None, token_reason="no identity")),
    ("old token", "aks-token", "warn", "20 s", to("half", token_seconds=20.0)),
]  # fmt: skip


def test_a_world_in_good_health_passes_every_check() -> None:
    """Nothing is red, nothing is unknown, and no two checks share a name."""
    looks = healthy()
    assert red(looks) == {}
    assert {check.result for check in checks_of(looks).values()} == {Result.PASS}


# A record that is not there has no health check; a standby that only tries acknowledges nothing.
ALSO = {
    "no secondary": {"dns-health-checks": "unknown"},
    "starting": {"replication-sync": "fail"},
    "ssl unread": {"database-settings": "unknown"},
}


@pytest.mark.parametrize(
    ("name", "result", "words", "change"),
    [pytest.param(*fault[1:], id=fault[0]) for fault in FAULTS],
)
def test_a_fault_reds_its_check_and_no_other(
    name: str, result: str, words: str, change: Change, request: pytest.FixtureRequest
) -> None:
    """The check that is meant says what is wrong, has a remedy, and the rest stays as it was."""
    looks = change(healthy())
    found = checks_of(looks)[name]
    assert red(looks) == {name: result} | ALSO.get(request.node.callspec.id, {})
    assert words in found.reason
    assert found.remedy or result == "unknown"


def test_every_check_is_red_in_some_case() -> None:
    """The table above leaves out no check, but those that a lost part reds with others."""
    named = {fault[1] for fault in FAULTS}
    lost = {"aws-database", "azure-database", "aws-cluster", "azure-cluster", "function-app"}
    assert named | lost == set(checks_of(healthy()))


@pytest.mark.parametrize("site", ["aws", "azure"])
def test_a_database_that_cannot_be_asked_is_one_failure(site: str) -> None:
    """Its own check has the reason; what depends on it is unknown, and points there."""
    looks = changed(healthy(), "", **{site: DatabaseFacts(unreachable(site, "refused"))})
    found = checks_of(looks)
    failed = {name for name, result in red(looks).items() if result == "fail"}
    assert failed == {f"{site}-database"}
    assert "refused" in found[f"{site}-database"].reason
    unsure = {name for name, result in red(looks).items() if result == "unknown"}
    assert {"replication-lag", "timeline", "database-parity", "disk"} <= unsure
    assert f"see {site}-database" in found["timeline"].reason


@pytest.mark.parametrize("site", ["aws", "azure"])
def test_a_cluster_that_cannot_be_asked_is_one_failure(site: str) -> None:
    """Its own check has the reason, and no check takes silence for a verdict."""
    lost = unreachable_cluster(site, "no route")
    part = {"eks": lost} if site == "aws" else {"half": replace(healthy().half, cluster=lost)}
    looks = changed(healthy(), "", **part)
    failed = {name for name, result in red(looks).items() if result == "fail"}
    assert failed == {f"{site}-cluster"}
    unsure = {name for name, result in red(looks).items() if result == "unknown"}
    assert {f"{site}-scale", f"{site}-cluster-rights", "images", "secrets"} <= unsure
    assert ("capacity" in unsure) == (site == "azure")


def test_a_function_app_that_cannot_be_asked_says_nothing_of_its_cluster() -> None:
    """The Function App and the unreadable gate fail; AKS is unknown, not down."""
    looks = changed(healthy(), "", half=unreachable_half("connection refused"))
    found = red(looks)
    failed = {name for name, result in found.items() if result == "fail"}
    assert failed == {"function-app", "gate"}
    assert found["azure-cluster"] == found["version"] == found["aks-token"] == "unknown"


def test_route_53_that_cannot_be_read_leaves_the_answers() -> None:
    """What the name servers answer needs no control plane."""
    looks = changed(healthy(), "", dns=DnsFacts(reason="throttled", answer="aws"))
    assert red(looks) == dict.fromkeys(
        ("dns-pair", "dns-ttl", "dns-health-checks", "dns-health-names"), "unknown"
    )


def test_a_zone_elsewhere_is_a_warning_and_its_answers_count() -> None:
    """Nobody here may read it: that is meant so, and no reason against a GameDay."""
    names = {**settings_document()["names"], "zone_elsewhere": True}
    unread = dict.fromkeys(("dns-pair", "dns-ttl", "dns-health-checks", "dns-health-names"), "warn")
    looks = changed(healthy(), "", dns=DnsFacts(answer="aws"))
    assert red(looks, names=names) == unread
    assert "landbridge config records" in checks_of(looks, names=names)["dns-pair"].remedy
    flipped = changed(healthy(), "", dns=DnsFacts(answer="azure"))
    assert red(flipped, names=names) == {**unread, "dns-answer": "fail"}


def test_a_standby_that_is_gone_leaves_nobody_to_wait_for() -> None:
    """Nobody streams: the state fails, and so does the promise that commits wait."""
    assert red(standbys()(healthy())) == {"replication-state": "fail", "replication-sync": "fail"}


def test_asynchronous_replication_wants_nobody_to_wait() -> None:
    """The mode decides: a standby that commits wait for is right in one and wrong in the other."""
    asynchronous = replace(STREAM, sync_state="async")
    looks = standbys(asynchronous)(healthy())
    quiet = changed(looks, "aws.look", synchronous_standby_names="")
    assert red(quiet, replication="async") == {}
    assert red(quiet) == {"replication-sync": "fail"}
    assert red(looks, replication="async") == {"replication-sync": "warn"}


def test_keys_that_are_meant_to_differ_may() -> None:
    """A Secret's annotation on either site names what is each site's own."""
    keys = {"PGPASSWORD": "a9", "PGUSER": "b2"}
    assert red(azure_secret(keys=keys, differs=("PGPASSWORD",))(healthy())) == {}


def test_once_azure_serves_aws_is_judged_as_its_standby() -> None:
    """After a failover the roles change: who has no standby then is Azure, and it says so."""
    looks = healthy()
    looks = changed(looks, "azure.look", in_recovery=False, current_lsn=9_000, timeline=2, epoch=2)
    looks = changed(looks, "aws.look", read_only=True)
    looks = gate(GateState.OPEN, "azure", 2)(looks)
    looks = changed(looks, "dns", answer="azure")
    looks = changed(looks, "", alarm_state="ALARM")  # AWS is down, and nobody waits for it
    looks = changed(looks, "", ballots={**looks.ballots, "azure": Ballot("o", Vote.UP, "200")})
    looks = changed(looks, "half.cluster", desired=2)
    found = checks_of(looks)
    assert found["health-alarm"].result is Result.PASS
    assert found["gate"].result is found["dns-answer"].result is Result.PASS
    assert found["replication-state"].result is Result.FAIL
    assert "landbridge failback" in found["replication-state"].remedy


def test_two_databases_that_take_writes_are_told_at_once() -> None:
    """A split brain fails the gate's check, whatever the gate says, and names the older epoch."""
    looks = changed(healthy(), "azure.look", in_recovery=False, epoch=1)
    looks = changed(looks, "aws.look", epoch=1)
    check = checks_of(gate(GateState.OPEN, "azure", 2)(looks))["gate"]
    assert (check.result, "both databases take writes" in check.reason) == (Result.FAIL, True)


def test_each_site_has_a_registry_of_its_own() -> None:
    """The registry and the path in it are the site's; name and digest, else tag, are the image."""
    both = images("1.dkr.ecr.aws/orders:7", "shop.azurecr.io:443/landbridge/orders:7")
    assert red(both(healthy())) == {}
    digest = images("1.dkr.ecr.aws/orders@sha256:a", "shop.azurecr.io/orders@sha256:a")
    assert red(digest(healthy())) == {}
