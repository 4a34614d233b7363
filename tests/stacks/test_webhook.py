"""The chat's webhook in the template: there where it is configured, and nowhere else."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.aws.synthesis import synthesize
from landbridge.configuration import load_configuration, read_context
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.plan import WEBHOOK
from tests.stacks.configured import WEBHOOK as CONFIGURED
from tests.stacks.configured import everything
from tests.stacks.published import live_of

Template = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
SECRET = CONFIGURED["secret"]
HANDLER = "functions.post_webhook.handler.lambda_handler"


def _context(webhook: object) -> dict[str, Any]:
    document = read_context(ROOT / "cdk.json")["landbridge"]
    return {"landbridge": {**document, "webhook": webhook}}


@pytest.fixture(scope="module", name="template")
def _template() -> Template:
    assembly = synthesize(everything())
    return dict(json.loads((assembly / "Orchestrator.template.json").read_text()))


def _named(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    found = template["Resources"].items()
    return {name: one["Properties"] for name, one in found if one["Type"] == kind}


def _function(template: Template) -> tuple[str, dict[str, Any]]:
    functions = _named(template, "AWS::Lambda::Function").items()
    (found,) = [one for one in functions if one[1]["Handler"] == HANDLER]
    return found


def test_without_a_webhook_nothing_of_it_is_there(orchestrator: Template) -> None:
    """cdk.json configures none: no function, no subscription."""
    handlers = [one["Handler"] for one in _named(orchestrator, "AWS::Lambda::Function").values()]
    assert HANDLER not in handlers
    assert _named(orchestrator, "AWS::SNS::Subscription") == {}


def test_the_function_hears_the_operators_topic(template: Template) -> None:
    """It is subscribed, may be called by that topic alone, and what SNS cannot deliver is kept."""
    name, function = _function(template)
    (topic,) = _named(template, "AWS::SNS::Topic")
    (subscription,) = _named(template, "AWS::SNS::Subscription").values()
    (queue,) = [one for one in _named(template, "AWS::SQS::Queue") if "LostMessages" in one]
    permissions = _named(template, "AWS::Lambda::Permission").values()
    (permission,) = [one for one in permissions if one["Principal"] == "sns.amazonaws.com"]

    assert (subscription["Protocol"], subscription["TopicArn"]) == ("lambda", {"Ref": topic})
    assert subscription["Endpoint"] == {"Ref": live_of(template, name)}
    assert subscription["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] == queue
    assert permission["SourceArn"] == {"Ref": topic}
    assert function["Timeout"] == WEBHOOK.timeout_seconds


def test_lambda_tries_again_and_keeps_what_failed(template: Template) -> None:
    """Two more tries, for half an hour; then the message waits in an encrypted queue."""
    name, _ = _function(template)
    (config,) = [
        one
        for one in _named(template, "AWS::Lambda::EventInvokeConfig").values()
        if one["FunctionName"] == {"Ref": name}
    ]
    queues = _named(template, "AWS::SQS::Queue")
    kept = config["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]

    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 1_800)
    assert "Key" in queues[kept]["KmsMasterKeyId"]["Fn::GetAtt"][0]
    assert queues[kept]["MessageRetentionPeriod"] == 14 * 86_400


def test_the_url_is_in_the_secret_alone(template: Template) -> None:
    """The function is told the secret's name and may read that one; no template has a URL."""
    _, function = _function(template)
    variables = function["Environment"]["Variables"]
    role = function["Role"]["Fn::GetAtt"][0]
    policies = [
        one
        for one in _named(template, "AWS::IAM::Policy").values()
        if {"Ref": role} in one["Roles"]
    ]
    statements = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]
    own = {
        action: json.dumps(one["Resource"])
        for one in statements
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
        if not action.startswith(("logs:", "xray:"))
    }

    assert variables["LANDBRIDGE_WEBHOOK_FORMAT"] == "teams"
    assert variables["LANDBRIDGE_WEBHOOK_SECRET"] == SECRET
    using_the_key = {"kms:Decrypt", "kms:GenerateDataKey"}
    assert set(own) == {"secretsmanager:GetSecretValue", "sqs:SendMessage", *using_the_key}
    assert f"{SECRET}-??????" in own["secretsmanager:GetSecretValue"]
    assert "LostMessages" in own["sqs:SendMessage"]


@pytest.mark.parametrize(
    ("webhook", "said"),
    [
        ({"format": "irc", "secret": SECRET}, "landbridge.webhook.format: 'irc'"),
        ({"format": "slack"}, "landbridge.webhook.secret: it is missing"),
        (
            {"format": "slack", "secret": "https://hooks.slack.com/x"},
            "landbridge.webhook.secret: its value looks like a chat's webhook",
        ),
        (
            {"format": "slack", "secret": "https://chat.shop.test/x"},
            "landbridge.webhook.secret: a value that is not shown",
        ),
    ],
)
def test_a_webhook_that_cannot_be_is_refused(webhook: object, said: str) -> None:
    """A URL in the place of the secret's name is refused, unquoted, before a template has it."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(_context(webhook))
    assert said in str(refused.value)
    assert "https:" not in str(refused.value)
