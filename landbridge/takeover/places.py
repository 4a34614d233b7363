"""Where the steps find and keep things in AKS: what AWS has elsewhere, with nothing of AWS asked.

===================  ==============================================================================
Entra's tokens       by the service account's own token: ``AZURE_FEDERATED_TOKEN_FILE``
secrets              files of a mounted Secret: ``landbridge/azure-database`` is
                     ``landbridge.azure-database``
runs, their steps    ConfigMaps (``landbridge.adapters.azure_records``)
a dead run's lock    taken where a person said so, which the run's record has
messages             the chat's webhook, straight from here
EKS                  not asked: a token would need an identity of AWS
orchestrator's vote  Route 53's health checkers', as the zone says it
===================  ==============================================================================
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from landbridge.adapters import (
    eks,
    executions,
    function_app,
    function_app_caller,
    notifications,
    run_archive,
    runs,
    secrets,
    witnesses,
)
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.entra import AccessTokens, Client, file_assertion
from landbridge.adapters.environment import settings
from landbridge.adapters.replaceable import replace
from landbridge.adapters.webhook import TIMEOUT_SECONDS, post_payload
from landbridge.adapters.zone import checkers_ballot
from landbridge.domain.database import DatabaseLook
from landbridge.domain.errors import ClusterUnavailableError, ConfigurationError
from landbridge.domain.history import StepRecord
from landbridge.domain.lock import Taking
from landbridge.domain.settings import Eks
from landbridge.domain.settings import FunctionApp as FunctionAppSettings
from landbridge.domain.votes import Ballot
from landbridge.domain.webhook import Message, check_url, payload_of

__all__ = ["Places"]


@dataclass(frozen=True)
class Places:
    """``client_id`` is the pod's own identity in Entra, ``token_file`` its service account's token.

    ``webhook_format`` is empty where there is no webhook; its secret is {"url"}.
    """

    records: AzureRecords
    secrets_folder: Path
    client_id: str
    token_file: Path
    webhook_secret: str = ""
    webhook_format: str = ""

    def install(self) -> None:
        """Put them in the place of AWS's, in this process."""
        replace(secrets.read_secret, self.read_secret)
        replace(runs.put_record, self.put_record)
        replace(runs.recent_records, self.records.recent)
        replace(runs.read_look, self.read_look)
        replace(run_archive.archive_run, self.archive_run)
        replace(executions.execution_steps, self.execution_steps)
        replace(notifications.publish, self.publish)
        replace(function_app.taking_of, self.taking_of)
        replace(function_app_caller.caller_tokens, self.caller_tokens)
        replace(witnesses.own_ballot, _checkers)
        replace(eks._token, _no_token)  # noqa: SLF001 - the one function of EKS that asks AWS

    def read_secret(self, name: str) -> dict[str, str]:
        """Return the secret's JSON object; raise ConfigurationError, which never quotes it."""
        file = self.secrets_folder / name.replace("/", ".")
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            return {str(key): str(value) for key, value in content.items()}
        except OSError as error:
            said = f"secret {name}: {error.strerror or type(error).__name__}"
            raise ConfigurationError(said, f"put the key {file.name} into the Secret") from None
        except (ValueError, AttributeError):
            raise ConfigurationError(f"secret {name} is not a JSON object") from None

    def caller_tokens(self, of: FunctionAppSettings, _role_arn: str) -> AccessTokens:
        """Return the source of the pod's tokens: the cluster vouches for it, and no secret does."""
        client = Client(of.authority, of.tenant_id, self.client_id, of.application_id)
        return AccessTokens(client, lambda: file_assertion(self.token_file))

    def put_record(
        self,
        run: str,
        kind: str,
        at: float,
        document: dict[str, Any],
        record: dict[str, Any] | None = None,
    ) -> None:
        """Keep the record; of another kind than a run nothing is kept here."""
        if kind == "run":
            self.records.keep(run, at, document=document, record=record or {})

    def read_look(self) -> DatabaseLook | None:
        """Return the primary as the Function App was last told."""
        return self.records.read_look()

    def archive_run(self, run: str, document: Mapping[str, Any]) -> None:
        """Keep the whole with the run's record, for the way home; and what was done of the lock."""
        whole = {**document, "lease": self.records.read(run, "lease")}
        self.records.keep(run, time.time(), whole=whole)

    def execution_steps(self, arn: str) -> list[StepRecord]:
        """Return the steps in the run's journal; its ARN ends with the run's name."""
        journal = self.records.read(arn.rpartition(":")[2], "journal") or {"steps": []}
        return [StepRecord(**step) for step in journal["steps"]]

    def taking_of(self, run: str) -> Taking | None:
        """Return the dead run that a person named before this takeover began, if one did."""
        kept = self.records.read(run, "lease") or {}
        taking = kept.get("taking")
        return None if taking is None else Taking(**taking)

    def publish(self, subject: str, message: str) -> str:
        """Post it to the webhook; without one it is in the log alone, and that is said."""
        if not self.webhook_format:
            raise ConfigurationError(
                "no webhook is configured: nobody was told", 'give "webhook" in cdk.json'
            )
        url = self.read_secret(self.webhook_secret).get("url", "")
        check_url(url, self.webhook_secret)
        payload = payload_of(Message(subject, message), self.webhook_format)
        return f"webhook {post_payload(url, payload, TIMEOUT_SECONDS)}"


def _checkers() -> Ballot:
    # A probe from here would be Azure's own once more.
    return checkers_ballot(settings().names, settings().name_servers)


def _no_token(of: Eks) -> NoReturn:
    raise ClusterUnavailableError(f"EKS {of.cluster} is not asked: no API of AWS is needed here")
