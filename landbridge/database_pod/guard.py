"""``guard``: an old primary does not start by itself while another site is the active one.

It runs before the server. A standby starts: it takes no writes. A primary asks the gate; where the
gate names another site in a newer epoch than the data knows, it waits, until the data folder is
made a standby or the gate comes back (``landbridge.domain.old_primary``). A gate that can't be read
holds nobody: an outage of the other cloud must not become one here.
"""

import time
from functools import cached_property

from landbridge.adapters.entra import AccessTokens, file_assertion
from landbridge.adapters.polling import poll
from landbridge.database_pod.environment import GuardSettings, PodSettings
from landbridge.database_pod.gate import read_gate
from landbridge.database_pod.offline import single_user_epoch
from landbridge.database_pod.programs import Programs
from landbridge.database_pod.report import Report
from landbridge.database_pod.volume import Volume
from landbridge.domain.errors import SiteUnknownError
from landbridge.domain.gate import Gate
from landbridge.domain.old_primary import may_start_as_primary

__all__ = ["guard"]

# One lost packet must not let an old primary start.
_SECONDS_FOR_THE_GATE, _PAUSE_SECONDS = 2.0, 0.5


def guard(pod: PodSettings, settings: GuardSettings, report: Report) -> None:
    """Return when the server may start; each change of the reason is an event ``guard``."""
    watch, said = _Guard(pod, settings), ""
    while True:
        starts, why = watch.decide()
        if why != said:
            report.say("guard", decision="start" if starts else "wait", why=why)
            said = why
        if starts:
            return
        time.sleep(settings.seconds)


class _Guard:
    def __init__(self, pod: PodSettings, settings: GuardSettings) -> None:
        self._site, self._settings = pod.site, settings
        self._volume = Volume(Programs(pod))
        self._tokens = AccessTokens(
            settings.client, lambda: file_assertion(self._settings.token_file)
        )

    def decide(self) -> tuple[bool, str]:
        """Return whether the server may start now, and why."""
        if self._volume.rewinding is not None:
            return False, "an interrupted rewind left the data folder half made: rebuild it"
        if self._volume.is_standby:
            return True, "standby.signal is there: it starts as a standby"
        if not self._volume.has_database:
            return False, "there is no database in the data folder: rebuild it"
        try:
            gate = self._gate()
        except SiteUnknownError as error:
            return True, (
                f"WARNING: the gate could not be read ({error.message}): it starts as a primary, "
                "and nobody has said that no other site is the active one"
            )
        return may_start_as_primary(self._site, gate, lambda: self._epoch)

    def _gate(self) -> Gate:
        errors: list[SiteUnknownError] = []

        def ask() -> Gate | None:
            try:
                return read_gate(self._settings.url, self._tokens)
            except SiteUnknownError as error:
                errors.append(error)
                return None

        gate = poll(ask, _SECONDS_FOR_THE_GATE, interval_seconds=_PAUSE_SECONDS)
        if gate is None:
            raise errors[-1]
        return gate

    @cached_property
    def _epoch(self) -> int | None:
        # Once: while the guard waits, nobody writes to this data folder but a rebuild.
        with self._volume.locked():
            return single_user_epoch(self._volume.programs, self._volume.data)
