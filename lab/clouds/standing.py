"""The lab that is up on this machine, for commands that are not the one that started it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from landbridge.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from landbridge.adapters.operations import Operations

__all__ = ["STANDING", "StandingLab", "forget", "lab_is_up", "remember", "standing_lab"]

STANDING = Path(".lab/standing.json")


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

    def operations(self) -> "Operations":
        """Return the lab's orchestrator."""
        # boto3 takes half a second, which `lab status` has no need of.
        from landbridge.adapters.operations import Operations  # noqa: PLC0415 - as above

        return Operations(self.stack, self.region, self.aws_url, lab_credentials(self.account))


def lab_credentials(account: str) -> dict[str, str]:
    """Return the emulator's credentials: an account's number is its access key."""
    return {"aws_access_key_id": account, "aws_secret_access_key": "lab"}


def remember(lab: StandingLab) -> None:
    """Write down that the lab is up."""
    STANDING.parent.mkdir(exist_ok=True)
    STANDING.write_text(json.dumps(asdict(lab), indent=2))


def forget() -> None:
    """Forget this process's lab, and nobody else's."""
    if STANDING.exists() and json.loads(STANDING.read_text())["pid"] == os.getpid():
        STANDING.unlink()


def lab_is_up() -> bool:
    """Whether a lab is up; what a killed one left written down is forgotten."""
    if not STANDING.exists():
        return False
    lab = StandingLab(**json.loads(STANDING.read_text()))
    if psutil.pid_exists(lab.pid) and Path(lab.folder).exists():
        return True
    STANDING.unlink()
    return False


def standing_lab() -> StandingLab:
    """Return the lab that is up; raise ConfigurationError where there is none."""
    if lab_is_up():
        return StandingLab(**json.loads(STANDING.read_text()))
    raise ConfigurationError("no lab is up on this machine", "start one: landbridge lab up")
