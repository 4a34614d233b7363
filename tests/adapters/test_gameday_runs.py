"""The runs that a GameDay looks at, and its abort, as Step Functions and DynamoDB have them."""

import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from landbridge.adapters import executions, runs
from landbridge.adapters.executions import execution_status, executions_since
from landbridge.adapters.operations import Operations
from landbridge.adapters.runs import ABORT, read_record
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gameday import Leg

REGION = "eu-central-1"
DEFINITION = '{"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}'


@pytest.fixture(name="machines")
def _machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        runs.VARIABLE: "runs",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws(config={"stepfunctions": {"execute_state_machine": False}}):
        made = {name: _make(name) for name in ("failover", "failback", "gameday")}
        monkeypatch.setenv(executions.VARIABLE, made["failover"])
        monkeypatch.setenv(executions.OTHER_VARIABLE, made["failback"])
        runs._table.cache_clear()
        _make_table()
        yield made
    runs._table.cache_clear()


def _make(name: str) -> str:
    states: Any = boto3.client("stepfunctions", region_name=REGION)
    role = "arn:aws:iam::123456789012:role/machine"
    made = states.create_state_machine(name=name, definition=DEFINITION, roleArn=role)
    return str(made["stateMachineArn"])


def _make_table() -> None:
    keys = {"run": "HASH", "kind": "RANGE"}
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName="runs",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        BillingMode="PAY_PER_REQUEST",
    )


def begin(machine: str, name: str) -> str:
    """Let an execution be on; return its ARN."""
    states: Any = boto3.client("stepfunctions", region_name=REGION)
    started = states.start_execution(stateMachineArn=machine, name=name, input="{}")
    return str(started["executionArn"])


def test_runs_of_both_ways_since_a_moment_are_found(machines: dict[str, str]) -> None:
    """Those that are on and those that ended; none that began before."""
    begin(machines["failover"], "failover-alarm-1")
    ended = begin(machines["failback"], "failback-manual-1")
    boto3.client("stepfunctions", region_name=REGION).stop_execution(executionArn=ended)
    assert set(executions_since(time.time() - 60)) == {
        Leg("failover-alarm-1", "RUNNING"),
        Leg("failback-manual-1", "ABORTED"),
    }
    assert executions_since(time.time() + 60) == []


def test_a_run_is_known_by_its_name(machines: dict[str, str]) -> None:
    """Whichever way it goes; what nobody started has no status."""
    begin(machines["failback"], "failback-gameday-1")
    assert execution_status("failback-gameday-1") == "RUNNING"
    assert execution_status("failover-gameday-1") == ""


def operations(machines: dict[str, str]) -> Operations:
    """Return the orchestrator with those machines."""
    found = Operations("orchestrator", REGION)
    found._outputs = {"GamedayMachineArn": machines["gameday"], "RunsTableName": "runs"}
    return found


def test_an_abort_is_what_the_next_look_reads(machines: dict[str, str]) -> None:
    """The GameDay that is on, who and why."""
    begin(machines["gameday"], "gameday-manual-1")
    assert operations(machines).abort_gameday(by="ann", reason="enough") == "gameday-manual-1"
    assert read_record("gameday-manual-1", ABORT) == {"by": "ann", "reason": "enough"}


def test_without_a_gameday_there_is_nothing_to_abort(machines: dict[str, str]) -> None:
    """A person is told so."""
    with pytest.raises(ConfigurationError, match="no GameDay is on"):
        operations(machines).abort_gameday(by="ann", reason="enough")


def test_a_gameday_is_read_from_its_own_machine(machines: dict[str, str]) -> None:
    """The name's beginning says which."""
    begin(machines["gameday"], "gameday-manual-1")
    assert json.dumps(operations(machines).execution("gameday-manual-1").name)


def test_the_gameday_that_is_on_is_known_by_name(machines: dict[str, str]) -> None:
    """For the one screen; one that ended is not on."""
    one = operations(machines)
    assert one.running_gameday() == ""
    arn = begin(machines["gameday"], "gameday-manual-1")
    assert one.running_gameday() == "gameday-manual-1"
    boto3.client("stepfunctions", region_name=REGION).stop_execution(executionArn=arn)
    assert one.running_gameday() == ""
