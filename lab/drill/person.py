"""A person with access to Azure alone: looks at DNS, and runs landbridge's own commands."""

import json
import os
import re
import subprocess

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.standing import remember
from lab.processes.children import python
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, verdict_name

__all__ = ["CommandError", "PersonInAzure"]

COMMAND_SECONDS = 60.0
_BEGUN = re.compile(r"Takeover\s+(\S+):")


class CommandError(Exception):
    """The command did not do what it was asked for; the text is what it said."""


class PersonInAzure:
    """Somebody who has signed in with the Azure CLI, in a folder of the lab's own."""

    def __init__(self, clouds: Clouds) -> None:
        self._clouds = clouds
        self._folder = clouds.lab.folder("person", mode=0o700)

    def checkers_say_down(self) -> bool:
        """Whether the zone says that Route 53's checkers see AWS down, as ``dig`` shows it."""
        answers = self._clouds.dns.state()["answers"]
        said = answers.get(f"{verdict_name(names.HEALTH_AWS)}. A", {}).get("values")
        return bool(said == [DOWN_ADDRESS])

    def take_over(self, reason: str, *, accept_data_loss: bool = False, take_lock: str = "") -> str:
        """Run ``landbridge takeover``; return the run. Raises CommandError."""
        words = ["takeover", "--lab", "--reason", reason]
        words += ["--accept-data-loss"] if accept_data_loss else []
        words += ["--take-lock", take_lock] if take_lock else []
        said = self.run(*words)
        begun = _BEGUN.match(said.stdout)
        if begun is None:
            raise CommandError(said.stdout + said.stderr)
        return begun[1]

    def reconcile(self) -> tuple[str, ...]:
        """Run ``landbridge reconcile``; return what did not agree, a sentence each.

        Raises CommandError where it could not look.
        """
        said = self.run("reconcile", "--lab", "--json")
        try:
            rows = json.loads(said.stdout)
        except ValueError:
            raise CommandError(said.stdout + said.stderr) from None
        if said.returncode == 0:
            return ()
        return tuple(f"{row['name']}: {row['result']}, {row['reason']}" for row in rows)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run ``landbridge`` with these words, which name the lab by ``--lab``."""
        remember(self._clouds.standing(), self._folder)
        return subprocess.run(
            python("-m", "landbridge.cli.main", *words),
            cwd=self._folder,
            env={**os.environ, **self._clouds.lab.environment()},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
