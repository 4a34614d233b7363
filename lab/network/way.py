"""One way as the proxy's connections see it: the rule in force, and when it changes."""

import asyncio
import random

from lab.network.rules import Rule, Rules, State, waits_of

__all__ = ["Way"]


class Way:
    """A way by its name; ``announce`` wakes whoever waits for another rule."""

    def __init__(self, name: str, rules: Rules) -> None:
        self._name = name
        self._rules = rules
        self._changed = asyncio.Event()
        self._chance, self._seed = random.Random(0), 0  # noqa: S311 - a network's, not secrets

    @property
    def rule(self) -> Rule:
        """The rule as the file has it now."""
        return self._rules.of(self._name)

    def announce(self) -> None:
        """Let all who wait look again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def chance(self) -> random.Random:
        """Return what decides on losses; a rule with another seed begins it anew."""
        if self.rule.seed != self._seed:
            self._seed = self.rule.seed
            self._chance = random.Random(self._seed)  # noqa: S311 - as above
        return self._chance

    def waits(self, *, opening: bool = False) -> float:
        """Return the seconds that one chunk travels, or that a connection takes to open."""
        return waits_of(self.rule, self.chance(), opening=opening)

    async def until_passable(self) -> None:
        """Return once bytes pass; raise ConnectionResetError where they are cut off."""
        while True:
            changed = self._changed  # taken before the look, so that no change goes unseen
            state = self.rule.state
            if state is State.CUT:
                raise ConnectionResetError("the way is cut")
            if state is State.OPEN:
                return
            await changed.wait()

    async def until_cut(self) -> None:
        """Return once the way is cut."""
        while True:
            changed = self._changed
            if self.rule.state is State.CUT:
                return
            await changed.wait()
