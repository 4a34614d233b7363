"""The parent of two workloads in an emulated AWS that enforces IAM, with their own starters.

There is nothing behind the workloads, so the first one's run fails: what is seen is the way to it,
and what becomes of the one that waits for it.
"""

import time
import types
from collections.abc import Iterator
from typing import Any

import pytest

from lab.aws.service import ACCOUNT, Aws
from lab.aws.synthesis import synthesize
from lab.clouds.standing import lab_credentials
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from landbridge.adapters.operations import WAVES, Execution, Operations
from landbridge.domain.plan import WAVES as WAVES_STEPS
from tests.configuration.several import several
from tests.drill import rights

REGION = "eu-central-1"
STACKS = ("landbridge-orders-orchestrator", "landbridge-billing-orchestrator", "landbridge-waves")


class Deployed:
    """Two workloads and their parent; ``begun`` and ``refused`` are what its starter answered."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        assembly = synthesize(several({}))
        for name in STACKS:
            aws.deploy(
                assembly, values={}, secrets={}, health_checks={}, zone_id="Z1", beginning=name
            )
        self.orders, self.billing, self.parent = (self.operations(name) for name in STACKS)
        self.begun, self.refused = self.ask("the region is lost"), self.ask("another asks too")
        wait_until(lambda: self.run.status != "RUNNING", "the end of the waves", timeout_seconds=60)

    def operations(self, stack: str) -> Operations:
        """Return a stack's orchestrator."""
        return Operations(stack, REGION, self.aws.endpoint_url, lab_credentials(ACCOUNT))

    def ask(self, reason: str) -> dict[str, Any]:
        """Ask the parent's starter for all workloads."""
        event = {"reason": reason, "occurred_at": time.time(), "flow": "failover"}
        return self.parent.start(event, WAVES)

    @property
    def run(self) -> Execution:
        """The parent's run as it stands."""
        return self.parent.execution(self.begun["run"])


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    """Deploy both and ask for both, in an emulator of their own."""
    with LabFolder() as lab:
        emulator = Aws(lab, wait_scale=0.01)
        emulator.start()
        try:
            yield Deployed(emulator)
        finally:
            emulator.stop()


def test_the_first_has_a_run_of_its_own_and_the_one_after_it_none(deployed: Deployed) -> None:
    """By its own starter; it fails, so the one that waits for it is not begun, and says why."""
    assert deployed.begun["started"], deployed.begun
    run = deployed.run
    assert (run.status, run.error) == ("FAILED", "WavesIncomplete")
    orders, billing = run.state["plan"]["endings"]
    assert deployed.orders.executions() == [orders["run"]]
    assert deployed.billing.executions() == []
    assert (orders["workload"], orders["outcome"]) == ("orders", "failed")
    assert (billing["workload"], billing["outcome"]) == ("billing", "not_begun")
    assert billing["reason"] == "it waits for orders, which failed"
    assert run.state["report"]["untold"] == ["orders", "billing"]


def test_a_second_parent_beside_it_is_refused_by_name(deployed: Deployed) -> None:
    """The answer has the name of the one that is on."""
    assert deployed.refused["started"] is False
    assert deployed.refused["reason"] == f"another run, {deployed.begun['run']}, is on already"


def test_its_roles_allow_what_it_asks_for_and_no_more(deployed: Deployed) -> None:
    """IAM refused nothing; what is allowed beside is asked where a starter refuses."""
    there: Any = types.SimpleNamespace(
        aws=deployed.aws, configuration=types.SimpleNamespace(orchestrator_region=REGION)
    )
    steps = {step.name for step in WAVES_STEPS}
    granted, asked, refused = (
        {one for one in found if one[0] in steps and not rights.why_not_asked(*one)}
        for found in (rights.granted(there), rights.asked(there), rights.refused(there))
    )
    assert refused == set()
    assert asked <= granted
    assert granted - asked == {("start_workload", "states:DescribeExecution")}
