"""AWS's APIs taken away in the world in memory, and AKS's places put behind the real steps.

From ``deny_aws`` on, any use of AWS fails and is counted: a takeover that needed one would show.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import botocore.client
import botocore.session
import pytest

from landbridge.adapters import (
    eks,
    entra,
    environment,
    executions,
    function_app_caller,
    notifications,
    replaceable,
    run_archive,
    runs,
    zone,
)
from landbridge.adapters import secrets as secrets_adapter
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, UP_ADDRESS
from landbridge.domain.errors import SiteUnknownError
from landbridge.takeover import places as places_module
from landbridge.takeover.places import Places
from tests.functions.world import World

__all__ = ["ConfigMaps", "Denied", "deny_aws", "in_places"]

_REQUEST, _TABLE = eks.EksApi.request, runs._table
# What the Function App of the world takes; Entra gives it to the pod alone.
_TOKENS = {"the-takeover": "right"}
_SECRETS = {
    "aws": {"username": "u", "password": "p"},
    "azure": {"username": "u", "password": "p"},
    "hook": {"url": "https://chat.test/hook"},
}


class Denied:
    """What was asked of AWS's APIs after they were denied."""

    def __init__(self) -> None:
        self.asked: list[str] = []


def deny_aws(monkeypatch: pytest.MonkeyPatch) -> Denied:
    """Let every API of AWS fail from now on; the steps' own wires to them are real again."""
    denied = Denied()

    def refuse(_of: object, what: str, *_: object, **__: object) -> None:
        denied.asked.append(what)
        raise SiteUnknownError(f"AWS: {what}: no answer")

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    # EKS's token is signed here, with credentials that only AWS gives: no client is made either.
    monkeypatch.setattr(botocore.session.Session, "create_client", refuse)
    monkeypatch.setattr(eks.EksApi, "request", _REQUEST)
    monkeypatch.setattr(runs, "_table", _TABLE)
    monkeypatch.setattr("landbridge.adapters.postgres.read_secret", secrets_adapter.read_secret)
    recording = "functions.record_run.handler"
    monkeypatch.setattr(f"{recording}.archive_run", run_archive.archive_run)
    monkeypatch.setattr(f"{recording}.execution_steps", executions.execution_steps)
    monkeypatch.setattr("functions.notify_operators.handler.publish", notifications.publish)
    return denied


class ConfigMaps:
    """ConfigMaps of one namespace, as far as records need them; the look is the world's own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.objects: dict[str, dict[str, Any]] = {}

    def request(self, method: str, path: str, body: Any = None, *_: Any) -> tuple[int, str]:
        """Answer as an API server does."""
        name = path.partition("/configmaps")[2].strip("/")
        if name == "landbridge-look":
            return 200, json.dumps({"data": self._world.aks.kubernetes.look})
        if method == "GET" and name.startswith("?"):
            return 200, json.dumps({"items": list(self.objects.values())})
        if method == "POST":
            self.objects[body["metadata"]["name"]] = body
            return 201, "{}"
        if name not in self.objects:
            return 404, "{}"
        if method == "PATCH":
            self.objects[name]["data"] |= body["data"]
            self.objects[name]["metadata"] = body["metadata"]
        return 200, json.dumps(self.objects[name])


@contextmanager
def in_places(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AzureRecords]:
    """Run the steps in AKS's places for the block; messages go to the world's own."""
    (folder / "entra").write_text("the cluster's word")
    for name, secret in _SECRETS.items():
        (folder / name).write_text(json.dumps(secret))

    def posted(_url: str, payload: Any, _seconds: float) -> int:
        world.messages.append(("webhook", json.dumps(payload)))
        return 200

    def answers(name: str, servers: list[str], seconds: float) -> dict[str, Any]:
        if not name.startswith("verdict-"):
            return world.answers(name, servers, seconds)
        # What the checkers see is what AWS's entry answers to anybody.
        up = world.probe_from_aws().result == 200
        return dict.fromkeys(servers, (UP_ADDRESS if up else DOWN_ADDRESS,))

    monkeypatch.setattr(places_module, "post_payload", posted)
    monkeypatch.setattr(zone, "answers", answers)
    records = AzureRecords(cast("Cluster", ConfigMaps(world)), "landbridge")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(replaceable, "_instead", {})
        places = Places(records, folder, "the-takeover", folder / "entra", "hook", "slack")
        monkeypatch.setattr(entra, "_ask", lambda client, _: (_TOKENS[client.client_id], 3600.0))
        monkeypatch.setattr(environment, "caller_tokens", function_app_caller.caller_tokens)
        environment.function_app.cache_clear()
        places.install()
        yield records
