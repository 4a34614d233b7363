"""The users' RTO by both executors: AWS's state machine, and a takeover in Azure.

The same person starts either, at the same moment of the outage: when the health checkers say that
AWS is down. So what differs is the executor alone. Detection's part is in the drills of
docs/takeover-drills.md.
"""

from collections.abc import Callable

from rich.console import Console

from lab.bench.measure import Measure
from lab.bench.rto import LONGEST_SECONDS, lived_through
from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.options import LabOptions
from lab.drill.minutes import take_alarm_away
from lab.drill.person import CommandError, PersonInAzure
from lab.processes.waiting import wait_until

__all__ = ["compare_executors"]

REFERENCE = "the state machine in AWS, begun by the same person at the same moment"
# What the original's latencies are and what the design's TTL is; and nothing slower than the lab.
SETTINGS = {
    "12 s promotion, 33 s pods, TTL 15": LabOptions(
        promotion_delay_seconds=12.0, pod_start_seconds=33.0, ttl_seconds=15
    ),
    "no delays": LabOptions(),
}
_REASON = "a measurement of both executors"


def compare_executors(console: Console) -> list[Measure]:
    """Return a measure a setting; each is two labs, one after the other on the same machine."""
    measures = []
    for label, options in SETTINGS.items():
        ours = _user_rto(f"takeover, {label}", options, console, _take_over)
        theirs = _user_rto(f"state machine, {label}", options, console, _fail_over)
        measures.append(
            Measure(f"median user RTO, takeover, {label}", "s", ours, theirs, REFERENCE)
        )
    return measures


def _user_rto(
    what: str, options: LabOptions, console: Console, begin: Callable[[Clouds], None]
) -> float:
    with console.status(what) as status:
        show = lambda sentence: status.update(f"{what}: {sentence}")  # noqa: E731 - two words
        with Clouds(options, show) as clouds:
            clouds.let_a_minute_pass()
            take_alarm_away(clouds)  # it would start AWS's own run before anybody else
            rto = lived_through(clouds, show, then=lambda: begin(clouds))
    console.print(f"{what}: {rto:.2f} s", markup=False)
    return rto


def _take_over(clouds: Clouds) -> None:
    clouds.aws.begin_outage()
    clouds.aws_cluster.refuse(names.ORCHESTRATOR_USER, "measured")
    _noticed(clouds).take_over(_REASON)


def _fail_over(clouds: Clouds) -> None:
    said = _noticed(clouds).run("failover", "--lab", "--reason", _REASON)
    if said.returncode:
        raise CommandError(said.stdout + said.stderr)


def _noticed(clouds: Clouds) -> PersonInAzure:
    person = PersonInAzure(clouds)
    wait_until(
        person.checkers_say_down, "checkers that see AWS down", timeout_seconds=LONGEST_SECONDS
    )
    return person
