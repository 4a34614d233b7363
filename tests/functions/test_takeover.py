"""The machine in AWS dies with AWS's APIs at each of its steps; a takeover goes on from Azure.

Both walk the very machine with the real steps, in a world with users who keep what was
acknowledged to them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from landbridge.adapters import witnesses
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.machine.frames import Due, Frame, Outcome, parse_frame
from landbridge.domain.machine.moving import after, begin, due
from landbridge.domain.machine.reading import read_machine
from landbridge.domain.plan import FAILOVER
from landbridge.domain.takeover_lease import decide_lease
from tests.functions.interruptions import LEASE_SECONDS
from tests.functions.takeover_places import Denied, deny_aws, in_places
from tests.functions.users import Users
from tests.functions.wholeness import what_is_wrong
from tests.functions.world import World, handler
from tests.statemachines.one_thread import OneThread

MACHINE = read_machine(
    (Path(__file__).parents[2] / "statemachines/failover.asl.json").read_text(encoding="utf-8")
)
STEPS = {f"${{{step.substitution}}}": step.name for step in FAILOVER}
IN_A_RUN = len(FAILOVER) - 1  # all but the undo
ALARM = {"trigger": "alarm", "reason": "AWS is unhealthy by Route 53's checkers"}
PERSON = {"trigger": "manual", "reason": "nothing of AWS answers"}
Fault = Callable[[World], None]
FAULTS: Mapping[str, Fault] = {"region": World.lose_aws, "entry": World.break_health}


class KilledError(BaseException):
    """The executor is gone: nothing of its own code can do anything about it."""


class Walk:
    """One executor's walk; it is killed around its ``kill_at``-th step, if it has one."""

    def __init__(
        self, world: World, run: str, request: Mapping[str, Any], kill_at: int = 0
    ) -> None:
        self.world, self.kill_at = world, kill_at
        self.context = {
            "Execution": {"Id": f"takeover:{run}", "Name": run, "StartTime": "2026-11-28T09:00:00Z"}
        }
        self.frame = begin(MACHINE, dict(request), self.context)
        self.called: list[str] = []

    def go(self, *, done: bool) -> None:
        """Walk to the end; killed as its step begins, or when it is ``done`` and not yet noted."""
        while one := next(iter(due(MACHINE, self.frame, self.context)), None):
            outcome = self._call(one, done=done) if one.resource else Outcome()
            self.frame = _kept(after(MACHINE, self.frame, one.path, outcome, self.context))

    def _call(self, one: Due, *, done: bool) -> Outcome:
        step = STEPS[one.resource]
        self.called.append(step)
        killed = len(self.called) == self.kill_at
        if killed and not done:
            raise KilledError
        try:
            answer = self.world.run(step, one.payload)
        except LandbridgeError as error:
            outcome = Outcome(error=type(error).__name__, cause=str(error))
        else:
            outcome = Outcome(result=json.loads(json.dumps(answer)))
        if killed:
            raise KilledError
        return outcome


def _kept(frame: Frame) -> Frame:
    return parse_frame(json.loads(json.dumps(frame.document())))


class Story:
    """A world, its two executors, and what was asked of AWS once it was denied."""

    def __init__(
        self, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, machines: OneThread
    ) -> None:
        self.world, self._folder, self._monkeypatch = world, folder, monkeypatch
        self.denied = Denied()
        for module in (handler("observe_sites"), handler("fence_primary"), witnesses):
            monkeypatch.setattr(module, "ThreadPoolExecutor", machines.executor)
        world.users = Users()
        world.users.write(world)

    def machine_dies(self, at: int, *, done: bool, lease_seconds: float = LEASE_SECONDS) -> None:
        """Let AWS's machine walk until its APIs die; its lease runs out, unless told otherwise."""
        with pytest.raises(KilledError):
            Walk(self.world, "failover-alarm-1", ALARM, at).go(done=done)
        self.world.now += lease_seconds

    def takeover(self, kill_at: int = 0, *, done: bool = False, take_lock: str = "") -> Walk:
        """Deny AWS, and fail over from Azure; a killed pod is started again where it was.

        ``take_lock``: a person says that whoever holds the lock is dead.
        """
        self.denied = deny_aws(self._monkeypatch)
        with in_places(self.world, self._folder, self._monkeypatch) as records:
            if take_lock:
                lock, _ = self.world.aks.read_lock() or (None, "")
                decided = decide_lease(
                    lock, lock, "takeover-manual-1", self.world.now, take_lock=take_lock
                )
                assert decided.taking is not None
                lease = {"taking": asdict(decided.taking)}
                records.keep("takeover-manual-1", self.world.now, lease=lease)
            walk = Walk(self.world, "takeover-manual-1", PERSON, kill_at)
            if kill_at:
                with pytest.raises(KilledError):
                    walk.go(done=done)
                walk.kill_at = 0
            walk.go(done=done)
            self.record = records.read("takeover-manual-1", "record")
        return walk

    def told(self, walk: Walk) -> str:
        """Return what a person needs to understand a failure."""
        ended = f"{walk.frame.state}: {walk.frame.error}: {walk.frame.cause}"
        return f"{ended}\n{walk.called}\n{self.world.summary()}"


@pytest.fixture(name="story")
def _story(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machines: OneThread
) -> Story:
    return Story(world, tmp_path, monkeypatch, machines)


def whole_in_azure(story: Story, walk: Walk) -> None:
    """Check that Azure serves, nothing is lost, nobody else serves, and AWS was asked nothing."""
    assert walk.frame.state in {"Recovered", "Already On Azure"}, story.told(walk)
    assert what_is_wrong(story.world, "azure") == [], story.told(walk)
    assert story.denied.asked == []


@pytest.mark.parametrize("fault", FAULTS)
def test_with_aws_denied_from_the_start(story: Story, fault: str) -> None:
    """Azure serves, the record is in AKS, the chat is told, and no API of AWS was asked."""
    FAULTS[fault](story.world)
    walk = story.takeover()
    whole_in_azure(story, walk)
    assert walk.frame.state == "Recovered"
    assert story.record is not None
    assert (story.record["outcome"], story.record["trigger"]) == ("recovered", "manual")
    assert [kind for kind, _ in story.world.messages] == ["webhook"]
    assert story.world.table.keys() == {("last-look", "look")}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, IN_A_RUN + 1))
def test_with_aws_denied_from_a_step_on(story: Story, fault: str, at: int, done: bool) -> None:  # noqa: FBT001 - pytest names it
    """The machine dies around that step; the takeover goes on from what is true."""
    FAULTS[fault](story.world)
    story.machine_dies(at, done=done)
    whole_in_azure(story, story.takeover())


HOLDING = range(4, IN_A_RUN)  # from the step after the lock to the one that frees it


@pytest.mark.parametrize("at", HOLDING)
def test_a_dead_runs_lock_is_taken_by_a_persons_word(story: Story, at: int) -> None:
    """Its lease lasts still: without that word the takeover names it, with it goes on."""
    World.lose_aws(story.world)
    story.machine_dies(at, done=False, lease_seconds=1.0)
    refused = story.takeover()
    assert refused.frame.error in {"LockHeldError", ""}, story.told(refused)
    assert refused.frame.state in {"Not Failed Over", "Already On Azure"}
    if refused.frame.error:
        assert "run failover-alarm-1 holds the lock" in refused.frame.cause
    whole_in_azure(story, story.takeover(take_lock="its region burns"))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, IN_A_RUN + 1))
def test_a_takeover_killed_at_a_step_goes_on(story: Story, fault: str, at: int, done: bool) -> None:  # noqa: FBT001 - pytest names it
    """Its step may run twice; the run ends as if its pod had lived."""
    FAULTS[fault](story.world)
    walk = story.takeover(at, done=done)
    whole_in_azure(story, walk)
    assert walk.frame.state == "Recovered"


def test_with_aws_serving_nothing_happens(story: Story) -> None:
    """No API of AWS answers, and its users are served: both witnesses see it up."""
    before = story.world.summary()
    walk = story.takeover()
    assert (walk.frame.state, walk.frame.error) == ("Not Failed Over", "OutageNotConfirmedError")
    assert story.world.summary() == before
    assert what_is_wrong(story.world, "aws") == []
    assert story.denied.asked == []
