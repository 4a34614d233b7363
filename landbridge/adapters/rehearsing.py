"""One rehearsal from its first look to the proof that nothing is left, whatever happens between.

What was left by an earlier one is removed first, and everything is removed at the end, after a
failure and an interruption too. Should this process die, Kubernetes ends the Job soon: nobody says
any more that it is watched.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from landbridge.adapters.polling import poll
from landbridge.domain.errors import (
    LandbridgeError,
    RehearsalFailedError,
    RehearsalRefusedError,
    TransientError,
)
from landbridge.domain.rehearsal import (
    WATCH_SECONDS,
    WATCHED_SECONDS,
    Begin,
    Progress,
    RehearsalLook,
    progress_of,
    read_rehearsal,
)
from landbridge.domain.rehearsal_record import Rehearsed
from landbridge.domain.rehearsal_request import Wish
from landbridge.domain.rehearsal_verdict import (
    Leak,
    Production,
    differences,
    leaks,
    read_production,
    refusals,
    verdict,
)

__all__ = ["Rehearsal"]

_LOOK_SECONDS = 1.0
_REMOVAL_SECONDS = 180.0
# A connection whose other side is gone is seen for a moment more.
_LINGER_SECONDS = 20.0
_INTERRUPTED = "it was interrupted"


class Orchestrator(Protocol):
    """What answers a rehearsal's requests."""

    def rehearsal(self, action: str, **fields: object) -> dict[str, Any]:
        """Return the answer to one request."""
        ...


@dataclass(frozen=True)
class Rehearsal:
    """One run: it may take ``seconds``; ``say`` gets a sentence for each change."""

    orchestrator: Orchestrator
    run: str
    seconds: int
    say: Callable[[str], None]
    look_seconds: float = _LOOK_SECONDS

    def rehearse(self) -> Rehearsed:
        """Do all of it; raise RehearsalRefusedError where it may not begin."""
        started_at, begun = time.time(), time.monotonic()
        self.say("Removing what an earlier rehearsal may have left")
        self._leave_another_alone()
        self.clean()
        before = self._production()
        reasons = list(refusals(before, self._look()))
        if reasons:
            raise RehearsalRefusedError(
                f"not begun: {'; '.join(reasons)}", "see landbridge status, then try again"
            )
        progress = self._shown()
        self.say("Looking for anything that is left")
        order = str(progress.seen.get("smoke", {}).get("order", ""))
        after, found = self.leaks(before, order)
        judged = verdict(progress, found, tuple(differences(before, after, order)))
        took = time.monotonic() - begun
        done = Rehearsed(self.run, started_at, took, progress, judged, before, after)
        self._keep(done)
        return done

    def clean(self, wish: Wish = Wish.REMOVE) -> None:
        """Remove whatever there is, until nothing is left; raise RehearsalFailedError.

        What another one's living command watches is left to that; Wish.CLEAN removes it, too.
        """
        if self._insist(lambda: self._act(wish), _REMOVAL_SECONDS) is None:
            raise RehearsalFailedError(
                f"what is left of a rehearsal is not gone after {_REMOVAL_SECONDS:.0f} s",
                "landbridge rehearse --clean, and see the pod's events",
            )

    def leaks(
        self, before: Production | None = None, order: str = ""
    ) -> tuple[Production, tuple[Leak, ...]]:
        """Return production and what is left, looked at until nothing is, or for a while."""
        found: list[tuple[Production, tuple[Leak, ...]]] = []

        def clean() -> bool | None:
            after, look = self._production(order), self._look_if_any()
            # What another one has begun meanwhile is not this one's.
            others = look is not None and look.is_anothers(self.run)
            found[:] = [(after, () if others else tuple(leaks(before, after, look)))]
            unknown = bool(order) and after.order_known is None
            return None if found[0][1] or unknown else True

        self._insist(clean, _LINGER_SECONDS)
        if not found:
            raise RehearsalFailedError(
                "nobody answered whether anything is left", "landbridge rehearse --clean"
            )
        return found[0]

    def _leave_another_alone(self) -> None:
        """Return where nobody watches another's Job; wait where that is not known yet."""
        seen: list[float] = []

        def nobodys() -> bool | None:
            look = self._look()
            if not look.is_anothers(self.run):
                return True
            ago = look.watched_seconds or 0.0
            if not seen:
                self.say(f"Waiting to see whether anybody watches {look.job_run}")
            if seen and ago < seen[-1]:
                raise RehearsalRefusedError(
                    f"not begun: {look.job_run} is on, and somebody watches it",
                    "wait for its end, or landbridge rehearse --clean",
                )
            seen.append(ago)
            return None

        if self._insist(nobodys, WATCHED_SECONDS + 2 * WATCH_SECONDS) is None:
            raise RehearsalRefusedError("not begun: another rehearsal is on", "wait for its end")

    def _shown(self) -> Progress:
        """Return how far it came; what it made is removed when this returns."""
        seen = [Progress("Beginning")]
        try:
            self._run(seen)
        except KeyboardInterrupt:
            seen.append(_failed(seen[-1], _INTERRUPTED))
        except LandbridgeError as error:
            seen.append(_failed(seen[-1], error.message, error.remedy))
        finally:
            self.say("Removing everything")
            # Whether that was done is what the search for leaks says, each by its name.
            with suppress(LandbridgeError):
                self.clean()
        return seen[-1]

    def _run(self, seen: list[Progress]) -> None:
        give_up = time.monotonic() + self.seconds
        watched = [time.monotonic()]

        def step() -> bool | None:
            progress = progress_of(self._look(), self.run)
            if progress.sentence != seen[-1].sentence:
                self.say(progress.sentence)
            seen.append(progress)
            if progress.done or progress.failed:
                return True
            if time.monotonic() - watched[-1] >= WATCH_SECONDS:
                self._act(Wish.WATCH)
                watched[:] = [time.monotonic()]
            return None

        self.say("Beginning")
        begun = self._insist(lambda: self._act(Wish.BEGIN), self.seconds)
        if begun is None or self._insist(step, give_up - time.monotonic()) is None:
            late = f"after {self.seconds} s it was still at: {seen[-1].sentence}"
            seen.append(_failed(seen[-1], late, "give it more time: --timeout"))

    def _keep(self, done: Rehearsed) -> None:
        try:
            self.orchestrator.rehearsal(Wish.KEEP.value, run=self.run, report=done.document())
        except LandbridgeError as error:
            self.say(f"The history does not keep it: {error.message}")

    def _act(self, wish: Wish) -> bool | None:
        answer = self.orchestrator.rehearsal(wish.value, run=self.run, seconds=self.seconds)
        return True if answer["left"] == Begin.DONE.value else None

    def _look(self) -> RehearsalLook:
        return read_rehearsal(self.orchestrator.rehearsal(Wish.LOOK.value))

    def _look_if_any(self) -> RehearsalLook | None:
        try:
            return self._look()
        except LandbridgeError as error:
            self.say(f"Nobody says what is left: {error.message}")
            return None

    def _production(self, order: str = "") -> Production:
        return read_production(self.orchestrator.rehearsal(Wish.OBSERVE.value, order=order))

    def _insist(self, look: Callable[[], bool | None], seconds: float) -> bool | None:
        """Ask until it is so, or the time is over; what may work later is asked again."""

        def patiently() -> bool | None:
            try:
                return look()
            except TransientError as error:
                self.say(f"Asking again: {error.message}")
                return None

        return poll(patiently, seconds, interval_seconds=self.look_seconds)


def _failed(progress: Progress, why: str, remedy: str = "") -> Progress:
    return Progress(progress.sentence, failed=why, remedy=remedy, seen=progress.seen)
