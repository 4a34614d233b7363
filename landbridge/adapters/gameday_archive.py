"""A GameDay as it is kept: in the table of runs, and whole in the bucket beside its runs."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from landbridge.adapters.run_archive import archive_run
from landbridge.adapters.runs import put_record, run_record
from landbridge.domain.gameday_ending import GamedayEnding
from landbridge.domain.gameday_record import figures_in_words, gameday_record, gameday_steps

__all__ = ["GAMEDAY", "keep_gameday"]

# The kind of its record, with its run as the other half of the key.
GAMEDAY = "gameday"


def keep_gameday(
    run: str,
    state: Mapping[str, Any],
    describe: Callable[[str], GamedayEnding],
    *,
    started_at: float,
    closed: bool = False,
) -> GamedayEnding:
    """Keep the GameDay; return its ending with the figures of its runs in the message.

    ``describe`` makes the ending around a line of figures. ``closed``: it left no report itself.
    Kept twice it is one record. Raises AccessDeniedError, ConfigurationError, SiteUnknownError.
    """
    now = time.time()
    out, home = (
        run_record(state[leg]["run"]) if leg in state else None for leg in ("out_leg", "home_leg")
    )
    record = gameday_record(
        run, state, describe(""), started_at=started_at, ended_at=now, out=out, home=home
    )
    ending = describe(figures_in_words(record))
    known = {"record": record, "ending": asdict(ending), "state": state}
    document = {"started_at": started_at, "closed": closed, **known}
    put_record(run, GAMEDAY, now, document, record)
    archive_run(run, {**known, "steps": gameday_steps(state)})
    return ending
