"""``landbridge takeover`` on the terminal, with a Function App of the test's own."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from typer.testing import CliRunner

from lab.azure.tenant import AZURE_CLI
from lab.clouds import standing
from lab.clouds.person import keep_sign_in, person_on_call
from landbridge.adapters import entra, person_tokens
from landbridge.adapters import function_app as adapter
from landbridge.cli import takeover, takeover_watching
from landbridge.cli.main import app
from landbridge.configuration import configuration_from_cdk_json
from landbridge.domain.errors import (
    AccessDeniedError,
    ConfigurationError,
    FunctionUnavailableError,
    LockHeldError,
)
from landbridge.domain.settings import parse_settings

ROOT = Path(__file__).parents[2]
STEP = {"name": "take_lock", "title": "Take Lock", "started_at": 1.0, "result": "done"}
ON = {"job": "running", "lease": None, "state": "", "ended": "", "steps": [], "ending": None}
WAITS = {**ON, "lease": {"reason": "run failover-1 holds the lock in epoch 7; waiting"}}
GONE_ON = {**ON, "state": "Take Lock", "steps": [STEP]}
WELL = {**GONE_ON, "state": "Recovered", "ended": "succeeded", "ending": {"outcome": "recovered"}}
REFUSED = {
    **GONE_ON,
    "state": "Not Failed Over",
    "ended": "failed",
    "ending": {"outcome": "refused", "message": "run failover-1 holds the lock"},
}
DAY_SECONDS = 86_400.0


class SignedIn:
    """The Azure CLI's sign-in of the test's person."""

    error: Exception | None = None

    def __init__(self, *, tenant_id: str, process_timeout: int) -> None:
        assert tenant_id
        assert process_timeout

    def get_token(self, scope: str) -> AccessToken:
        """Give a token as the Azure CLI does."""
        if self.error:
            raise self.error
        return AccessToken(f"my-token for {scope}", int(time.time() + 3600))


class Host:
    """The Function App: what it was asked, and what it answers in turn."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any, Any]] = []
        self.looks: list[Any] = []

    def request(self, method: str, url: str, body: Any, **options: Any) -> tuple[int, Any]:
        """Answer as the routes do."""
        self.asked.append((method, url, body, options["headers"]))
        if method == "POST":
            return 202, {"run": "takeover-manual-1-ab", "said": f"manual: {body['reason']}"}
        look = self.looks.pop(0)
        if isinstance(look, int):
            return look, None
        return 200, {"run": "takeover-manual-1-ab", **look}


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Host:
    """Give a Function App and a person who is signed in, and let no time pass."""
    host = Host()
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(person_tokens, "AzureCliCredential", SignedIn)
    monkeypatch.setattr(adapter, "request_json", host.request)
    monkeypatch.setattr(takeover_watching.time, "sleep", lambda _: None)
    return host


def run(*arguments: str) -> tuple[int, str]:
    """Run the command."""
    answer = CliRunner().invoke(app, ["takeover", *arguments])
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer.exit_code, " ".join(answer.output.split())


def test_a_takeover_is_asked_for_as_the_person_with_the_reason(host: Host) -> None:
    """The person's own token is in a header, and nowhere on the terminal."""
    code, said = run("--reason", "AWS is dead", "--take-lock", "its region burns", "--force")
    assert (code, "Takeover takeover-manual-1-ab: manual: AWS is dead" in said) == (0, True)
    ((method, url, body, headers),) = host.asked
    assert (method, url.rpartition("/api/")[2]) == ("POST", "takeover")
    assert body.pop("incident").startswith("by-hand-")
    assert abs(time.time() - body.pop("occurred_at")) < DAY_SECONDS
    assert body == {
        "reason": "AWS is dead",
        "accept_data_loss": False,
        "force": True,
        "take_lock": "its region burns",
    }
    application = parse_settings(configuration_from_cdk_json(ROOT / "cdk.json").settings())
    wanted = f"api://{application.function_app.application_id}/.default"
    assert headers["Authorization"] == f"Bearer my-token for {wanted}"
    assert "my-token" not in said


def test_it_is_watched_to_its_end(host: Host) -> None:
    """What it waits for, its steps, its end; a look that fails is no end."""
    host.looks = [WAITS, 503, GONE_ON, WELL]
    code, said = run("--reason", "AWS is dead", "--watch")
    assert code == 0
    assert "Taking the run lock in a new epoch" in said
    assert said.endswith("Azure serves.")


def test_a_refusal_is_told_in_its_own_words(host: Host) -> None:
    """And the exit code is a refusal's."""
    host.looks = [REFUSED]
    code, said = run("--reason", "AWS is dead", "--watch")
    assert (code, said.endswith("run failover-1 holds the lock")) == (3, True)


def test_a_job_that_died_says_where_to_look(host: Host) -> None:
    """The run has no end, so nothing is claimed of one."""
    host.looks = [{**GONE_ON, "job": "failed"}]
    code, said = run("--reason", "AWS is dead", "--watch")
    assert (code, "kubectl logs job/takeover-manual-1-ab" in said) == (3, True)


def test_a_run_that_found_azure_serving_says_so(host: Host) -> None:
    """Nothing was touched."""
    host.looks = [{**WELL, "state": "Already On Azure", "ending": None}]
    assert run("--reason", "again", "--watch")[1].endswith("Already on Azure: nothing was touched.")


def test_whoever_is_not_signed_in_is_told_how(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked; and the way without the Function App is named."""
    monkeypatch.setattr(SignedIn, "error", CredentialUnavailableError("Please run 'az login'"))
    with pytest.raises(ConfigurationError, match="no token of yours") as refused:
        run("--reason", "AWS is dead")
    assert refused.value.remedy.startswith("az login --tenant ")
    assert "--manifest" in refused.value.remedy
    assert host.asked == []


def test_whom_entra_refuses_is_told_so(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of the Function App."""
    error = ClientAuthenticationError("AADSTS65001: no consent\nmore")
    monkeypatch.setattr(SignedIn, "error", error)
    with pytest.raises(AccessDeniedError, match="AADSTS65001: no consent Remedy"):
        run("--reason", "AWS is dead")
    assert host.asked == []


def test_each_time_is_a_run_of_its_own(host: Host) -> None:
    """Two persons, or one who asks again after a refusal, are not taken for one request."""
    run("--reason", "AWS is dead")
    run("--reason", "AWS is dead")
    first, second = (body["incident"] for _, _, body, _ in host.asked)
    assert first != second


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((503, None), FunctionUnavailableError),
        ((200, {"page": "hello"}), FunctionUnavailableError),
        ((409, {"error": "LockHeldError", "message": "held"}), LockHeldError),
    ],
)
def test_an_answer_that_is_none_starts_nothing(
    host: Host, monkeypatch: pytest.MonkeyPatch, answer: tuple[int, Any], error: type[Exception]
) -> None:
    """Nobody is told of a run that may not be."""
    monkeypatch.setattr(adapter, "request_json", lambda *_, **__: answer)
    with pytest.raises(error):
        run("--reason", "AWS is dead")
    assert host.asked == []


@pytest.mark.usefixtures("host")
def test_a_reason_is_needed() -> None:
    """It goes into the record."""
    code, said = run()
    assert (code, "--reason" in said) == (2, True)


def test_the_manifest_is_the_job_that_the_function_app_makes(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For kubectl, with nobody signed in and nobody asked."""
    monkeypatch.setattr(SignedIn, "error", CredentialUnavailableError("Please run 'az login'"))
    answer = CliRunner().invoke(
        app, ["takeover", "--manifest", "--reason", "AWS is dead", "--accept-data-loss"]
    )
    job = json.loads(answer.output)
    assert (job["kind"], job["metadata"]["namespace"]) == ("Job", "landbridge")
    (container,) = job["spec"]["template"]["spec"]["containers"]
    told = {one["name"]: one.get("value") for one in container["env"]}
    assert told["LANDBRIDGE_RUN"] == job["metadata"]["name"]
    request = json.loads(told["LANDBRIDGE_REQUEST"])
    assert (request["reason"], request["accept_data_loss"]) == ("AWS is dead", True)
    assert host.asked == []


def test_the_job_is_made_of_the_manifest_that_was_applied(host: Host) -> None:
    """As kubectl shows it: with the registry's own image, which the repository's file has not."""
    texts = list(yaml.safe_load_all((ROOT / takeover.MANIFEST).read_text(encoding="utf-8")))
    (applied,) = [one for one in texts if "data" in one]
    image = "registry.test/landbridge/takeover:1"
    applied["data"]["job.json"] = applied["data"]["job.json"].replace(
        "landbridge/takeover:1", image
    )
    answer = CliRunner().invoke(
        app,
        ["takeover", "--manifest", "--from", "-", "--reason", "AWS is dead"],
        input=json.dumps(applied),
    )
    (container,) = json.loads(answer.output)["spec"]["template"]["spec"]["containers"]
    assert container["image"] == image
    assert host.asked == []


def test_a_manifest_that_would_not_be_read_is_refused(host: Host) -> None:
    """Nothing is started where somebody thought of a file."""
    code, said = run("--reason", "AWS is dead", "--from", "takeover.yaml")
    assert (code, "--from" in said, host.asked) == (2, True, [])


def test_the_settings_are_the_lambdas_own(host: Host) -> None:
    """As a ConfigMap, with nothing secret in it and nobody asked."""
    answer = CliRunner().invoke(app, ["takeover", "--settings"])
    document = json.loads(answer.output)
    assert document["metadata"]["name"] == "landbridge-takeover-settings"
    parsed = parse_settings(json.loads(document["data"]["LANDBRIDGE_SETTINGS"]))
    assert parsed == parse_settings(configuration_from_cdk_json(ROOT / "cdk.json").settings())
    assert set(document["data"]) >= {"LANDBRIDGE_WEBHOOK_SECRET", "LANDBRIDGE_WEBHOOK_FORMAT"}
    assert document["data"]["AZURE_CLIENT_ID"] == parsed.takeover.client_id
    assert host.asked == []


def test_without_the_manifest_it_says_where_to_stand(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is read from the folder in which one is."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"takeover\.yaml"):
        run("--manifest", "--reason", "AWS is dead")
    assert takeover.MANIFEST.name == "takeover.yaml"
    assert host.asked == []


def test_in_a_lab_it_is_the_labs_person_who_asks(
    host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the sign-in that the lab keeps, at the lab's own Entra, and nobody else's."""
    person = person_on_call()
    keep_sign_in(tmp_path, person)
    asked: list[tuple[str, dict[str, str]]] = []

    def post(url: str, body: bytes) -> tuple[int, dict[str, Any]]:
        asked.append((url, dict(parse_qsl(body.decode()))))
        return 200, {"access_token": "the-persons", "expires_in": 3600}

    lab = replace(LAB, folder=str(tmp_path), certificate_authority=str(tmp_path / "ca.pem"))
    monkeypatch.setattr(standing, "standing_lab", lambda: lab)
    monkeypatch.setattr(entra, "_post", post)
    monkeypatch.setenv("SSL_CERT_FILE", "")
    assert run("--reason", "AWS is dead", "--lab")[0] == 0
    ((url, form),) = asked
    assert url.startswith(LAB.entra_url)
    assert (form["grant_type"], form["client_id"]) == ("refresh_token", AZURE_CLI)
    assert form["refresh_token"] == person.refresh_token
    ((_, url, _, headers),) = host.asked
    assert url == f"{LAB.function_url}/api/takeover"
    assert headers["Authorization"] == "Bearer the-persons"
    assert (tmp_path / "operator-sign-in").stat().st_mode & 0o077 == 0


LAB = standing.StandingLab(
    pid=1,
    folder="",
    aws_url="http://127.0.0.1:1",
    account="000000000001",
    stack="a-stack",
    region="eu-central-1",
    name_server="127.0.0.1:1",
    name="orders.shop.test",
    port=1,
    certificate_authority="",
    function_url="https://localhost:1",
    entra_url="https://localhost:2",
)
