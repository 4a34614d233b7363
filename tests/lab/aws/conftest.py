"""An emulated AWS with the stacks in it, one for all tests that leave it usable."""

import io
import json
import os
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lab.aws.deployment import read_stacks
from lab.aws.service import Aws
from lab.aws.synthesis import synthesize
from lab.dns.control_plane import CreatedZone, create_route53_resources
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from tests.stacks.configured import everything

ORCHESTRATOR = "landbridge-orders-orchestrator"
HEALTH = "landbridge-orders-health"
REGION = "eu-central-1"
SECRETS = {
    "landbridge/aws-database": {"username": "landbridge", "password": "one"},
    "landbridge/azure-database": {"username": "landbridge", "password": "two"},
    "landbridge/webhook": {"url": "https://chat.shop.test/secret"},
}


@pytest.fixture(scope="session")
def assembly() -> Path:
    """Return the cloud assembly that app.py wrote, of all that can be configured."""
    return synthesize(everything())


@pytest.fixture(scope="session")
def zone(assembly: Path) -> CreatedZone:
    """Return what lab.dns makes of the templates' Route 53 resources, in a moto of this process."""
    templates = [stack.template for stack in read_stacks(assembly)]
    with mock_aws():
        client = boto3.client("route53", region_name="us-east-1")
        return create_route53_resources(templates, {}, client)


@pytest.fixture(scope="session")
def aws() -> Iterator[Aws]:
    """Return an emulator that skips what Wait and Retry would wait for."""
    with LabFolder() as lab:
        emulator = Aws(lab, wait_scale=0.01)
        emulator.start()
        yield emulator
        emulator.stop()


@pytest.fixture(scope="session")
def outputs(aws: Aws, assembly: Path, zone: CreatedZone) -> dict[str, dict[str, str]]:
    """Return the outputs of the stacks, deployed into the emulator as they are."""
    return aws.deploy(
        assembly,
        values={},
        secrets=SECRETS,
        health_checks=zone.health_checks,
        zone_id=zone.zone_id,
    )


@pytest.fixture(scope="session", autouse=True)
def _no_account() -> Iterator[None]:
    """Keep whatever AWS account this machine knows out of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        yield


@pytest.fixture(scope="session", name="run_flow")
def _run_flow(aws: Aws) -> "FlowRunner":
    """Return what runs a small machine around one small function."""
    return FlowRunner(aws)


class FlowRunner:
    """One function, ``work``, that does what its event says; machines made around it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.functions: Any = aws.client("lambda", REGION)
        self.states: Any = aws.client("stepfunctions", REGION)
        roles: Any = aws.client("iam", REGION)
        trust = {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]},
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = roles.create_role(RoleName="flow", AssumeRolePolicyDocument=document)
        self.role: str = role["Role"]["Arn"]
        self.work = WORK
        self.function = self.create_function("work", WORK, timeout=2)

    def create_function(self, name: str, source: str, timeout: int, **others: str) -> str:
        """Create a function of one module, and ``others`` by their names; return its ARN."""
        bundle = io.BytesIO()
        with zipfile.ZipFile(bundle, "w") as archive:
            for module, text in {"module": source, **others}.items():
                archive.writestr(f"{module}.py", text)
        created = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.14",
            Role=self.role,
            Handler="module.lambda_handler",
            Code={"ZipFile": bundle.getvalue()},
            Timeout=timeout,
        )
        return str(created["FunctionArn"])

    def invoke(self, name: str, event: Any) -> tuple[Any, bool]:
        """Invoke the function; return what it answered and whether that is an error."""
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), "FunctionError" in answer

    def task(self, event: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """Return a Task of ``work`` that ends its branch unless it has a Next."""
        end = {} if "Next" in fields else {"End": True}
        return {
            "Type": "Task",
            "Resource": self.function,
            "Parameters": event,
            **end,
            **fields,
        }

    def start(self, states: dict[str, Any], *, given: Any = None, **fields: Any) -> str:
        """Start a machine of ``states`` and return the execution's ARN."""
        definition = {"StartAt": next(iter(states)), "States": states, **fields}
        machine = self.states.create_state_machine(
            name=f"flow-{uuid.uuid4().hex}",
            definition=json.dumps(definition),
            roleArn=self.role,
        )["stateMachineArn"]
        started = self.states.start_execution(
            stateMachineArn=machine, name="run", input=json.dumps(given or {})
        )
        return str(started["executionArn"])

    def ended(self, execution: str) -> dict[str, Any]:
        """Return the execution once it has ended."""

        def described() -> dict[str, Any]:
            return dict(self.states.describe_execution(executionArn=execution))

        wait_until(lambda: described()["status"] != "RUNNING", "end of the execution")
        return described()

    def run(self, states: dict[str, Any], *, given: Any = None, **fields: Any) -> dict[str, Any]:
        """Run a machine of ``states`` to its end; its description, ``history`` added."""
        execution = self.start(states, given=given, **fields)
        ended = self.ended(execution)
        return {**ended, "history": self.history(execution)}

    def history(self, execution: str) -> list[dict[str, Any]]:
        """Return the execution's events."""
        pages = self.states.get_execution_history(executionArn=execution, maxResults=1000)
        return list(pages["events"])


WORK = """
import os, sys, time

class RolloutPendingError(Exception):
    pass

calls = {}

def lambda_handler(event, context):
    do = event.get("do")
    print("working", do)
    if do == "raise":
        raise RolloutPendingError("not yet")
    if do == "fail_times":
        calls[event["id"]] = calls.get(event["id"], 0) + 1
        if calls[event["id"]] <= event["times"]:
            raise RolloutPendingError("not yet")
    if do == "sleep":
        time.sleep(event["seconds"])
    if do == "wait_for_file":
        while not os.path.exists(event["file"]):
            time.sleep(0.01)
    if do == "touch_and_wait":
        open(event["file"], "w").close()
        time.sleep(60)
    if do == "exit":
        sys.exit(3)
    if do == "environment":
        return {"environment": dict(os.environ), "path": sys.path}
    return {"pid": os.getpid(), "name": context.function_name}
"""
