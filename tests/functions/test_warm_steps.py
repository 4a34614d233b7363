"""Steps kept warm: getting ready does no step's work, and what is not ready has a name."""

from typing import Any

import boto3
import pytest
from moto import mock_aws

from landbridge.adapters import environment, secrets, warming
from landbridge.adapters.warming import WARM_EVENT
from landbridge.domain.errors import AccessDeniedError, ConfigurationError
from landbridge.domain.plan import WARMED
from landbridge.domain.settings import VARIABLE
from tests.functions.world import World

REGION = "eu-central-1"


@pytest.mark.parametrize("step", WARMED, ids=lambda step: step.name)
def test_a_warm_step_has_done_nothing(world: World, step: Any) -> None:
    """Every step that a failover waits for answers the warming event and changes nothing."""
    before = world.summary()
    assert world.run(step.name, dict(WARM_EVENT)) == WARM_EVENT
    assert world.summary() == before
    assert (world.table, world.messages) == ({}, [])


def test_a_warm_step_has_its_secrets(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Secrets are read while it is warmed, so that a failover need not wait for them."""
    read: list[str] = []
    monkeypatch.setattr(warming, "read_secret", read.append)
    monkeypatch.setenv("LANDBRIDGE_SECRETS", "one,two")
    world.run("engage_gate", dict(WARM_EVENT))
    assert read == ["one", "two"]


def test_a_step_that_may_not_read_its_secret_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    """What is wrong shows while it is warmed, not in the outage."""

    def denied(name: str) -> None:
        raise AccessDeniedError(f"secret {name}: access denied")

    monkeypatch.setattr(warming, "read_secret", denied)
    monkeypatch.setenv("LANDBRIDGE_SECRETS", "one")
    with pytest.raises(AccessDeniedError, match="secret one"):
        world.run("engage_gate", dict(WARM_EVENT))


def test_a_warm_step_has_its_token(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """A step that asks the Function App has Entra's token; what refuses it shows in quiet times."""

    class Refused:
        def get_ready(self) -> None:
            raise AccessDeniedError("no token from Entra: AADSTS700213")

    monkeypatch.setattr(environment, "caller_tokens", lambda *_: Refused())
    assert world.run("engage_gate", dict(WARM_EVENT)) == WARM_EVENT
    monkeypatch.setenv("LANDBRIDGE_FUNCTION_CALLER_ROLE", "arn:aws:iam::1:role/x")
    with pytest.raises(AccessDeniedError, match="AADSTS700213"):
        world.run("engage_gate", dict(WARM_EVENT))


def test_a_step_with_broken_settings_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    """Broken settings show while it is warmed."""
    monkeypatch.setenv(VARIABLE, "{}")
    with pytest.raises(ConfigurationError, match=r"settings\.\w+: missing"):
        world.run("engage_gate", dict(WARM_EVENT))


def test_all_steps_are_warmed_at_once(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """The minute invokes both starters and every step by the name of its version in use."""
    called: list[str] = []
    monkeypatch.setattr(warming, "_invoke", lambda _client, name: called.append(name) or "")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    assert world.run("warm_steps", {}) == {"warm": len(WARMED)}
    assert sorted(called) == sorted(step.live_name("orders") for step in WARMED)


@mock_aws
def test_a_step_that_is_not_ready_is_named(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """A step whose Lambda is not there fails the minute's run, by its name."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with pytest.raises(
        ConfigurationError, match="landbridge-orders-promote-standby:live: Resource"
    ):
        world.run("warm_steps", {})


@mock_aws
def test_a_rotated_secret_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that lives long does not keep an old password for longer than five minutes."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    now = 1_000.0
    monkeypatch.setattr(secrets.time, "monotonic", lambda: now)
    client = boto3.client("secretsmanager")
    client.create_secret(Name="database", SecretString='{"password": "old"}')
    assert secrets.read_secret("database") == {"password": "old"}
    client.put_secret_value(SecretId="database", SecretString='{"password": "new"}')
    now += 301.0
    assert secrets.read_secret("database") == {"password": "new"}
