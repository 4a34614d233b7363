"""The words of the command line that ask for a fault.

A fault is asked for as ``NAME[:ARGUMENT][@[home]+START][/SECONDS]``: ``database-freeze@+2s/8s``
begins two seconds after the drill's moment of the fault and lasts eight; ``lag@home+1s`` begins one
second after the failback.
"""

import re
from dataclasses import dataclass, field

from lab.faults.catalogue import FAULTS
from lab.faults.fault import Effect, Fault

__all__ = ["Asked", "parse_fault"]

_FORM = re.compile(
    r"(?P<name>[a-z-]+)(?::(?P<argument>[\w<>-]+))?"
    r"(?:@(?P<leg>home)?\+(?P<start>\d+(?:\.\d+)?)s?)?(?:/(?P<seconds>\d+(?:\.\d+)?)s?)?"
)


@dataclass(frozen=True)
class Asked:
    """One fault as asked for: ``start_seconds`` after its leg began, ``seconds`` long.

    ``leg`` is ``out``, from the drill's moment of the fault, or ``home``, from the failback.
    ``added`` is one that nobody named: it comes with those that were.
    """

    fault: Fault
    argument: str = ""
    start_seconds: float = 0.0
    seconds: float | None = None
    leg: str = "out"
    added: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        """Write it as it is asked for on the command line."""
        argument = f":{self.argument}" if self.argument else ""
        home = self.leg if self.leg == "home" else ""
        start = f"@{home}+{self.start_seconds:g}s" if self.start_seconds or home else ""
        own = self.seconds is not None and self.seconds != self.fault.seconds
        return f"{self.fault.name}{argument}{start}{f'/{self.seconds:g}s' if own else ''}"

    def effect(self, replication: str) -> Effect:
        """Return what it does to the workload."""
        return self.fault.effect_of(self.argument, replication)


def parse_fault(text: str) -> Asked:
    """Return what ``text`` asks for; raise ValueError, which names the part and the choices.

    What can act on the way home alone is put there.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is not NAME[:ARGUMENT][@[home]+STARTs][/SECONDSs]")
    fault = FAULTS.get(form["name"])
    if fault is None:
        raise ValueError(f"{form['name']!r} is not a fault; there are {', '.join(sorted(FAULTS))}")
    argument = _argument(fault, form["argument"])
    seconds = float(form["seconds"]) if form["seconds"] else fault.seconds
    start = float(form["start"] or 0.0)
    return Asked(fault, argument, start, seconds, _leg(fault, argument, form["leg"]))


def _argument(fault: Fault, word: str | None) -> str:
    if not word:
        return fault.arguments[0] if fault.arguments else ""
    argument = fault.aliases.get(word, word)
    if argument not in fault.arguments:
        choices = ", ".join(fault.arguments) or "it takes none"
        raise ValueError(f"{fault.name}: {argument!r} is not one of its arguments: {choices}")
    return argument


def _leg(fault: Fault, argument: str, named: str | None) -> str:
    able = fault.legs(argument)
    if named and named not in able:
        raise ValueError(
            f"{fault.name}: {argument!r} can act on the way out alone: leave @{named} out"
        )
    return named or able[0]
