"""Every configuration that somebody may write: what is taken works, what is refused is named."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import app as cdk_app
from azure_functions.app_settings import settings_from
from landbridge.cli.main import app as command_line
from landbridge.configuration import (
    configuration_from_cdk_json,
    deployment_from_cdk_json,
    load_configuration,
    read_context,
)
from landbridge.configuration.fields import configuration_fields
from landbridge.database_pod.environment import guard_settings, pod_settings, rebuild_order
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.settings import VARIABLE, parse_settings, settings_from_environment
from tests.azure_functions.test_app_settings import GOOD
from tests.configuration.several import several
from tests.malformed.mutations import SECRET, Case, junk_texts, spoilt
from tests.sample_settings import settings_document

CDK_JSON = Path(__file__).parents[2] / "cdk.json"
CONTEXT = {"landbridge": json.loads(CDK_JSON.read_text())["context"]["landbridge"]}
FULL = json.loads(json.dumps(CONTEXT))
FULL["landbridge"] |= {
    "hosted_zone_id": "Z123",
    "name_servers": ["192.0.2.53:53"],
    "records": [{"name": "www.shop.test", "target": "lb.shop.test"}],
    "database_pod": {"namespace": "orders", "stateful_set": "db", "job": "rebuild"},
    "gameday": {
        "time_zone": "Europe/Berlin",
        "schedule": {"day": "tue", "at": "10:30", "week": 1},
        "blocked_windows": [{"name": "freeze", "days": ["fri"], "first_date": "2026-12-20"}],
        "alarms": ["checkout"],
    },
    "budgets": {"rpo_seconds": 5.0, "rpo_bytes": 1_000, "streaming_seconds": 10.0},
}
POD = {
    "SITE": "aws",
    "DATA_FOLDER": "/data",
    "SETTINGS_FOLDER": "/settings",
    "GATE_URL": "https://functions.shop.test/api/gate",
    "GATE_APPLICATION_ID": "the-function-app",
    "AZURE_TENANT_ID": "a-tenant",
    "AZURE_CLIENT_ID": "the-database",
    "AZURE_FEDERATED_TOKEN_FILE": "/entra/token",
    "GUARD_SECONDS": "2",
    "RUN": "failback-manual-1",
    "PRIMARY_CONNINFO": "host=azure.shop.test user=replicator passfile=/settings/passfile",
    "SLOT": "aws",
    "DISCARD_FORKED_ROWS": "false",
}


def _params(document: Mapping[str, Any], seed: int, most: int) -> list[Any]:
    cases = spoilt(dict(document), seed, most)
    names = (f"{n}-{case.field[-24:]!a}-{case.what[:12]!a}" for n, case in enumerate(cases))
    return [pytest.param(case, id=name) for case, name in zip(cases, names, strict=True)]


FILES = _params({"context": FULL}, 1, 260)
OVERRIDES = _params(FULL, 2, 60)
TOLD = _params({"context": FULL}, 8, 80)
SETTINGS = _params(settings_document(), 3, 160)
LISTS = _params({"context": several({})}, 10, 160)


def refusal(load: Callable[[], object]) -> ConfigurationError | None:
    """Return why it was refused, None where it was not."""
    try:
        load()
    except ConfigurationError as error:
        return error
    return None


def assert_clear(error: ConfigurationError, case: Case) -> None:
    """Check that each line has a remedy, one of them the spoilt field, and none the secret."""
    text = str(error)
    assert SECRET not in text
    assert case.named in text
    for line in text.splitlines():
        assert "Remedy: " in line
        assert line.isprintable(), ascii(line)
        assert len(line) < 900


@pytest.mark.parametrize("case", FILES)
def test_a_spoilt_cdk_json_is_refused_or_works(case: Case, tmp_path: Path) -> None:
    """The file is read as the command line does; what it says reaches the functions whole."""
    file = tmp_path / "cdk.json"
    file.write_bytes(case.sent)
    configurations: list[Any] = []
    error = refusal(lambda: configurations.append(configuration_from_cdk_json(file)))
    assert [one.name for one in tmp_path.iterdir()] == ["cdk.json"]
    if error is not None:
        assert_clear(error, case)
        return
    assert case.what != "given twice"
    settings = parse_settings(json.loads(configurations[0].settings_text()))
    assert settings.workload == configurations[0].workload


@pytest.mark.parametrize("case", TOLD)
def test_a_spoilt_cdk_json_is_judged_and_explained(case: Case, tmp_path: Path) -> None:
    """Judging ends with 0 or 2 and says JSON; explaining ends well; neither shows a secret."""
    file = tmp_path / "cdk.json"
    file.write_bytes(case.sent)
    judged = CliRunner().invoke(command_line, ["config", "validate", "--json", str(file)])
    told = CliRunner().invoke(command_line, ["config", "explain", "--json", "--file", str(file)])
    assert (judged.exit_code in {0, 2}, told.exit_code) == (True, 0), (judged, told)
    document = json.loads(judged.stdout)
    assert document["valid"] == (judged.exit_code == 0) == (not document["problems"])
    assert all(one["remedy"] for one in document["problems"])
    strict = json.loads(told.stdout, parse_constant=pytest.fail)
    assert len(strict["fields"]) == len(configuration_fields())
    assert SECRET not in judged.output + told.output


@pytest.mark.parametrize("case", LISTS)
def test_a_spoilt_list_of_workloads_is_refused_or_works(case: Case, tmp_path: Path) -> None:
    """Whatever stands in what is shared, in a workload or in the order: named, or whole."""
    file = tmp_path / "cdk.json"
    file.write_bytes(case.sent)
    deployments: list[Any] = []
    error = refusal(lambda: deployments.append(deployment_from_cdk_json(file)))
    judged = CliRunner().invoke(command_line, ["config", "validate", "--json", str(file)])
    told = CliRunner().invoke(command_line, ["config", "explain", "--json", "--file", str(file)])
    assert (judged.exit_code, told.exit_code) == (0 if error is None else 2, 0), (judged, told)
    assert SECRET not in judged.output + told.output
    if error is not None:
        assert_clear(error, case)
        return
    (deployment,) = deployments
    waves = [name for wave in deployment.in_waves() for name in wave]
    assert sorted(waves) == sorted(deployment.names)
    for one in deployment.configurations:
        assert parse_settings(json.loads(one.settings_text())).workload == one.workload


@pytest.mark.parametrize("case", OVERRIDES)
def test_a_spoilt_override_is_refused_or_works(case: Case) -> None:
    """CDK_CONTEXT_JSON goes over the file: it is an object, and what it says is checked as well."""
    text = case.sent.decode(errors="surrogateescape")
    error = refusal(lambda: load_configuration(read_context(CDK_JSON, text)))
    if error is not None:
        assert_clear(error, case)


def test_the_app_refuses_what_the_configuration_refuses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """``make synth`` ends with 2 and the reasons, and writes no template."""
    monkeypatch.setenv("CDK_OUTDIR", str(tmp_path / "out"))
    for param in OVERRIDES:
        (case,) = param.values
        text = case.sent.decode(errors="surrogateescape")
        if refusal(lambda text=text: load_configuration(read_context(CDK_JSON, text))) is None:
            continue
        if "\x00" in text:
            continue  # no environment holds one
        monkeypatch.setenv("CDK_CONTEXT_JSON", text)
        assert cdk_app.main() == 2
        said = capsys.readouterr()
        assert said.err.startswith("refused:\n")
        assert "Traceback" not in said.err
        assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("case", SETTINGS)
def test_spoilt_settings_are_refused_by_their_name(case: Case) -> None:
    """What a function finds in its environment is whole, or the step says what is not."""
    text = case.sent.decode(errors="surrogateescape")
    error = refusal(lambda: settings_from_environment({VARIABLE: text}))
    if error is not None:
        assert_clear(error, case)


POD_READERS = (pod_settings, guard_settings, rebuild_order)


@pytest.mark.parametrize("name", sorted(POD))
def test_a_spoilt_pod_environment_is_refused_by_its_name(name: str) -> None:
    """Each variable, with each junk text and without any: taken for good, or named."""
    for value in (None, *junk_texts(), "nan", "inf", "-1", "1e9", f"password={SECRET} host=x"):
        environment = {key: text for key, text in POD.items() if key != name}
        environment |= {} if value is None else {name: value}
        for read in POD_READERS:
            error = refusal(lambda read=read, environment=environment: read(environment))
            if error is not None:
                assert error.message.startswith(name), error
                assert error.remedy, error
                assert SECRET not in str(error)
                assert str(error).isprintable(), ascii(str(error))
                assert len(str(error)) < 400
        if refusal(lambda environment=environment: guard_settings(environment)) is None:
            assert 0 < guard_settings(environment).seconds <= 3_600


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_spoilt_function_app_is_refused_by_its_setting(name: str) -> None:
    """Each application setting, with each junk text and without any."""
    junk = ("nan", "inf", "-1", f"https://user:{SECRET}@aks", "https://", "http://[::1", "a,b,,c")
    for value in (None, *junk_texts(), *junk):
        environment = {key: text for key, text in GOOD.items() if key != name}
        environment |= {} if value is None else {name: value}
        error = refusal(lambda environment=environment: settings_from(environment))
        if error is not None:
            assert name in error.message, error
            assert error.remedy, error
            assert SECRET not in str(error)
            assert str(error).isprintable(), ascii(str(error))
            assert len(str(error)) < 400
