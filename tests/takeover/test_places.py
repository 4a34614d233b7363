"""What stands in the place of AWS's services while a takeover runs."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from landbridge.adapters import entra
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.lock import Taking
from landbridge.domain.settings import parse_settings
from landbridge.takeover.order import order_from
from landbridge.takeover.places import Places
from tests.sample_settings import settings_document
from tests.takeover.environment import environment

SECRET = "hunter2"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Give the places of a pod whose secrets are in the test's folder."""
    return order_from(environment(tmp_path), time.time()).places()


def test_a_secret_is_a_file(places: Places, tmp_path: Path) -> None:
    """Its name has a dot where Secrets Manager's has a slash."""
    (tmp_path / "landbridge.azure-database").write_text(
        json.dumps({"username": "landbridge", "password": SECRET, "port": 5432})
    )
    read = places.read_secret("landbridge/azure-database")
    assert read == {"username": "landbridge", "password": SECRET, "port": "5432"}


def test_a_missing_secret_is_named_with_its_key(places: Places) -> None:
    """So that a person knows what to put where."""
    with pytest.raises(ConfigurationError, match=r"landbridge/none: No such file") as refused:
        places.read_secret("landbridge/none")
    assert refused.value.remedy == "put the key landbridge.none into the Secret"


@pytest.mark.parametrize("text", [SECRET, f'["{SECRET}"]', f'"{SECRET}"', f'{{"a": {SECRET}}}'])
def test_a_broken_secret_is_never_quoted(places: Places, tmp_path: Path, text: str) -> None:
    """Neither in the message nor in what led to it."""
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigurationError, match="secret key is not a JSON object") as refused:
        places.read_secret("key")
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_bytes_that_are_no_text_are_no_secret(places: Places, tmp_path: Path) -> None:
    """They are refused as any other broken one."""
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="secret key is not a JSON object"):
        places.read_secret("key")


def test_without_a_webhook_it_is_said_that_nobody_was_told(places: Places) -> None:
    """A message that went nowhere must not look as if it had gone."""
    with pytest.raises(ConfigurationError, match="nobody was told"):
        places.publish("landbridge: failover recovered", "{}")


def test_a_webhook_that_is_no_https_is_refused(places: Places, tmp_path: Path) -> None:
    """The message must not cross a network in the clear."""
    (tmp_path / "hook").write_text(json.dumps({"url": "http://chat.test/x"}))
    told = replace(places, webhook_secret="hook", webhook_format="slack")
    with pytest.raises(ConfigurationError, match="hook"):
        told.publish("landbridge: failover recovered", "{}")


def test_what_is_no_run_is_not_kept(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The looks of each minute are AWS's own table's; here they would fill the cluster."""
    kept: list[Any] = []
    monkeypatch.setattr(
        type(places.records), "keep", lambda _self, *what, **texts: kept.append((what, texts))
    )
    places.put_record("look", "look", 1.0, {"a": 1})
    assert kept == []
    places.put_record("takeover-1", "run", 2.0, {"b": 1}, {"c": 1})
    assert kept == [(("takeover-1", 2.0), {"document": {"b": 1}, "record": {"c": 1}})]


def test_a_persons_word_on_the_lock_goes_home_with_the_record(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who took whose lock, and why, is a part of the whole."""
    lease = {"act": "take", "taking": {"holder": "failover-1", "epoch": 7, "reason": "it burns"}}
    kept: list[Any] = []
    records = type(places.records)
    monkeypatch.setattr(records, "read", lambda _self, _run, part: {"lease": lease}[part])
    monkeypatch.setattr(records, "keep", lambda _self, _run, _at, **texts: kept.append(texts))
    places.archive_run("takeover-1", {"steps": []})
    assert kept == [{"whole": {"steps": [], "lease": lease}}]
    assert places.taking_of("takeover-1") == Taking("failover-1", 7, "it burns")


def test_the_cluster_vouches_for_the_pod(
    places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entra is shown the service account's token as it is now; no role of AWS and no secret."""
    shown: list[Any] = []

    def post(url: str, body: bytes) -> tuple[int, dict[str, Any]]:
        shown.append((url, dict(parse_qsl(body.decode()))))
        return 200, {"access_token": f"token-{len(shown)}", "expires_in": 3600}

    monkeypatch.setattr(entra, "_post", post)
    where = parse_settings(settings_document()).function_app
    tokens = places.caller_tokens(replace(where, secret="a-fallback"), "arn:of-aws")
    for word in ("first-word", "second-word"):
        (tmp_path / "entra-token").write_text(word)
        tokens.drop(f"token-{len(shown)}")
        tokens.current()
    assert {url for url, _ in shown} == {f"{where.authority}/a-tenant/oauth2/v2.0/token"}
    assert [form["client_assertion"] for _, form in shown] == ["first-word", "second-word"]
    (form,) = {(form["client_id"], form["scope"], "client_secret" in form) for _, form in shown}
    assert form == ("the-takeover", "api://the-function-app/.default", False)
