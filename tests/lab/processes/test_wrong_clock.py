"""A process with a wrong clock sees it wherever Python asks for the time, and nowhere else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.processes.wrong_clock import __file__ as code
from lab.processes.wrong_clock import offset_seconds

AHEAD_SECONDS = 5_000_000.0

# Runs isolated, as a Lambda worker does; prints what each way to ask says, less the true time.
PROGRAM = """
import importlib.util, json, sys, time
from pathlib import Path
true, monotonic = time.time, time.monotonic()
spec = importlib.util.spec_from_file_location("wrong_clock", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
module.install(Path(sys.argv[2]), "mine")
import calendar, datetime
from datetime import UTC, date, datetime as Moment
asked = {
    "time": time.time(),
    "time_ns": time.time_ns() / 1e9,
    "gmtime": calendar.timegm(time.gmtime()),
    "localtime": time.mktime(time.localtime()),
    "strftime": time.mktime(time.strptime(time.strftime("%c"))),
    "ctime": time.mktime(time.strptime(time.ctime())),
    "now": Moment.now(UTC).timestamp(),
    "local now": Moment.now().timestamp(),
    "utcnow": Moment.utcnow().replace(tzinfo=UTC).timestamp(),
    "module": datetime.datetime.now(UTC).timestamp(),
}
kinds = [
    isinstance(Moment.now(UTC), Moment), isinstance(Moment(2020, 1, 1), date),
    isinstance(Moment.now(UTC) - Moment(2020, 1, 1, tzinfo=UTC), datetime.timedelta),
    not isinstance(date(2020, 1, 1), Moment), issubclass(Moment, date),
    json.dumps(Moment(2020, 1, 2).isoformat()) == '"2020-01-02T00:00:00"',
]
print(json.dumps({
    "off": {name: value - true() for name, value in asked.items()},
    "days": (date.today() - date.fromtimestamp(true())).days,
    "kinds": kinds,
    "monotonic": time.monotonic() - monotonic,
    "given": [time.gmtime(0).tm_year, Moment.fromtimestamp(0, UTC).year],
}))
"""


def asked(offsets: dict[str, float] | None, folder: Path) -> Any:
    """Run the program with these offsets; return what it found."""
    file = folder / "clock.json"
    if offsets is not None:
        file.write_text(json.dumps(offsets))
    command = [sys.executable, "-I", "-S", "-W", "ignore", "-c", PROGRAM, code, file]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("offsets", "seconds"),
    [({"": AHEAD_SECONDS}, AHEAD_SECONDS), ({"": 0.0, "mine": -AHEAD_SECONDS}, -AHEAD_SECONDS)],
    ids=["ahead", "behind"],
)
def test_every_way_to_ask_has_the_wrong_time(
    offsets: dict[str, float], seconds: float, tmp_path: Path
) -> None:
    """All of time and datetime are off by the same; monotonic time and given times are not."""
    found = asked(offsets, tmp_path)
    assert {name: round(off / 10) for name, off in found["off"].items()} == dict.fromkeys(
        found["off"], round(seconds / 10)
    )
    assert abs(found["days"] - seconds / 86_400) <= 1
    assert found["monotonic"] < 60
    assert found["given"] == [1970, 1970]


def test_dates_stay_dates(tmp_path: Path) -> None:
    """What asks for a date's kind is answered as with a right clock."""
    assert all(asked({"": AHEAD_SECONDS}, tmp_path)["kinds"])


def test_without_a_file_the_clock_is_right(tmp_path: Path) -> None:
    """A clock that nobody set wrong is right."""
    found = asked(None, tmp_path)
    assert all(abs(off) < 5 for off in found["off"].values())
    assert found["days"] == 0


def test_a_name_of_its_own_comes_before_all_others(tmp_path: Path) -> None:
    """Each name may have its own error, the empty one is everybody else's."""
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"": 90.0, "mine": -30.0}))
    assert (offset_seconds(file, "mine"), offset_seconds(file, "other")) == (-30.0, 90.0)
    file.write_text(json.dumps({"mine": -30.0}))
    assert offset_seconds(file, "other") == 0.0
