"""Who serves, is the workload there, and is the look fresh that a promotion would go by."""

from collections.abc import Iterator

from landbridge.domain.database import DatabaseLook
from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.database_facts import Pair
from landbridge.domain.votes import Ballot, Vote

__all__ = ["database_checks", "last_look_check", "workload_check"]

# It is written each minute. One may be lost; a quarter of an hour without is an orchestrator that
# would promote by what was true long ago.
LATE_SECONDS, STALE_SECONDS = 180.0, 900.0


def database_checks(
    aws: DatabaseLook, azure: DatabaseLook, *, aws_stopped: bool = False
) -> list[Check]:
    """Return whether each database can be reached and signed in to.

    ``aws_stopped``: Azure serves and AWS's database is wished away, as a failover's end leaves it.
    """
    return [
        check_of(
            f"{look.site}-database",
            _reach(look, stopped=stopped),
            f"{SITE[look.site]}'s database answers",
        )
        for look, stopped in ((aws, aws_stopped), (azure, False))
    ]


def _reach(look: DatabaseLook, *, stopped: bool) -> Iterator[Finding]:
    if not look.reachable and stopped:
        yield warn(
            f"{SITE[look.site]}'s database is stopped, as a failover leaves it",
            "landbridge failback --watch starts it, as Azure's standby",
        )
    elif not look.reachable:
        yield fail(
            f"{SITE[look.site]}'s database: {look.reason}",
            "see the server, the network to it, and landbridge's secret and role",
        )


def workload_check(ballot: Ballot, site: str) -> Check:
    """Return whether the primary's site is ready, as a probe of its health name saw it."""

    def findings() -> Iterator[Finding]:
        if ballot.vote is Vote.DOWN:
            yield fail(
                f"{SITE[site]} does not serve: {ballot.reason}",
                "landbridge status says what to do",
            )
        elif ballot.vote is Vote.UNKNOWN:
            yield unknown(ballot.reason)

    return check_of("workload", findings(), f"the workload is ready: {ballot.reason}")


def last_look_check(pair: Pair, looked_at: float | None, reason: str, now: float) -> Check:
    """Return whether a promotion without AWS would have a fresh look at AWS to go by.

    ``looked_at`` is when the last look was kept, in epoch seconds; ``reason``: why not known.
    """

    def findings() -> Iterator[Finding]:
        remedy = "see the log of the Lambda record-look"
        if pair.primary.site != "aws":
            return
        if reason:
            yield unknown(reason)
        elif looked_at is None:
            yield fail("no look at AWS was ever kept: a failover would be refused", remedy)
        elif now - looked_at > LATE_SECONDS:
            found = fail if now - looked_at > STALE_SECONDS else warn
            yield found(f"the last look at AWS is {now - looked_at:.0f} s old", remedy)

    return check_of("last-look", findings(), "a fresh look at AWS is kept for a promotion")
