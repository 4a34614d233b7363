"""The lab's AWS: a process on loopback, its clients, the stacks in it and its Lambda workers."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from lab.aws.deployment import deploy_stack, of_a_site, read_stacks
from lab.aws.observer import OBSERVER
from lab.aws.synthesis import UNPACKED
from lab.processes.children import Child, python
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file

__all__ = ["ACCOUNT", "Access", "Aws", "Worker"]

ACCOUNT = "111122223333"
_SECRET_KEY = "lab"  # noqa: S105 - of an account that exists on this machine alone
# To the emulator an account's number is the access key of its root.
_CREDENTIALS = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": _SECRET_KEY}
_CONFIG = Config(
    proxies={},
    connect_timeout=5,
    read_timeout=150,  # a function of 55 s, on a busy machine
    retries={"total_max_attempts": 1},
    user_agent_extra=OBSERVER,
    s3={"addressing_style": "path"},
)

# A proxy of the environment has no part between two processes of one machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Worker:
    """One live Lambda worker; ``busy`` while it runs an invocation."""

    function: str
    pid: int
    busy: bool


@dataclass(frozen=True)
class Access:
    """An action that a role's session asked for, how often, and what IAM said."""

    role: str
    action: str
    allowed: bool
    times: int


class Aws:
    """``start()`` it, ``deploy()`` into it, ``stop()`` it; all that it writes is in the lab."""

    def __init__(
        self,
        lab: LabFolder,
        *,
        worker_environment: Mapping[str, str] | None = None,
        wait_scale: float = 1.0,
        enforce_iam: bool = True,
        issuer: tuple[str, Path] | None = None,
    ) -> None:
        """Make it a part of ``lab``.

        ``worker_environment`` goes to every Lambda worker (SSL_CERT_FILE, for one). ``wait_scale``
        shortens Wait states and Retry's delays. With ``enforce_iam`` functions may do what their
        roles allow and nothing else. ``issuer`` is the account's own, as which STS signs with the
        private key (PEM); None: tokens that nobody can check.
        """
        self.account = ACCOUNT
        self.endpoint_url = ""
        self._lab = lab
        self._folder = lab.folder("aws")
        self._child: Child | None = None
        self._options = {
            "folder": str(self._folder),
            "unpacked": str(UNPACKED),
            "account": ACCOUNT,
            "secret_key": _SECRET_KEY,
            "wait_scale": wait_scale,
            "enforce_iam": enforce_iam,
            "worker_environment": lab.environment(worker_environment),
            "issuer": [issuer[0], str(issuer[1])] if issuer else [],
        }

    def start(self) -> None:
        """Start the emulator; it answers when this returns. Raises ChildError with its log."""
        argv = python("-m", "lab.aws.emulator", json.dumps(self._options))
        self._child = self._lab.spawn("aws", argv)
        announced = self._folder / "port"
        wait_for_file(announced, child=self._child)
        self.endpoint_url = f"http://127.0.0.1:{announced.read_text()}"

    @property
    def log(self) -> Path:
        """What the emulator wrote."""
        return self._lab.path / "logs" / "aws.log"

    def stop(self) -> None:
        """End the emulator and its workers; harmless when it is gone."""
        if self._child is not None:
            self._child.stop()

    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client of the emulator, as the account's root."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.endpoint_url,
            config=_CONFIG,
            **_CREDENTIALS,
        )

    def deploy(
        self,
        assembly: Path,
        *,
        values: Mapping[str, Mapping[str, str | list[str]]],
        secrets: Mapping[str, Mapping[str, str]],
        health_checks: Mapping[str, str],
        zone_id: str,
        beginning: str = "",
    ) -> dict[str, dict[str, str]]:
        """Deploy the stacks whose name begins so, those of a site apart; return outputs by name.

        ``values`` take the place of what a template is configured with, by stack name. ``secrets``
        (name -> content) are created in each of their regions. ``health_checks`` (logical id -> id)
        and ``zone_id`` are what lab.dns created from the same templates. Raises DeploymentError.
        """
        outputs = {}
        stacks = [
            stack
            for stack in read_stacks(assembly)
            if stack.name.startswith(beginning) and not of_a_site(stack)
        ]
        for region in dict.fromkeys(stack.region for stack in stacks):
            for name, content in secrets.items():
                self.client("secretsmanager", region).create_secret(
                    Name=name, SecretString=json.dumps(content)
                )
        for stack in stacks:
            given = values.get(stack.name, {})
            identifiers = {**health_checks, **dict.fromkeys(stack.zones, zone_id)}
            outputs[stack.name] = deploy_stack(self.client, self.account, stack, given, identifiers)
        return outputs

    def publish_alarm_event(self, event: Mapping[str, Any]) -> None:
        """Send a CloudWatch alarm's event, as documented, on its own region's default bus."""
        self._ask("alarm-events", event)

    def workers(self, function: str | None = None) -> list[Worker]:
        """Return the live workers, of one function or of all."""
        found = [Worker(**one) for one in self._ask("workers")]
        return [worker for worker in found if function in (None, worker.function)]

    def kill_worker(self, function: str) -> list[int]:
        """Kill the function's workers with SIGKILL, in mid-invocation too; return their pids."""
        return list(self._ask("workers/kill", {"function": function})["killed"])

    def crash_next(self, function: str, *, waits: int = 1, sent: str = "") -> None:
        """Kill the function's worker (SIGKILL) in its next work, as it waits for an answer.

        It is the ``waits``-th such wait; with ``sent``, of those for a request with that text in
        it. Where there are fewer, the worker dies when its work is done and nobody heard of it.
        """
        self._ask("workers/crash", {"function": function, "waits": waits, "sent": sent})

    def crashes(self) -> dict[str, str]:
        """Return how the last invocation that was to crash ended, by function: Lambda's error."""
        return {one["function"]: one["error"] for one in self._ask("workers/crashes")}

    def repeat(self, function: str) -> None:
        """From now on run each invocation that succeeds twice; the second answer counts."""
        self._ask("workers/repeat", {"function": function})

    def stop_after(self, function: str) -> None:
        """Stop every execution when the function has done its next work, before any hears of it."""
        self._ask("executions/stop-after", {"function": function})

    def spare(self, function: str, mishap: str) -> bool:
        """Let it not happen to the function any more: ``crash``, ``repeat`` or ``stop-after``.

        Return whether it has since it was asked for.
        """
        answer = self._ask("workers/spare", {"function": function, "mishap": mishap})
        return bool(answer["happened"])

    def begin_outage(self) -> None:
        """Let every API call and invocation but the lab's own be refused with 503, and counted."""
        self._ask("outage/begin", {})

    def end_outage(self) -> None:
        """Let AWS answer again."""
        self._ask("outage/end", {})

    def denied(self) -> dict[str, int]:
        """Return how many calls outages refused so far, by what was asked: ``sns Publish``."""
        return dict(self._ask("outage"))

    def access(self) -> list[Access]:
        """Return what roles asked for so far, and whether their policies allow it."""
        return [Access(**one) for one in self._ask("access")]

    def calls_in_outages(self) -> list[dict[str, Any]]:
        """Return ``{"what", "by", "count", "answered"}`` of the calls that came in outages.

        ``by`` is ``takeover`` or ``others``. None is to be answered; the lab's own do not count.
        """
        return list(self._ask("outage/calls"))

    def _ask(self, route: str, body: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.endpoint_url}/_lab/{route}",
            data=None if body is None else json.dumps(body).encode(),
        )
        with _OPENER.open(request, timeout=10) as answer:
            return json.load(answer)
