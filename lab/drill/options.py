"""What a drill is asked to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lab.clouds.options import LabOptions
from lab.faults.asking import Asked, parse_fault
from lab.faults.fault import Effect
from landbridge.domain.takeover_timer import TICK_SECONDS

__all__ = [
    "DEFAULT_FAULT",
    "TAKEOVER_FAULT",
    "DrillOptions",
    "Trigger",
    "faults_for",
    "lab_for",
]

DEFAULT_FAULT = "region-loss"
# Without it AWS's own executor would be there as well, and first.
TAKEOVER_FAULT = "aws-control-plane-down"
# What a GameDay without faults is, in the place of their names.
SWITCHOVER = "planned switchover"
# What landbridge must recover from by itself where nothing else is broken.
# The configuration's default, which a quick lab shortens as it does every clock of AWS's.
_WATCHDOG_SECONDS = 120
_CLEAN = frozenset({"region-loss", "health-only"})


class Trigger(StrEnum):
    """What starts the way out: the alarm or the watchdog in AWS, the timer or a hand in Azure."""

    ALARM = "alarm"
    WATCHDOG = "watchdog"
    TIMER = "timer"
    HAND = "hand"

    @property
    def executor(self) -> str:
        """The cloud whose executor it starts."""
        return "aws" if self in {Trigger.ALARM, Trigger.WATCHDOG} else "azure"


def lab_for(trigger: Trigger, lab: LabOptions) -> LabOptions:
    """Return the lab with what that trigger needs: a timer that may act, a watchdog in its time."""
    if trigger is Trigger.TIMER:
        return replace(lab, automatic="on", timer_seconds=TICK_SECONDS)
    if trigger is Trigger.WATCHDOG and not lab.realtime:
        quick = round(_WATCHDOG_SECONDS * lab.time_scale)
        return replace(lab, budgets={**lab.budgets, "watchdog_seconds": quick})
    return lab


def faults_for(trigger: Trigger, asked: Sequence[Asked]) -> tuple[Asked, ...]:
    """Return the faults with what a drill by that trigger is about.

    Before a takeover every API of AWS is away, and stays so until the repair; who asked for that
    fault with a length of his own gets it.
    """
    if trigger.executor == "aws":
        return tuple(asked)
    if not any(one.fault.name == TAKEOVER_FAULT and one.leg == "out" for one in asked):
        asked = (replace(parse_fault(TAKEOVER_FAULT), added=True), *asked)
    return tuple(_until_the_repair(one) for one in asked)


def _until_the_repair(one: Asked) -> Asked:
    usual = one.fault.name == TAKEOVER_FAULT and one.seconds == one.fault.seconds
    return replace(one, seconds=None) if usual and one.leg == "out" else one


@dataclass(frozen=True)
class DrillOptions:
    """One drill: the lab it runs in, the traffic on it, and what goes wrong.

    ``alone``: what was asked for is all that goes wrong, though it is no outage. ``gameday``: a
    GameDay leads both ways; without faults its way out is a switchover. ``trigger`` also says which
    cloud's executor leads the way out.
    """

    lab: LabOptions = field(default_factory=LabOptions)
    faults: tuple[Asked, ...] = (parse_fault(DEFAULT_FAULT),)
    clients: int = 8
    rate: float = 60.0
    seed: int = 1
    calm_seconds: float = 3.0
    failback: bool = True
    data_megabytes: int = 0
    alone: bool = False
    gameday: bool = False
    trigger: Trigger = Trigger.ALARM

    @property
    def executor(self) -> str:
        """The cloud that leads the way out: ``aws`` or ``azure``."""
        return self.trigger.executor

    @property
    def fault(self) -> str:
        """The faults as they are asked for, in one line."""
        words = " + ".join(str(one) for one in self.faults) or SWITCHOVER
        return f"{words} alone" if self.alone else words

    @property
    def quiet(self) -> bool:
        """Whether no failover may come of it: nothing in it is an outage, or needs one."""
        if self.gameday:
            return False
        effects = [one.effect(self.lab.replication) for one in self.faults]
        if self.alone:
            return Effect.OUTAGE not in effects
        return not {Effect.OUTAGE, Effect.COMPANION} & set(effects)

    @property
    def must_recover(self) -> bool:
        """Whether the run must recover by itself; with more broken it may refuse, and say why."""
        return all(self._is_clean(one) for one in self.faults)

    @property
    def recovers(self) -> bool:
        """Whether it gets over all of it with nobody's help, whatever steps fail meanwhile.

        In async a person has to accept a loss where AWS cannot be fenced.
        """
        whole = all(self._is_clean(one) or one.fault.recovers for one in self.faults)
        lost = any(_is_clean(one) for one in self.faults)
        return self.lab.replication == "sync" and whole and lost and not self.must_recover

    @property
    def must_act(self) -> tuple[str, ...]:
        """The fault, where one was asked for, without which the drill shows nothing."""
        asked = [str(one) for one in self.faults if not one.added]
        return tuple(asked) if len(asked) == 1 else ()

    @property
    def command(self) -> str:
        """The command that plays this drill again."""
        if self.gameday:
            words = [f"--fault '{one}'" for one in self.faults if not one.added]
            unplanned = ["--unplanned"] if self.faults and not words else []
            return " ".join(["landbridge gameday --lab", *unplanned, *words])
        words = ["landbridge drill", f"--replication {self.lab.replication}", f"--seed {self.seed}"]
        words += [f"--fault '{one}'" for one in self.faults if not one.added]
        words += [f"--trigger {self.trigger}"] if self.trigger is not Trigger.ALARM else []
        usual = DrillOptions()
        given = {
            "--clients": (self.clients, usual.clients),
            "--rate": (self.rate, usual.rate),
            "--pod-start-seconds": (self.lab.pod_start_seconds, usual.lab.pod_start_seconds),
            "--promotion-delay-seconds": (
                self.lab.promotion_delay_seconds,
                usual.lab.promotion_delay_seconds,
            ),
            "--data-megabytes": (self.data_megabytes, usual.data_megabytes),
            "--ttl-seconds": (self.lab.ttl_seconds, usual.lab.ttl_seconds),
        }
        words += [f"{flag} {value}" for flag, (value, default) in given.items() if value != default]
        flags = {
            "--realtime": self.lab.realtime,
            "--alone": self.alone,
            "--no-failback": not self.failback,
        }
        return " ".join([*words, *(flag for flag, given in flags.items() if given)])

    def leg(self, leg: str) -> tuple[Asked, ...]:
        """Return the faults of the way ``out`` or of the way ``home``."""
        return tuple(one for one in self.faults if one.leg == leg)

    def _is_clean(self, one: Asked) -> bool:
        # An AWS whose APIs are dead is what a takeover is for.
        away = one.fault.name == TAKEOVER_FAULT and one.leg == "out"
        return _is_clean(one) or (self.executor == "azure" and away and one.seconds is None)


def _is_clean(one: Asked) -> bool:
    return one.fault.name in _CLEAN and one.seconds is None and one.leg == "out"
