"""Who is on call where nothing of AWS answers: takeovers in the place of failovers.

The Function App's timer begins one, or a person does who reads what the health checkers say, as
``docs/takeover.md`` has it. The way home needs AWS, and is the other operator's.
"""

from collections.abc import Callable

from lab.clouds.clouds import Clouds
from lab.drill.on_call import NO_RUN, OnCall
from lab.drill.person import CommandError, PersonInAzure
from lab.drill.takeovers import takeover_names
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import FAILOVER, Execution

__all__ = ["AzureOnCall"]

_REASON = "nothing of AWS answers, and users cannot write"
_GOES_ON = "the drill's operator goes on"


class AzureOnCall(OnCall):
    """One operator in Azure; ``by_hand``: starts the first takeover, which else is the timer's."""

    def __init__(
        self,
        clouds: Clouds,
        told: Callable[[str], None],
        seen: Callable[[Execution], None],
        *,
        by_hand: bool,
    ) -> None:
        super().__init__(clouds, told, seen)
        self._person = PersonInAzure(clouds)
        self._by_hand = by_hand

    def follow_others(self, before: set[str]) -> None:
        """Follow AWS's own runs, and the takeovers that began by themselves."""
        known = before | {run.name for run in self.runs}
        for name in reversed(takeover_names(self._clouds)):
            if name not in known:
                self.see_through(name)
        super().follow_others(before)

    def _names(self) -> list[str]:
        return takeover_names(self._clouds)

    def _first(self, before: set[str], limit_seconds: float) -> str:
        if not self._by_hand:
            return super()._first(before, limit_seconds)
        self._told("A person waits until the health checkers, too, say that AWS is down")
        wait_until(
            self._person.checkers_say_down,
            "checkers that see AWS down",
            timeout_seconds=limit_seconds,
        )
        return self._take_over(_REASON)

    def _start(self, flow: str, **options: bool) -> str:
        if flow != FAILOVER:
            return super()._start(flow, **options)
        return self._take_over(_GOES_ON, accept_data_loss=options.get("accept_data_loss", False))

    def _take_over(self, reason: str, *, accept_data_loss: bool = False) -> str:
        try:
            run = self._person.take_over(reason, accept_data_loss=accept_data_loss)
        except CommandError as error:
            self._told(f"Not started: {error}")
            return NO_RUN
        return self.see_through(run)
