"""Secrets, records, messages and runs, against the services' own rules (moto)."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from landbridge.adapters import executions, notifications, runs, secrets
from landbridge.adapters.operations import Operations
from landbridge.domain.database import DatabaseLook, StandbyConnection
from landbridge.domain.errors import ConfigurationError, SiteUnknownError
from tests.adapters.aws_answers import forget_session

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/states"
PASSES = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    forget_session()
    for kept in (secrets._read, runs._table):
        kept.cache_clear()
    with mock_aws():
        yield
    runs._table.cache_clear()


def client(service: str) -> Any:
    """Return the service as its administrator sees it."""
    return boto3.client(service)


class TestSecrets:
    def test_what_was_read_is_kept_for_some_minutes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A rotated secret is read again when the time is over, and not before."""
        now = [1000.0]
        monkeypatch.setattr(secrets.time, "monotonic", lambda: now[0])
        client("secretsmanager").create_secret(Name="database", SecretString='{"password": "a"}')
        assert secrets.read_secret("database") == {"password": "a"}
        client("secretsmanager").put_secret_value(
            SecretId="database", SecretString='{"password": "b"}'
        )
        assert secrets.read_secret("database") == {"password": "a"}
        now[0] += secrets._KEPT_SECONDS
        assert secrets.read_secret("database") == {"password": "b"}

    def test_a_failure_is_not_kept(self) -> None:
        """A secret that is created after the first look for it is found by the next."""
        with pytest.raises(ConfigurationError, match="create it"):
            secrets.read_secret("database")
        client("secretsmanager").create_secret(Name="database", SecretString="{}")
        assert secrets.read_secret("database") == {}

    @pytest.mark.parametrize("text", ["not-json-but-secret", '["secret"]', '"secret"'])
    def test_a_malformed_secret_is_not_quoted(self, text: str) -> None:
        """The error names the secret and has nothing of its content, nor has its cause."""
        client("secretsmanager").create_secret(Name="database", SecretString=text)
        with pytest.raises(ConfigurationError, match="database is not a JSON object") as raised:
            secrets.read_secret("database")
        assert "secret" not in str(raised.value).removeprefix("secret database")
        assert raised.value.__cause__ is None

    def test_a_binary_secret_is_no_object(self) -> None:
        """A secret without text is malformed too."""
        client("secretsmanager").create_secret(Name="database", SecretBinary=b"{}")
        with pytest.raises(ConfigurationError, match="not a JSON object"):
            secrets.read_secret("database")


class TestRuns:
    @pytest.fixture(autouse=True)
    def _table(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keys = {"run": "HASH", "kind": "RANGE"}
        client("dynamodb").create_table(
            TableName="runs",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        monkeypatch.setenv(runs.VARIABLE, "runs")

    def test_a_record_written_twice_is_one(self) -> None:
        """The same run's record replaces itself; another kind of record is another one."""
        for outcome in ("failed", "recovered"):
            runs.put_record("run-1", "run", 12.3456, {"outcome": outcome})
        runs.put_record("run-1", "refusal", 12.0, {"reason": "old"})
        items = client("dynamodb").scan(TableName="runs")["Items"]
        (run,) = [item for item in items if item["kind"]["S"] == "run"]
        assert json.loads(run["document"]["S"]) == {"outcome": "recovered"}
        assert run["at"]["N"] == "12.346"
        assert len(items) == 2

    def test_a_record_is_forgotten_after_its_time(self) -> None:
        """The moment stands with it: seven years later, as in the bucket."""
        runs.put_record("run-1", "run", 1_000.5, {})
        (item,) = client("dynamodb").scan(TableName="runs")["Items"]
        assert item[runs.EXPIRES]["N"] == str(1_000 + 7 * 365 * 86_400)

    def test_a_state_that_does_not_fit_is_left_to_the_bucket(self) -> None:
        """An item has 400 KB; a run whose state has nearly as much is recorded all the same."""
        state = {"said": "é" * 100_000}
        runs.put_record("run-1", "run", 1.0, {"ending": {"outcome": "failed"}, "state": state})
        assert runs.read_record("run-1", "run") == {"ending": {"outcome": "failed"}, "state": {}}

    def test_the_last_look_comes_back_as_it_was(self) -> None:
        """Every field of a look survives the table; the newest look is the one that is kept."""
        assert runs.read_look() is None
        look = DatabaseLook(
            site="aws",
            reachable=True,
            in_recovery=False,
            read_only=False,
            timeline=3,
            current_lsn=2**63,
            synchronous_standby_names="azure",
            standbys=(StandbyConnection("azure", "streaming", "sync", None),),
            heartbeat_at=1234.5,
            epoch=7,
        )
        runs.write_look(DatabaseLook(site="aws", reachable=True), 1.0)
        runs.write_look(look, 2.0)
        assert runs.read_look() == look


class TestMessages:
    def test_a_message_reaches_the_topic(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The whole text goes out under a subject that SNS takes."""
        topic = client("sns").create_topic(Name="operators")["TopicArn"]
        queue = client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
        client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:{REGION}:123456789012:inbox",
            Attributes={"RawMessageDelivery": "false"},
        )
        monkeypatch.setenv(notifications.VARIABLE, topic)
        assert notifications.publish("s" * 150, "line one\nline two")
        (received,) = client("sqs").receive_message(QueueUrl=queue)["Messages"]
        document = json.loads(received["Body"])
        assert (document["Subject"], document["Message"]) == (
            "s" * 96 + "...",
            "line one\nline two",
        )


class TestExecutions:
    @pytest.fixture
    def machine(self, monkeypatch: pytest.MonkeyPatch) -> str:
        """Make a state machine, known to the starter; return its ARN."""
        arn: str = client("stepfunctions").create_state_machine(
            name="failover", definition=json.dumps(PASSES), roleArn=ROLE
        )["stateMachineArn"]
        monkeypatch.setenv(executions.VARIABLE, arn)
        return arn

    def test_a_name_starts_one_run(self, machine: str) -> None:
        """The first start gives the ARN; with that name there is no second one."""
        assert executions.running_execution() == ""
        started = executions.start_execution("incident-1", {"trigger": "alarm"})
        assert started == f"{machine.replace(':stateMachine:', ':execution:')}:incident-1"
        assert executions.running_execution() == "incident-1"
        assert executions.start_execution("incident-1", {"trigger": "manual"}) is None
        listed = client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
        assert [row["name"] for row in listed] == ["incident-1"]

    def test_the_command_line_finds_runs_by_the_stack(self, machine: str) -> None:
        """Outputs name the machine; runs are listed newest first, one is shown with its end."""
        outputs = {"StarterName": "starter", "StateMachineArn": machine}
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        client("cloudformation").create_stack(
            StackName="orchestrator", TemplateBody=json.dumps(template)
        )
        operations = Operations("orchestrator", REGION)
        assert operations.outputs() == outputs
        assert operations.executions() == []
        executions.start_execution("incident-1", {"trigger": "alarm"})
        assert operations.executions() == ["incident-1"]
        run = operations.execution("incident-1")
        assert (run.name, run.status, run.ended_at) == ("incident-1", "RUNNING", None)
        client("stepfunctions").stop_execution(executionArn=run.arn, error="Gone", cause="by hand")
        run = operations.execution("incident-1")
        assert run.status == "ABORTED"
        assert (run.ended_at or 0) >= run.started_at

    def test_a_stack_that_is_not_deployed_is_named(self) -> None:
        """The remedy is to deploy it."""
        with pytest.raises(ConfigurationError, match=r"no-stack.*cdk deploy"):
            Operations("no-stack", REGION).outputs()


def test_a_run_that_was_just_started_may_not_be_there_yet() -> None:
    """DescribeExecution is eventually consistent: not there is not known yet."""
    operations = Operations("orchestrator", REGION)
    operations._outputs = {
        "StateMachineArn": f"arn:aws:states:{REGION}:123456789012:stateMachine:failover"
    }
    with pytest.raises(SiteUnknownError):
        operations.execution("incident-1")
