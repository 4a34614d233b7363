"""``landbridge takeover``: a person fails over from Azure, with nothing of AWS asked."""

import json
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from landbridge.cli.choices import Workload
from landbridge.cli.orchestrator import CONFIGURATION, REFUSED, no_workload_of_a_lab
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import printable
from landbridge.domain.takeover_job import LABEL, TakeoverRequest, parse_takeover, takeover_job

if TYPE_CHECKING:
    from landbridge.adapters.function_app import FunctionApp

__all__ = ["function_app", "takeover"]

MANIFEST = Path("deploy/azure/takeover.yaml")


def takeover(
    reason: Annotated[str, typer.Option(help="Why, in a sentence; it goes into the record.")] = "",
    accept_data_loss: Annotated[
        bool, typer.Option("--accept-data-loss", help="Promote although writes may be missing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Fail over although the votes do not confirm it.")
    ] = False,
    take_lock: Annotated[
        str,
        typer.Option(help="How you know that the run that holds the lock is dead: do not wait."),
    ] = "",
    manifest: Annotated[
        bool, typer.Option("--manifest", help="Print the Job, for `kubectl create -f -`.")
    ] = False,
    source: Annotated[
        Path,
        typer.Option("--from", help="With --manifest: takeover.yaml as applied; - reads it."),
    ] = MANIFEST,
    settings: Annotated[
        bool,
        typer.Option("--settings", help="Print the Job's ConfigMap, for `kubectl apply -f -`."),
    ] = False,
    follow: Annotated[bool, typer.Option("--watch", help="Show the run until it ends.")] = False,
    workload: Workload = "",
    lab: Annotated[
        bool, typer.Option("--lab", help="In the lab that is up on this machine.")
    ] = False,
) -> None:
    """Fail over to Azure by a Job in AKS: for when no API of AWS answers."""
    if settings:
        typer.echo(json.dumps(_settings(workload), indent=2))
        return
    if source != MANIFEST and not manifest:
        raise typer.BadParameter("only with --manifest", param_hint="--from")
    if not reason.strip():
        said = 'say why, for the record: --reason "nothing of AWS answers"'
        raise typer.BadParameter(said, param_hint="--reason")
    wanted: dict[str, Any] = {
        "reason": reason,
        # One for each time that a person asks: whoever sends the same again starts no other run.
        "incident": f"by-hand-{secrets.token_hex(8)}",
        "occurred_at": round(time.time(), 3),
        "accept_data_loss": accept_data_loss,
        "force": force,
        **({"take_lock": take_lock} if take_lock else {}),
    }
    request = parse_takeover(wanted, time.time())
    if manifest:
        typer.echo(json.dumps(_job(request, source), indent=2))
        return
    console = Console()
    app = function_app(lab=lab, workload=workload)
    begun = app.start_takeover(wanted)
    console.print(f"Takeover {begun['run']}: {printable(begun['said'])}", markup=False)
    if follow:
        from landbridge.cli.takeover_watching import watch_takeover

        _say_ending(watch_takeover(app, begun["run"], console), console)


def function_app(*, lab: bool, workload: str = "") -> "FunctionApp":
    """Return a workload's Function App, asked as the person who is signed in with the Azure CLI."""
    from landbridge.adapters.function_app import FunctionApp

    if lab:
        no_workload_of_a_lab(workload)
        from lab.clouds.standing import standing_lab

        return standing_lab().function_app()
    from landbridge.adapters.person_tokens import PersonTokens
    from landbridge.configuration import configuration_from_cdk_json
    from landbridge.domain.settings import parse_settings

    configuration = configuration_from_cdk_json(CONFIGURATION, workload)
    settings = parse_settings(configuration.settings()).function_app
    return FunctionApp(settings, PersonTokens(settings))


def _job(request: TakeoverRequest, source: Path) -> dict[str, Any]:
    """Return the Job that the Function App would create, from the manifest that was applied."""
    import yaml

    try:
        read = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8")
        documents = list(yaml.safe_load_all(read))
        (kept,) = [one for one in documents if LABEL in _name(one) and "data" in one]
        text, namespace = kept["data"]["job.json"], kept["metadata"]["namespace"]
        job = json.loads(text)
    except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ConfigurationError(
            f"{source}: {type(error).__name__}: {error}",
            "run it in landbridge's own folder, or give --from",
        ) from None
    return takeover_job(job, namespace=namespace, run=request.run, request=request.document())


def _settings(workload: str) -> dict[str, Any]:
    """Return the ConfigMap with what the steps are told, the same document as the Lambdas have."""
    from landbridge.configuration import configuration_from_cdk_json

    configuration = configuration_from_cdk_json(CONFIGURATION, workload)
    webhook = configuration.webhook
    client_id = configuration.takeover.client_id
    if not client_id:
        raise ConfigurationError(
            "takeover.client_id: empty, so that the Job would be nobody to Entra",
            "put the deployment's output takeoverClientId into cdk.json",
        )
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{LABEL}-settings", "namespace": "landbridge"},
        "data": {
            "LANDBRIDGE_SETTINGS": json.dumps(configuration.settings()),
            "AZURE_CLIENT_ID": client_id,
            "LANDBRIDGE_WEBHOOK_SECRET": webhook.secret if webhook else "",
            "LANDBRIDGE_WEBHOOK_FORMAT": webhook.format if webhook else "",
        },
    }


def _name(document: Mapping[str, Any]) -> str:
    return str(document["metadata"]["name"])


def _say_ending(seen: Mapping[str, Any], console: Console) -> None:
    ending = seen["ending"] or {}
    if seen["ended"] == "succeeded":
        already = "Already On Azure" in seen["state"]
        console.print("Already on Azure: nothing was touched." if already else "Azure serves.")
        return
    told = f"its pods ended before the run did: kubectl logs job/{seen['run']}"
    console.print(printable(str(ending.get("message") or told)), markup=False)
    raise typer.Exit(REFUSED)
