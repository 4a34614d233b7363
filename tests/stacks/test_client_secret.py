"""The fallback where no federated credential can be had: one setting puts a secret in its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from landbridge.configuration import load_configuration, read_context
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.plan import FAILOVER
from landbridge.domain.settings import parse_settings
from tests.stacks.configured import CLIENT_SECRET as SECRET

ROOT = Path(__file__).resolve().parents[2]
ASKING = next(step for step in FAILOVER if "function_app" in step.uses)


def _context(**changes: object) -> dict[str, Any]:
    document = read_context(ROOT / "cdk.json")["landbridge"]
    return {"landbridge": {**document, "function_app": {**document["function_app"], **changes}}}


def test_one_setting_takes_sts_out_and_the_secret_in(other_assembly: Path) -> None:
    """No role speaks to Entra, STS is not asked, and the steps may read the one secret more."""
    template = json.loads((other_assembly / "Orchestrator.template.json").read_text())
    text = json.dumps(template)
    assert "FunctionCaller" not in text
    assert "sts:AssumeRole" not in json.dumps(
        [one for one in template["Resources"].values() if one["Type"] == "AWS::IAM::Policy"]
    )
    assert f"{SECRET}-??????" in text
    handler = f"functions.{ASKING.name}.handler.lambda_handler"
    (function,) = [
        one["Properties"]
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Function" and one["Properties"]["Handler"] == handler
    ]
    variables = function["Environment"]["Variables"]
    assert SECRET in variables["LANDBRIDGE_SECRETS"].split(",")
    # There, and empty: the token is kept warm all the same.
    assert variables["LANDBRIDGE_FUNCTION_CALLER_ROLE"] == ""
    settings = parse_settings(json.loads(template["Mappings"]["Configured"]["Values"]["Settings"]))
    assert settings.function_app.secret == SECRET


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant_id", "contoso.onmicrosoft.com"),
        ("client_id", ""),
        ("application_id", "api://landbridge"),
        ("authority", "http://login.microsoftonline.com"),
        ("authority", "https://login.microsoftonline.com/common"),
        ("secret", "a secret with spaces"),
    ],
)
def test_what_entra_would_not_know_is_refused(field: str, value: str) -> None:
    """The error names the field."""
    with pytest.raises(ConfigurationError, match=rf"function_app\.{field}"):
        load_configuration(_context(**{field: value}))
