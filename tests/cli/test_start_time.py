"""How soon a command answers: what it loads before it knows what it is asked for."""

import json
import subprocess
import sys

import pytest

# Each of them takes longer to load than the whole of the command line.
HEAVY = ("aiohttp", "boto3", "cryptography", "jinja2", "kubernetes", "matplotlib", "pg8000")
PROGRAM = f"""
import contextlib, io, json, sys
from landbridge.cli.main import app
from landbridge.domain.errors import LandbridgeError
ends = contextlib.suppress(SystemExit, LandbridgeError)
with contextlib.redirect_stdout(io.StringIO()), ends:
    app(sys.argv[1:])
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""


@pytest.mark.parametrize(
    "arguments",
    ["--help", "drill --help", "failover --help", "bench --help", "config validate", "lab status"],
)
def test_a_command_loads_nothing_that_it_does_not_use(arguments: str) -> None:
    """Asking for help, or whether a lab is up, loads neither the clouds' clients nor the lab."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments.split()], capture_output=True, check=False
    )
    assert json.loads(done.stdout or b"null") == [], done.stderr.decode()
