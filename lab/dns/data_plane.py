"""The data plane's state: what checkers report, what follows from it, and each change journaled.

All methods run on one thread (the event loop's). Nothing here opens a socket.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from lab.dns import rules
from lab.dns.clients import Holdings
from lab.dns.journal import Journal
from lab.dns.rules import CheckerView, RecordSet

__all__ = ["CheckerMode", "DataPlane"]


class CheckerMode(StrEnum):
    """What one checker does: ``off`` reports nothing, ``blocked`` is cut off and sees nobody."""

    ON = "on"
    OFF = "off"
    BLOCKED = "blocked"


class DataPlane:
    """Zone, health checks, the checkers' views of them, and the answers that follow.

    ``labels`` gives health check ids a readable name in the journal. ``subscribe`` calls back after
    every change of a final status.
    """

    def __init__(
        self,
        holdings: Holdings,
        checkers: Sequence[str],
        journal: Journal,
        labels: Mapping[str, str],
    ) -> None:
        self.zone, self.checks = holdings.zone, holdings.checks
        self.modes = dict.fromkeys(checkers, CheckerMode.ON)
        self.healthy: dict[str, bool] = {}
        self._journal = journal
        self._labels = labels
        self._views: dict[tuple[str, str], CheckerView] = {}
        self._details: dict[tuple[str, str], str] = {}
        self._observed: dict[str, bool | None] = {}
        self._answers: dict[tuple[str, str], RecordSet] = {}
        self._subscribers: list[Callable[[], None]] = []
        self._refresh()

    def subscribe(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after each change of a check's final status."""
        self._subscribers.append(callback)

    def configure(self, holdings: Holdings) -> None:
        """Take over what the API holds now; a check that was disabled starts again as a new one."""
        if holdings.zone == self.zone and holdings.checks == self.checks:
            return
        for check_id, before in self.checks.items():
            now = holdings.checks.get(check_id)
            if now is None or now.disabled or now.kind is not before.kind:
                self._forget(check_id=check_id)
        self.zone, self.checks = holdings.zone, holdings.checks
        self._journal.write("zone", names=len(self.zone.records), checks=len(self.checks))
        self._refresh()

    def observe(self, check_id: str, checker: str, *, passed: bool, detail: str) -> None:
        """Take one result of one checker; what was switched off meanwhile no longer counts."""
        check = self.checks.get(check_id)
        if check is None or check.disabled or self.modes[checker] is CheckerMode.OFF:
            return
        key = (check_id, checker)
        before = self._views.get(key, CheckerView())
        after = before.after(passed=passed, failure_threshold=check.failure_threshold)
        self._views[key], self._details[key] = after, detail
        if after.healthy is before.healthy:
            return
        self._journal.write(
            "checker",
            checker=checker,
            **self._named(check_id),
            healthy=after.healthy,
            detail=detail,
        )
        self._refresh()

    def set_mode(self, checker: str, mode: CheckerMode) -> None:
        """Switch one checker; raises KeyError for a name that is none."""
        if self.modes[checker] is mode:
            return
        self.modes[checker] = mode
        if mode is CheckerMode.OFF:
            self._forget(checker=checker)
        self._journal.write("mode", checker=checker, mode=mode)
        self._refresh()

    def status_metric(self, check_id: str) -> float | None:
        """Return HealthCheckStatus (1 healthy, 0 not); None while there is no data, or no check."""
        check = self.checks.get(check_id)
        if check is None:
            return None
        measured = not rules.is_endpoint(check) or check.disabled
        if not measured and self._observed[check_id] is None:
            return None
        return float(self.healthy[check_id])

    def snapshot(self) -> dict[str, Any]:
        """Return checkers, checks and answers as JSON-safe values (see ``DnsService.state``)."""
        return {
            "checkers": dict(self.modes),
            "checks": {check_id: self._check_state(check_id) for check_id in self.checks},
            "answers": {
                f"{name} {kind}": _answer_state(record)
                for (name, kind), record in self._answers.items()
            },
        }

    def _check_state(self, check_id: str) -> dict[str, Any]:
        check = self.checks[check_id]
        return {
            "label": self._labels.get(check_id, ""),
            "type": check.kind,
            "fqdn": check.fqdn,
            "inverted": check.inverted,
            "disabled": check.disabled,
            "healthy": self.healthy[check_id],
            "observed": self._observed[check_id],
            "checkers": {
                checker: {"healthy": view.healthy, "detail": self._details[check_id, checker]}
                for (found, checker), view in sorted(self._views.items())
                if found == check_id
            },
        }

    def _named(self, check_id: str) -> dict[str, str]:
        return {"check": check_id, "label": self._labels.get(check_id, "")}

    def _forget(self, check_id: str | None = None, checker: str | None = None) -> None:
        for key in list(self._views):
            if check_id == key[0] or checker == key[1]:
                del self._views[key], self._details[key]
        if check_id is not None:
            self._observed.pop(check_id, None)

    def _refresh(self) -> None:
        """Work out every status and answer again; journal what changed."""
        before = self.healthy
        self._observed = {check_id: self._aggregate(check_id) for check_id in self.checks}
        self.healthy = rules.statuses(self.checks, self._observed)
        for check_id, healthy in self.healthy.items():
            if before.get(check_id) is not healthy:
                self._journal.write(
                    "check",
                    **self._named(check_id),
                    healthy=healthy,
                    previous=before.get(check_id),
                    observed=self._observed[check_id],
                )
        self._refresh_answers()
        if self.healthy != before:
            for callback in self._subscribers:
                callback()

    def _aggregate(self, check_id: str) -> bool | None:
        """Return what the active checkers see together; what was clear stays until they agree."""
        seen = rules.aggregate(
            self._views.get((check_id, checker), CheckerView()).healthy
            for checker, mode in self.modes.items()
            if mode is not CheckerMode.OFF
        )
        return self._observed.get(check_id) if seen is None else seen

    def _refresh_answers(self) -> None:
        before, self._answers = self._answers, {}
        for key in self.zone.failover_names:
            chosen = rules.choose(self.zone.records[key], self.healthy)
            self._answers[key] = chosen
            if before.get(key) != chosen:
                self._journal.write("answer", name=key[0], type=key[1], **_answer_state(chosen))


def _answer_state(record: RecordSet) -> dict[str, Any]:
    return {
        "role": record.role,
        "set_identifier": record.set_identifier,
        "values": list(record.values),
        "ttl_seconds": record.ttl_seconds,
    }
