"""What a drill is asked to do."""

from dataclasses import dataclass, field

from lab.clouds.options import LabOptions
from lab.faults.asking import Asked, parse_fault
from lab.faults.fault import Effect

__all__ = ["DEFAULT_FAULT", "DrillOptions"]

DEFAULT_FAULT = "region-loss"
# What a GameDay without faults is, in the place of their names.
SWITCHOVER = "planned switchover"
# What landbridge must recover from by itself where nothing else is broken.
_CLEAN = frozenset({"region-loss", "health-only"})


@dataclass(frozen=True)
class DrillOptions:
    """One drill: the lab it runs in, the traffic on it, and what goes wrong.

    ``alone``: what was asked for is all that goes wrong, though it is no outage. ``gameday``: a
    GameDay leads both ways; without faults its way out is a switchover.
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
        return all(_is_clean(one) for one in self.faults)

    @property
    def recovers(self) -> bool:
        """Whether it gets over all of it with nobody's help, whatever steps fail meanwhile.

        In async a person has to accept a loss where AWS cannot be fenced.
        """
        whole = all(_is_clean(one) or one.fault.recovers for one in self.faults)
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


def _is_clean(one: Asked) -> bool:
    return one.fault.name in _CLEAN and one.seconds is None and one.leg == "out"
