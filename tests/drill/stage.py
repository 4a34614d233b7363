"""A lab with users in it, and what a test may know of it: what the world says, never a step."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.aws.service import ACCOUNT
from lab.clouds import looking
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.drill.evidence import Observed, find_in, pods_waiting, record_of
from lab.drill.following import follow, wait_for_run
from lab.drill.options import DrillOptions
from lab.drill.traffic import Traffic
from lab.processes.waiting import wait_until
from lab.report.model import RunRecord
from lab.users.ledger import History, read_history
from lab.users.verdict import Verdict, judge
from landbridge.adapters.operations import Execution
from tests.sample_events import load_event

__all__ = ["Stage", "Standing", "alarm_event", "stage"]

RATE = 40.0
DETECTION_SECONDS = 60.0


@dataclass(frozen=True)
class Standing:
    """Everything that a failover changes."""

    gate: dict[str, str]
    epochs: list[list[Any]]
    azure_generation: int
    azure_replicas: int
    azure_in_recovery: bool
    dns: str


class Stage:
    """One lab: ``fault``, ``run_of_alarm``, ``start`` act; the rest looks."""

    def __init__(self, clouds: Clouds) -> None:
        self.clouds = clouds
        self.traffic = Traffic(clouds, clients=6, rate=RATE, seed=7)
        self.began_at = time.time()

    def wait_for_alarm_ok(self) -> None:
        """Return when the alarm is OK: it starts a run only as it goes from there to ALARM."""
        alarm = self.clouds.configuration.alarm_name
        wait_until(lambda: self.clouds.dns.state()["alarms"][alarm]["state"] == "OK", "OK alarm")

    def executions(self) -> set[str]:
        """Return the names of all runs so far."""
        return set(self.clouds.operations.executions())

    def new_run(self, before: set[str]) -> str:
        """Return the run that was not there before."""
        return wait_for_run(self.clouds, before, DETECTION_SECONDS)

    def end_of(self, run: str) -> Execution:
        """Return the run as it ended."""
        return follow(self.clouds, run, lambda _run: None)

    def start(self, reason: str, **options: bool) -> Execution:
        """Start a run by hand, as ``landbridge failover`` does, and return it as it ended.

        The alarm takes an earlier fence for an outage; where its own run is on, that ends first.
        """
        event = {"trigger": "manual", "reason": reason, "occurred_at": time.time(), **options}
        answer = self.clouds.operations.start(event)
        if "is on already" in answer["reason"]:
            self.end_of(self.clouds.operations.executions()[0])
            answer = self.clouds.operations.start(event)
        assert answer["started"], answer
        return self.end_of(answer["run"])

    def recorded(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the runs table's documents of that kind by their key."""
        return looking.recorded(self.clouds, kind)

    def refusals(self) -> list[str]:
        """Return the reasons of all events that started nothing."""
        return [document["reason"] for document in self.recorded("refusal").values()]

    def ending(self, run: Execution) -> dict[str, str]:
        """Return what the runs table keeps of the run's end: outcome, reason, message."""
        return dict(self.recorded("run")[run.name]["ending"])

    def gate(self) -> dict[str, str]:
        """Return the gate's data as AKS has it; before the first run nobody has written it."""
        return looking.gate(self.clouds)

    def lock_holder(self) -> str:
        """Return who holds the run lock, or an empty text."""
        return looking.lock_holder(self.clouds)

    def pods(self) -> list[Any]:
        """Return Azure's pods."""
        return looking.pods(self.clouds, "azure")

    def standing(self) -> Standing:
        """Look at everything that a failover changes."""
        deployment = looking.deployment(self.clouds, "azure")
        azure = self.clouds.azure_database
        ((recovering,),) = azure.query("SELECT pg_is_in_recovery()")
        return Standing(
            gate=self.gate(),
            epochs=azure.query("SELECT epoch, site FROM landbridge.epoch ORDER BY epoch"),
            azure_generation=deployment.metadata.generation,
            azure_replicas=deployment.spec.replicas or 0,
            azure_in_recovery=recovering,
            dns=self.dns(),
        )

    def azure_orders(self) -> list[list[Any]]:
        """Return the ids of the orders that Azure's database shows."""
        return self.clouds.azure_database.query("SELECT id::text FROM public.orders")

    def dns(self) -> str:
        """Return the site that the zone's name server answers now."""
        return looking.dns_site(self.clouds)

    def history(self) -> History:
        """Return the users' ledger."""
        return read_history(self.traffic.ledger)

    def verdict(self, fault_at: float) -> Verdict:
        """Judge the users' ledger against Azure's database."""
        return judge(self.history(), find_in(self.clouds, "azure"), fault_at=fault_at)

    def record(self, options: DrillOptions, fault_at: float, run: Execution) -> RunRecord:
        """Return what a drill's report is made of."""
        now = time.time()
        observed = Observed(
            began_at=self.began_at,
            fault_at=fault_at,
            watched_until=now,
            ended_at=now,
            runs=(run,),
            ledger=self.traffic.ledger,
            pods_waiting=pods_waiting(self.clouds),
        )
        return record_of(self.clouds, options, observed)


@contextmanager
def stage(
    options: LabOptions, *, before: Callable[[Clouds], None] | None = None
) -> Iterator[Stage]:
    """Bring a lab up with users writing to it."""
    with Clouds(options) as clouds:
        if before:
            before(clouds)
        clouds.record_look()
        up = Stage(clouds)
        up.traffic.start()
        clouds.record_look()
        yield up


def alarm_event(clouds: Clouds, **changes: Any) -> dict[str, Any]:
    """Return the workload's alarm as CloudWatch sends it: ``previous``, ``state``, ``at``."""
    at = float(changes.get("at", time.time()))
    moment = datetime.fromtimestamp(at, UTC)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"
    name = clouds.configuration.alarm_name
    event = load_event("alarm")
    event |= {
        "account": ACCOUNT,
        "time": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "resources": [f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"],
    }
    event["detail"]["alarmName"] = name
    event["detail"]["state"] |= {"value": changes.get("state", "ALARM"), "timestamp": stamp}
    event["detail"]["previousState"]["value"] = changes.get("previous", "OK")
    return event
