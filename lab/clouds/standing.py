"""The lab that is up on this machine, for commands that are not the one that started it."""

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from lab.clouds import names
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.foreign import shown, shown_name, strict_json, unsound
from landbridge.domain.settings import Names

if TYPE_CHECKING:
    from landbridge.adapters.function_app import FunctionApp
    from landbridge.adapters.operations import Operations

__all__ = [
    "STANDING",
    "StandingLab",
    "forget",
    "lab_is_up",
    "remember",
    "standing_lab",
]

STANDING = Path(".lab/standing.json")
_NUMBERS = frozenset({"pid", "port"})
_LARGEST, _LONGEST = 2**31, 1_000


@dataclass(frozen=True)
class StandingLab:
    """What another process needs to use a lab: its pid, its addresses, its stack."""

    pid: int
    folder: str
    aws_url: str
    account: str
    stack: str
    region: str
    name_server: str
    name: str
    port: int
    certificate_authority: str
    function_url: str
    entra_url: str

    def dns_names(self) -> Names:
        """Return the lab's DNS names."""
        return Names(names.DOMAIN, self.name, names.HEALTH_AWS, names.HEALTH_AZURE)

    def function_app(self) -> "FunctionApp":
        """Return the Function App, asked as the lab's person on call, by the lab's authority."""
        from lab.clouds.person import function_app_as, kept_sign_in  # noqa: PLC0415 - as below
        from landbridge.configuration import configuration_from_cdk_json  # noqa: PLC0415 - as below
        from landbridge.domain.settings import parse_settings  # noqa: PLC0415 - as below

        os.environ["SSL_CERT_FILE"] = self.certificate_authority
        configured = configuration_from_cdk_json(names.ROOT / "cdk.json").settings()
        where = parse_settings(configured).function_app
        there = replace(where, url=self.function_url, authority=self.entra_url)
        return function_app_as(kept_sign_in(Path(self.folder)), there)

    def operations(self, patience_seconds: float | None = None) -> "Operations":
        """Return the lab's orchestrator, as ``Operations`` has it."""
        # boto3 takes half a second, which `lab status` has no need of.
        from landbridge.adapters.operations import Operations  # noqa: PLC0415 - as above

        keys = lab_credentials(self.account)
        return Operations(self.stack, self.region, self.aws_url, keys, patience_seconds)


def lab_credentials(account: str) -> dict[str, str]:
    """Return the emulator's credentials: an account's number is its access key."""
    return {"aws_access_key_id": account, "aws_secret_access_key": "lab"}


def remember(lab: StandingLab, folder: Path = Path()) -> None:
    """Write down that the lab is up, for commands that are run in ``folder``."""
    file = folder / STANDING
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(asdict(lab), indent=2))


def forget() -> None:
    """Forget this process's lab, and nobody else's."""
    if STANDING.exists() and _read().pid == os.getpid():
        STANDING.unlink()


def lab_is_up() -> bool:
    """Whether a lab is up; what a killed one left written down is forgotten."""
    if not STANDING.exists():
        return False
    lab = _read()
    if psutil.pid_exists(lab.pid) and Path(lab.folder).exists():
        return True
    STANDING.unlink()
    return False


def _read() -> StandingLab:
    """Return what is written down; raise ConfigurationError where a lab did not write it."""
    try:
        return _checked(strict_json(STANDING.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        remedy = f"remove {STANDING}: no lab can be found by it"
        raise ConfigurationError(f"{STANDING}: {error}", remedy) from None


def _checked(document: object) -> StandingLab:
    if not isinstance(document, dict):
        raise ValueError(f"{shown(document)} is no object")  # noqa: TRY004 - as json's own errors
    names = [field.name for field in fields(StandingLab)]
    for strange in set(document) - set(names):
        raise ValueError(f"{shown_name(strange)}: there is no such field")
    for name in names:
        value = document.get(name)
        if name in _NUMBERS:
            fits = type(value) is int and 0 < value < _LARGEST
        else:
            fits = isinstance(value, str) and 0 < len(value) < _LONGEST and not unsound(value)
        if not fits:
            raise ValueError(f"{name}: {shown(value, name)} does not fit")
    return StandingLab(**document)


def standing_lab() -> StandingLab:
    """Return the lab that is up; raise ConfigurationError where there is none."""
    if lab_is_up():
        return _read()
    raise ConfigurationError("no lab is up on this machine", "start one: landbridge lab up")
