"""The managed identity's endpoint, by App Service's documentation."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from lab.azure.identity import AKS, PATH, Identity

GOOD = {"resource": AKS, "api-version": "2019-08-01"}


@pytest.fixture(autouse=True)
def _token_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token").write_text("the-token")


def ask(header: str | None, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Ask for a token."""

    async def run() -> tuple[int, dict[str, Any]]:
        application = Identity("header-secret", Path("token")).application()
        async with TestClient(TestServer(application)) as client:
            headers = {} if header is None else {"X-IDENTITY-HEADER": header}
            async with client.get(PATH, params=query, headers=headers) as response:
                return response.status, await response.json()

    return asyncio.run(run())


def test_token() -> None:
    """The app's own header gets the token for AKS, with its end as text in epoch seconds."""
    status, answered = ask("header-secret", GOOD)

    assert status == 200
    assert answered["access_token"] == "the-token"
    assert answered["token_type"] == "Bearer"
    assert answered["resource"] == AKS
    assert int(answered["expires_on"]) > time.time() + 3600


def test_a_new_token() -> None:
    """Who asks again gets the token of now."""
    ask("header-secret", GOOD)
    Path("token").write_text("the-next-token")

    assert ask("header-secret", GOOD)[1]["access_token"] == "the-next-token"


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        (None, GOOD, 401),
        ("", GOOD, 401),
        ("wrong", GOOD, 401),
        ("header-secret", {**GOOD, "api-version": "2017-09-01"}, 400),
        ("header-secret", {"resource": AKS}, 400),
        ("header-secret", {"api-version": "2019-08-01"}, 400),
        ("header-secret", {**GOOD, "resource": "https://vault.azure.net"}, 400),
    ],
)
def test_no_token(header: str | None, query: dict[str, str], status: int) -> None:
    """Without the header, and for anything but AKS, there is no token."""
    got, answered = ask(header, query)

    assert got == status
    assert "the-token" not in str(answered)
