"""Is the standby worth promoting: does it stream, how far is it behind, is its WAL kept for it.

Source: PostgreSQL 16, "Replication", "pg_stat_replication", "pg_replication_slots".
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from landbridge.domain.database import StandbyConnection
from landbridge.domain.preflight.check import (
    SITE,
    Check,
    Finding,
    amount,
    check_of,
    fail,
    unknown,
    warn,
)
from landbridge.domain.preflight.database_facts import Pair, unasked
from landbridge.domain.synchronous import acknowledges_without

__all__ = ["Replication", "lag_of", "replication_checks"]

_MEND = "landbridge failback mends a standby while AWS serves, too"
# Beats are written each minute: a standby that lacks the newest alone may lack it for a moment.
_BEAT_SECONDS = 60.0
_JOINED = frozenset({"streaming", "catchup"})


@dataclass(frozen=True)
class Replication:
    """How it shall be. ``standby_name`` is Azure's application_name and slot."""

    synchronous: bool
    standby_name: str
    rpo_seconds: float
    rpo_bytes: int

    def name_of(self, site: str) -> str:
        """Return the application_name and slot of ``site`` as a standby."""
        return self.standby_name if site == "azure" else site

    def waits_for(self, site: str) -> bool:
        """Whether commits wait for ``site``: only AWS ever waits, for Azure."""
        return self.synchronous and site == "azure"


Judge = Callable[[Pair, Replication], Iterable[Finding]]


def replication_checks(pair: Pair, wanted: Replication) -> list[Check]:
    """Return the checks of the stream between the two, from the primary that serves now."""
    return [
        check_of(name, _judged(judge, needs, pair, wanted), otherwise)
        for name, needs, judge, otherwise in _CHECKS
    ]


def lag_of(pair: Pair, wanted: Replication) -> tuple[int | None, float | None]:
    """Return how far replay is behind at least, in bytes and seconds; None: not known."""
    here, there = pair.standby.look, pair.primary.look
    if there.current_lsn is None or here.replayed_lsn is None:
        return None, None
    lag_bytes = max(0, there.current_lsn - here.replayed_lsn)
    if lag_bytes == 0:
        return 0, 0.0
    seen = [pair.primary.replay_lag_seconds.get(wanted.name_of(pair.standby.site))]
    if there.heartbeat_at is not None and here.heartbeat_at is not None:
        seen.append(max(0.0, there.heartbeat_at - here.heartbeat_at - _BEAT_SECONDS))
    return lag_bytes, max((one for one in seen if one is not None), default=None)


def _judged(judge: Judge, needs: str, pair: Pair, wanted: Replication) -> Iterable[Finding]:
    return unasked(*(getattr(pair, role) for role in needs.split())) or judge(pair, wanted)


def _mine(pair: Pair, wanted: Replication) -> list[StandbyConnection]:
    name = wanted.name_of(pair.standby.site).lower()
    return [one for one in pair.primary.look.standbys if one.application_name.lower() == name]


def _state(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    standby, primary = (SITE[facts.site] for facts in (pair.standby, pair.primary))
    if pair.standby.look.is_primary:
        yield fail(f"{standby}'s database is out of recovery: it is no standby", _rebuild(pair))
        return
    name = wanted.name_of(pair.standby.site)
    states = [one.state for one in _mine(pair, wanted)]
    if "catchup" in states and "streaming" not in states:
        said = f"{standby}'s standby is in state catchup"
        yield warn(said, f"wait until it has caught up, else: {_MEND}")
    elif "streaming" not in states:
        # One that may not begin is seen for a moment each time that it tries, in state startup.
        tries = f", one is in state {', '.join(states)}" if states else ""
        yield fail(f"no standby named {name!r} streams from {primary}{tries}", _rebuild(pair))
    elif pair.standby.receives is False:
        # A name proves nothing: anybody who streams may give it, and so have a part in each commit.
        yield fail(
            f"one named {name!r} streams from {primary}, and {standby}'s server receives nothing:"
            " another has taken its name, or the connection is dead",
            f"pg_stat_replication on the primary shows whose client_addr it is; {_rebuild(pair)}",
        )


def _rebuild(pair: Pair) -> str:
    if pair.primary.site == "azure":
        return "bring AWS back as Azure's standby and home: landbridge failback --watch"
    return f"read the standby's log (network, password, certificate, slot); {_MEND}"


def _synchronous(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    setting = pair.primary.look.synchronous_standby_names or ""
    standby = pair.standby.site
    if not wanted.waits_for(standby):
        if setting:
            who = SITE[pair.primary.site]
            yield warn(
                f"{who}'s commits wait for {setting!r}, which is not wanted",
                "ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf()",
            )
        return
    name = wanted.name_of(standby)
    if not setting:
        yield fail(
            "commits wait for no standby: what is acknowledged now can be lost",
            f"ALTER SYSTEM SET synchronous_standby_names = '{name}'; SELECT pg_reload_conf()",
        )
        return
    joined = [one for one in _mine(pair, wanted) if one.state in _JOINED]
    states = [one.sync_state for one in joined]
    if not {"sync", "quorum"} & set(states):
        seen = ", ".join(states) or "not connected"
        yield fail(
            f"{SITE[standby]}'s standby is {seen}, and commits wait for {setting!r}",
            "bring it back, or take it out of synchronous_standby_names and accept a loss",
        )


def _lag(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    here, there = pair.standby.look, pair.primary.look
    received = max(here.received_lsn or 0, here.replayed_lsn or 0)
    if there.current_lsn is None or not received:
        yield unknown("there is no standby" if here.is_primary else "a position is missing")
        return
    missing = there.current_lsn - received
    if missing > wanted.rpo_bytes:
        said = f"{amount(missing)} of WAL are not at the standby, the budget is"
        remedy = "see the network between the sites and the standby's load"
        # The way home is planned: it waits until AWS has everything.
        found, means = (
            (fail, "a failover now would be refused")
            if pair.standby.site == "azure"
            else (warn, "a failback waits for them")
        )
        yield found(f"{said} {amount(wanted.rpo_bytes)}: {means}", remedy)
    lag_bytes, lag_seconds = lag_of(pair, wanted)
    late = lag_seconds is not None and lag_seconds > wanted.rpo_seconds
    if late or (lag_bytes or 0) > wanted.rpo_bytes:
        seconds = "" if lag_seconds is None else f" and {lag_seconds:.1f} s"
        yield warn(
            f"replay is {amount(lag_bytes or 0)}{seconds} behind: a promotion waits for it",
            "see whether replay is paused, or a query on the standby holds it",
        )


def _replay(pair: Pair, _wanted: Replication) -> Iterator[Finding]:
    if pair.standby.look.is_standby and pair.standby.look.replay_paused:
        yield warn(
            f"replay is paused on {SITE[pair.standby.site]}: a promotion resumes it and waits",
            "SELECT pg_wal_replay_resume() on the standby",
        )


def _timeline(pair: Pair, _wanted: Replication) -> Iterator[Finding]:
    here, there = pair.standby.look.timeline, pair.primary.look.timeline
    if pair.standby.look.is_primary:
        yield unknown("there is no standby")
    elif here is None or there is None:
        yield unknown("a timeline is missing")
    elif here != there:
        yield fail(
            f"the standby is on timeline {here}, the primary on {there}: another history",
            _rebuild(pair),
        )


def _names(pair: Pair, wanted: Replication) -> Iterator[Finding]:
    count, name = len(_mine(pair, wanted)), wanted.name_of(pair.standby.site)
    if count > 1:
        yield fail(
            f"{count} standbys call themselves {name!r}: any of them can acknowledge what"
            f" {SITE[pair.standby.site]} lacks",
            "give each standby an application_name of its own",
        )
    setting = pair.primary.look.synchronous_standby_names or ""
    if wanted.waits_for(pair.standby.site) and setting:
        other = acknowledges_without(setting, name)
        if other:
            yield fail(other, f"set synchronous_standby_names = '{name}' and nothing else")


def _own_setting(pair: Pair, _wanted: Replication) -> Iterator[Finding]:
    setting = pair.standby.look.synchronous_standby_names
    # AWS's is emptied by the step that promotes it (adapters.switchover, promote_held).
    if pair.standby.site == "azure" and pair.standby.look.is_standby and setting:
        yield fail(
            f"the standby's own synchronous_standby_names is {setting!r}: promoted, each of its"
            " writes would wait for a standby that is not there",
            "empty it in that host's own configuration, then SELECT pg_reload_conf() there",
        )


_CHECKS: tuple[tuple[str, str, Judge, str], ...] = (
    ("replication-state", "primary", _state, "the standby streams"),
    ("replication-sync", "primary", _synchronous, "commits wait for whom they should"),
    ("replication-lag", "primary standby", _lag, "the standby is within the RPO budget"),
    ("replay", "standby", _replay, "replay goes on"),
    ("timeline", "primary standby", _timeline, "both are on one timeline"),
    ("application-name", "primary", _names, "nobody else can acknowledge for the standby"),
    ("standby-settings", "standby", _own_setting, "the standby's own commits would wait for none"),
)
