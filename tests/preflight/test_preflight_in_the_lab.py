"""Every check of the preflight turns red in the lab when its fault is made, and green after it.

One lab; the faults of one group are made together, looked at once, and mended. Automatic failover
is off, as an operator turns it off for maintenance, so that nothing but the preflight looks.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.processes.waiting import wait_until
from landbridge.domain.preflight.check import Check, Result
from landbridge.domain.status import read_report
from tests.drill.stray_standby import stray_standby
from tests.preflight import cluster_faults, database_faults, edge_faults
from tests.preflight.cluster_faults import rights_lost
from tests.preflight.database_faults import catalogued, settings_changed, sql_changed

Broken = Callable[[Clouds], AbstractContextManager[None]]
Report = Mapping[str, Check]


@contextmanager
def entry_ill(clouds: Clouds) -> Iterator[None]:
    """Let AWS's load balancer answer 503 to everything."""
    clouds.aws_entry.set_mode("health-503")
    try:
        yield
    finally:
        clouds.aws_entry.set_mode("normal")


GROUPS: dict[str, tuple[Broken, ...]] = {
    "clusters": (
        cluster_faults.image_of_another_version,
        cluster_faults.secret_key_lost,
        cluster_faults.config_key_lost,
        cluster_faults.takeover_key_lost,
        cluster_faults.node_cordoned,
        cluster_faults.manifests_deleted,
        cluster_faults.lock_taken,
        edge_faults.alarm_deleted,
        edge_faults.rules_disabled,
        database_faults.tablespace_elsewhere,
        rights_lost("aws", "landbridge-fence", "deployments/scale", "patch"),
        rights_lost("azure", "landbridge-standby", "deployments/scale", "patch"),
        rights_lost("azure", "landbridge-gate", "configmaps", "update"),
        rights_lost("azure", "landbridge-rehearsal", "jobs", "delete"),
    ),
    "databases": (
        sql_changed(
            "REVOKE EXECUTE ON FUNCTION pg_promote(boolean, integer) FROM landbridge",
            "GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO landbridge",
            "SELECT NOT has_function_privilege('landbridge', 'pg_promote(boolean, integer)',"
            " 'EXECUTE')",
        ),
        sql_changed(
            "REVOKE ALTER SYSTEM ON PARAMETER default_transaction_read_only FROM landbridge",
            "GRANT ALTER SYSTEM ON PARAMETER default_transaction_read_only TO landbridge",
            "SELECT NOT has_parameter_privilege('landbridge', 'default_transaction_read_only',"
            " 'ALTER SYSTEM')",
        ),
        sql_changed(
            "ALTER ROLE replicator VALID UNTIL 'tomorrow'",
            "ALTER ROLE replicator VALID UNTIL 'infinity'",
            "SELECT isfinite(rolvaliduntil) FROM pg_roles WHERE rolname = 'replicator'",
        ),
        sql_changed(
            "UPDATE pg_extension SET extversion = '9.9'",
            "UPDATE pg_extension SET extversion = '1.0'",
            "SELECT extversion = '9.9' FROM pg_extension",
        ),
        sql_changed(
            "UPDATE pg_database SET datcollversion = '2.28' WHERE datname = 'orders'",
            "UPDATE pg_database SET datcollversion = NULL WHERE datname = 'orders'",
            "SELECT datcollversion = '2.28' FROM pg_database WHERE datname = 'orders'",
        ),
        sql_changed(
            "ALTER ROLE landbridge CREATEROLE",
            "ALTER ROLE landbridge NOCREATEROLE",
            "SELECT rolcreaterole FROM pg_roles WHERE rolname = 'landbridge'",
        ),
        sql_changed(
            "REVOKE EXECUTE ON FUNCTION pg_stat_file(text, boolean) FROM replicator",
            "GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO replicator",
            "SELECT NOT has_function_privilege('replicator', 'pg_stat_file(text, boolean)',"
            " 'EXECUTE')",
        ),
        settings_changed("azure", "TLSv1.2", ssl_min_protocol_version="TLSv1.1"),
        settings_changed("azure", "5s", wal_receiver_timeout="1min"),
        settings_changed("aws", "on", full_page_writes="off"),
        settings_changed("azure", "", synchronous_standby_names="aws"),
        settings_changed("azure", "4GB", max_slot_wal_keep_size="200GB"),
        database_faults.everybody_trusted,  # after the settings, which write both files anew
        stray_standby,
        database_faults.look_forgotten,
        cluster_faults.gate_engaged,
    ),
    "stream": (database_faults.standby_cannot_take_wal, catalogued("replay-paused")),
    "slot": (catalogued("replication-broken", "slot"),),
    "zone": (edge_faults.zone_misconfigured,),
    "certificates": (edge_faults.certificates_end_soon,),
    "version": (edge_faults.older_function_app,),
    "identity": (edge_faults.identity_removed,),
    "function app": (catalogued("azure-function-down"),),
    "tokens": (catalogued("token-expired", "aks"), catalogued("token-expired", "eks")),
    "doors": (database_faults.refused_at_the_door, entry_ill),
    "timeline": (database_faults.another_timeline,),
}
# Group, check, its result, words of its reason.
EXPECTED: list[tuple[str, str, str, str]] = [
    ("clusters", "images", "fail", "Azure has landbridge/orders:0"),
    ("clusters", "secrets", "fail", "Azure's Secret orders-database lacks PGPASSWORD"),
    ("clusters", "config-maps", "fail", "Azure's ConfigMap orders-settings lacks PGPORT"),
    ("clusters", "takeover", "warn", "AZURE_CLIENT_ID is not takeover.client_id"),
    ("clusters", "capacity", "fail", "room for 0 of 2 pods"),
    ("clusters", "aws-rebuild-job", "fail", "ConfigMap orders-rebuild is not there"),
    ("clusters", "azure-rebuild-job", "fail", "ConfigMap orders-rebuild is not there"),
    ("clusters", "run-lock", "fail", "run failover-gameday-7 is on"),
    ("clusters", "rehearsal-rights", "warn", "delete jobs orders-rehearsal"),
    ("clusters", "aws-cluster-rights", "fail", "patch deployments/scale orders in orders"),
    ("clusters", "aws-scale", "fail", "403"),
    ("clusters", "azure-cluster-rights", "fail", "update configmaps landbridge-gate"),
    ("clusters", "azure-scale", "fail", "403"),
    ("databases", "promotion-rights", "fail", "EXECUTE on pg_promote"),
    ("databases", "switchover-rights", "fail", "ALTER SYSTEM on default_transaction_read_only"),
    ("databases", "landbridge-role", "warn", "role landbridge is CREATEROLE"),
    ("databases", "replication-role", "fail", "lacks EXECUTE on pg_stat_file(text, boolean)"),
    ("databases", "database-access", "fail", "lets in over the network without a password"),
    ("databases", "database-access", "fail", "lets every role into every database"),
    ("databases", "database-tls", "warn", "Azure: ssl_min_protocol_version is TLSv1.1"),
    ("databases", "database-settings", "warn", "wal_receiver_timeout is 60000, not 5s"),
    ("clusters", "tablespaces", "fail", "AWS has tablespaces outside of its data folder, fast at"),
    ("databases", "role-passwords", "fail", "role replicator's password ends in"),
    ("databases", "extensions", "fail", "Azure's host lacks plpgsql 9.9"),
    ("databases", "database-parity", "fail", "2.28"),
    ("databases", "rewind", "warn", "full_page_writes off"),
    ("databases", "standby-settings", "fail", "'aws'"),
    ("databases", "disk", "fail", "Azure: data, WAL and what slots may retain"),
    ("databases", "application-name", "fail", "2 standbys call themselves 'azure'"),
    ("databases", "last-look", "fail", "no look at AWS was ever kept"),
    ("databases", "gate", "fail", "the gate is engaged: a run stopped half way"),
    ("stream", "replication-lag", "fail", "are not at the standby, the budget is 16.8 MB"),
    ("stream", "wal-retained", "fail", "of the 21.0 MB that it may"),
    ("stream", "replay", "warn", "replay is paused on Azure"),
    ("slot", "replication-state", "fail", "no standby named 'azure' streams from AWS"),
    ("slot", "replication-sync", "fail", "not connected"),
    ("slot", "slot", "fail", "AWS has no slot 'azure'"),
    ("clusters", "health-alarm", "fail", "there is no alarm"),
    ("clusters", "triggers", "fail", "on-alarm in eu-central-1 is DISABLED"),
    ("clusters", "triggers", "fail", "forward-alarm in us-east-1 is DISABLED"),
    ("zone", "dns-pair", "fail", "PRIMARY answers"),
    ("zone", "dns-ttl", "fail", "SECONDARY has a TTL of 300 s"),
    ("zone", "dns-health-checks", "fail", "health.shop.test/ready is disabled"),
    ("zone", "dns-health-checks", "fail", "SECONDARY's health check asks for at least 1 of"),
    ("zone", "dns-health-names", "fail", "health-azure.shop.test leads to orders.shop.test"),
    ("zone", "dns-answer", "fail", "the name servers answer azure, and aws's database"),
    ("certificates", "certificate-aws-entry", "fail", "ends in 3.0 days"),
    ("certificates", "certificate-azure-entry", "fail", "ends in 3.0 days"),
    ("certificates", "certificate-function-app", "fail", "ends in 3.0 days"),
    ("certificates", "certificate-aws-database", "fail", "ends in 3.0 days"),
    ("certificates", "certificate-azure-database", "fail", "ends in 3.0 days"),
    ("version", "version", "fail", "the Function App is version 0.0.9"),
    ("identity", "aks-token", "fail", "no token for AKS"),
    ("function app", "function-app", "fail", "connection refused"),
    ("tokens", "aws-cluster", "fail", "401"),
    ("tokens", "azure-cluster", "fail", "401"),
    ("doors", "aws-database", "fail", "pg_hba.conf rejects"),
    ("doors", "azure-database", "fail", "pg_hba.conf rejects"),
    ("doors", "workload", "fail", "AWS does not serve: answered 503"),
    ("timeline", "timeline", "fail", "the standby is on timeline 1, the primary on 2"),
]


class Trials:
    """The lab, and the report of each group's faults, made when it is first asked for."""

    def __init__(self, clouds: Clouds) -> None:
        self.clouds = clouds
        self.before = self.look()
        self._reports: dict[str, Report] = {}

    def look(self) -> Report:
        """Run the preflight now."""
        report = read_report(self.clouds.operations.preflight())
        return {check.name: check for check in report.checks}

    def report(self, group: str) -> Report:
        """Return the preflight's checks with the group's faults there."""
        if group not in self._reports:
            with ExitStack() as stack:
                for broken in GROUPS[group]:
                    stack.enter_context(broken(self.clouds))
                self._reports[group] = self.look()
        return self._reports[group]


@pytest.fixture(scope="module")
def trials() -> Iterator[Trials]:
    """Bring a lab up in which no event starts a run."""
    with Clouds(LabOptions()) as clouds:
        # The rules stay on, for they are looked at; what they would call is taken away.
        region = clouds.configuration.orchestrator_region
        events = clouds.aws.client("events", region)
        for rule in events.list_rules()["Rules"]:
            called = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            events.remove_targets(Rule=rule["Name"], Ids=[one["Id"] for one in called])
        clouds.record_look()
        yield Trials(clouds)


def red(report: Report) -> dict[str, str]:
    """Return what does not pass, with its reason."""
    return {name: one.reason for name, one in report.items() if one.result is not Result.PASS}


def test_a_healthy_lab_passes_every_check(trials: Trials) -> None:
    """Nothing is red before a fault is made."""
    assert red(trials.before) == {}


def test_no_check_is_without_a_fault(trials: Trials) -> None:
    """The table below has a fault for each check that there is."""
    assert {check for _, check, _, _ in EXPECTED} == set(trials.before)


@pytest.mark.parametrize(
    ("group", "name", "result", "words"),
    [pytest.param(*one, id=f"{one[1]}-{one[3]}") for one in EXPECTED],
)
def test_a_check_is_red_while_its_fault_is_there(
    trials: Trials, group: str, name: str, result: str, words: str
) -> None:
    """It says what is wrong and what to do about it."""
    report = trials.report(group)
    check = report[name]
    assert (check.result.value, words in check.reason) == (result, True), red(report)
    assert check.remedy


def test_once_all_is_mended_every_check_passes_again(trials: Trials) -> None:
    """No fault left anything behind, and no check stays red without one."""
    trials.clouds.record_look()
    last: dict[str, str] = {}

    def all_pass() -> bool:
        last.clear()
        last.update(red(trials.look()))
        return not last

    try:
        wait_until(all_pass, "a preflight that passes", timeout_seconds=60, poll_seconds=0.5)
    except TimeoutError:
        assert last == {}
