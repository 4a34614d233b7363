"""The CloudWatch alarms on health checks: read from the API, kept, and told to who listens.

The emulator stores alarms but has no Route 53 metrics to judge them by. This does:
HealthCheckStatus comes from the data plane, one datapoint a period, and each change of state is an
event.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lab.dns.alarm_events import StateRecord, reason_data, state_change_event
from lab.dns.alarm_rules import AlarmDefinition, AlarmState, evaluate
from lab.dns.data_plane import DataPlane
from lab.dns.journal import Journal
from lab.dns.watched_alarm import WatchedAlarm, parse_alarm

__all__ = ["Alarms"]

NAMESPACE, METRIC, DIMENSION = "AWS/Route53", "HealthCheckStatus", "HealthCheckId"


class Alarms:
    """Keeps the state of every alarm on HealthCheckStatus.

    ``check_ids`` maps a HealthCheckId as the alarm has it to the real one, where they differ.
    ``emit`` gets each event; it must not block. A state that somebody else set with SetAlarmState
    is an event too, and lasts until the next evaluation, as in life.
    """

    def __init__(
        self,
        *,
        plane: DataPlane,
        client: Any,
        emit: Callable[[dict[str, Any]], None],
        journal: Journal,
        time_scale: float,
        check_ids: Mapping[str, str],
    ) -> None:
        self._plane = plane
        self._client = client
        self._emit = emit
        self._journal = journal
        self._time_scale = time_scale
        self._check_ids = check_ids
        self._watched: dict[str, WatchedAlarm] = {}
        plane.subscribe(self._sample)

    def snapshot(self) -> dict[str, dict[str, str]]:
        """Return state and reason by alarm name."""
        return {
            name: {"state": watched.state.value.value, "reason": watched.state.reason}
            for name, watched in self._watched.items()
        }

    async def run(self, poll_seconds: float) -> None:
        """Evaluate at the end of each period, until cancelled; definitions are read in between."""
        while True:
            await self._read_definitions()
            wake = time.time() + poll_seconds
            while (now := time.time()) < wake:
                ends = min((watched.ends for watched in self._watched.values()), default=wake)
                await asyncio.sleep(max(0.0, min(wake, ends) - now))
                for watched in list(self._watched.values()):
                    if watched.ends <= time.time():
                        await self._end_period(watched)

    async def _read_definitions(self) -> None:
        try:
            found = await asyncio.to_thread(self._describe)
        except (BotoCoreError, ClientError) as error:
            self._journal.write("alarm-api", reachable=False, error=str(error))
            return
        for entry in found:
            definition = parse_alarm(entry)
            watched = self._watched.get(definition.name)
            if watched is None or watched.definition != definition:
                watched = self._begin(definition, entry)
            await self._notice_set_state(watched, entry)
        names = {entry["AlarmName"] for entry in found}
        for name in self._watched.keys() - names:
            del self._watched[name]

    def _describe(self) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
        return [
            alarm
            for alarm in alarms
            if (alarm.get("Namespace"), alarm.get("MetricName")) == (NAMESPACE, METRIC)
        ]

    def _begin(self, definition: AlarmDefinition, entry: Mapping[str, Any]) -> WatchedAlarm:
        """Start to watch an alarm, or go on with one whose definition changed, in its old state."""
        period_seconds = definition.period_seconds * self._time_scale
        old = self._watched.get(definition.name)
        # A new alarm is INSUFFICIENT_DATA in the API; another state is one kept from before.
        shown = AlarmState(entry["StateValue"])
        initial = StateRecord(shown, entry["StateReason"], None, time.time())
        watched = WatchedAlarm(
            definition=definition,
            state=old.state if old else initial,
            shown=old.shown if old else shown,
            period_seconds=period_seconds,
            ends=(time.time() // period_seconds + 1) * period_seconds,
        )
        self._watched[definition.name] = watched
        check_id = self._check_id(definition)
        self._journal.write(
            "alarm-watched",
            alarm=definition.name,
            check=check_id,
            check_exists=check_id in self._plane.checks,
        )
        watched.sample(self._metric(definition))
        return watched

    async def _notice_set_state(self, watched: WatchedAlarm, entry: Mapping[str, Any]) -> None:
        state = AlarmState(entry["StateValue"])
        if state is watched.shown:
            return
        watched.shown = state
        data = entry.get("StateReasonData") or None
        await self._change(watched, StateRecord(state, entry["StateReason"], data, time.time()))

    def _sample(self) -> None:
        for watched in self._watched.values():
            watched.sample(self._metric(watched.definition))

    def _metric(self, definition: AlarmDefinition) -> float | None:
        return self._plane.status_metric(self._check_id(definition))

    def _check_id(self, definition: AlarmDefinition) -> str:
        told = definition.dimensions[DIMENSION]
        return self._check_ids.get(told, told)

    async def _end_period(self, watched: WatchedAlarm) -> None:
        watched.sample(self._metric(watched.definition))
        watched.close_period()
        watched.sample(self._metric(watched.definition))
        if not watched.datapoints:
            return
        definition = watched.definition
        verdict = evaluate(definition, list(watched.datapoints), watched.state.value)
        if verdict.state is watched.state.value:
            return
        now = time.time()
        data = reason_data(definition, verdict.evaluated, now)
        await self._change(watched, StateRecord(verdict.state, verdict.reason, data, now))

    async def _change(self, watched: WatchedAlarm, state: StateRecord) -> None:
        previous, watched.state = watched.state, state
        event = state_change_event(watched.definition, previous, state)
        self._journal.write(
            "alarm",
            alarm=watched.definition.name,
            state=state.value,
            previous=previous.value,
            reason=state.reason,
            event_id=event["id"],
        )
        self._emit(event)
        await self._show(watched)

    async def _show(self, watched: WatchedAlarm) -> None:
        """Let the API show the state; where it cannot, the event has gone out all the same."""
        state = watched.state
        if watched.shown is state.value:
            return
        data = {} if state.reason_data is None else {"StateReasonData": state.reason_data}
        try:
            await asyncio.to_thread(
                self._client.set_alarm_state,
                AlarmName=watched.definition.name,
                StateValue=state.value.value,
                StateReason=state.reason,
                **data,
            )
        except (BotoCoreError, ClientError) as error:
            self._journal.write("alarm-api", reachable=False, error=str(error))
            return
        watched.shown = state.value
