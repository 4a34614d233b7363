"""The table of runs, refusals and looks, in the orchestrator's region (DynamoDB)."""

import dataclasses
import json
import os
from decimal import Decimal
from functools import lru_cache
from typing import Any

from botocore.config import Config

from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.replaceable import replaceable
from landbridge.adapters.runs_table import Item, RunsTable
from landbridge.domain.database import DatabaseLook, parse_look
from landbridge.domain.errors import ConfigurationError

__all__ = [
    "ABORT",
    "BY_KIND",
    "EXPIRES",
    "KEPT_DAYS",
    "PREFLIGHT",
    "RECORD",
    "WATCH",
    "last_look_at",
    "put_record",
    "read_look",
    "read_record",
    "recent_records",
    "run_record",
    "write_look",
]

VARIABLE = "LANDBRIDGE_RUNS_TABLE"
# The index: kind, then time; of what else an item has it knows the record alone, which is short.
BY_KIND, RECORD = "by-kind", "record"
# When the table forgets an item, in epoch seconds: as late as the bucket forgets the whole record.
EXPIRES, KEPT_DAYS = "expires_at", 7 * 365
LOOK_KEY = {"run": "last-look", "kind": "look"}
# The watchdog's, from one minute to the next.
WATCH = ("watchdog", "watch")
# What stops a GameDay, with its run as the other half of the key.
ABORT = "abort"
# The key of the last preflight, as put_record takes it.
PREFLIGHT = ("last-preflight", "preflight")
# An item has 400 KB, its names and the short record too (Amazon DynamoDB, "Quotas"); a state has
# 256 KiB (AWS Step Functions, "Quotas"), and its ending may quote it.
_DOCUMENT_BYTES = 350_000
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})


@lru_cache(maxsize=1)
def _table() -> RunsTable:
    name = os.environ.get(VARIABLE)
    if not name:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    return RunsTable(name, _CONFIG)


def _put(item: Item) -> None:
    with aws_errors("runs table: put_item"):
        _table().put_item(item)


def _get(run: str, kind: str) -> dict[str, str] | None:
    with aws_errors("runs table: get_item"):
        return _table().get_item({"run": run, "kind": kind})


@replaceable
def put_record(
    run: str,
    kind: str,
    at: float,
    document: dict[str, Any],
    record: dict[str, Any] | None = None,
) -> None:
    """Write one record (``run`` or ``refusal``); writing it twice leaves one.

    ``record`` is the short one of a run that ``recent_records`` finds.
    """
    item: dict[str, str | int | Decimal] = {
        "run": run,
        "kind": kind,
        "at": Decimal(f"{at:.3f}"),
        EXPIRES: int(at) + KEPT_DAYS * 86_400,
        "document": _fitting(document),
    }
    if record is not None:
        item[RECORD] = json.dumps(record)
    _put(item)


def _fitting(document: dict[str, Any]) -> str:
    """Return it as JSON; a machine's state that would not fit beside it is left to the bucket."""
    text = json.dumps(document)  # in ASCII: as many bytes as characters
    if len(text) <= _DOCUMENT_BYTES or "state" not in document:
        return text
    return json.dumps({**document, "state": {}})


def read_record(run: str, kind: str) -> dict[str, Any] | None:
    """Return the document of one record as it was last written, or None where there is none."""
    item = _get(run, kind)
    return None if item is None else dict(json.loads(item["document"]))


def run_record(run: str) -> dict[str, Any] | None:
    """Return the short record of one run, or None where it left none."""
    item = _get(run, "run")
    return json.loads(item[RECORD]) if item and RECORD in item else None


@replaceable
def recent_records(limit: int, kind: str = "run") -> list[dict[str, Any]]:
    """Return the newest records of a kind, newest first; one that was just written may lack."""
    with aws_errors("runs table: query"):
        items = _table().newest(BY_KIND, kind, limit)
    return [json.loads(item[RECORD]) for item in items if RECORD in item]


def write_look(look: DatabaseLook, at: float) -> None:
    """Keep the primary as it was just seen: the promotion gate reads it when AWS is gone."""
    document = json.dumps(dataclasses.asdict(look))
    item: dict[str, str | int | Decimal] = {
        **LOOK_KEY,
        "at": Decimal(f"{at:.3f}"),
        "document": document,
    }
    _put(item)


@replaceable
def read_look() -> DatabaseLook | None:
    """Return the primary as it was last seen, or None where it never was."""
    item = _get(**LOOK_KEY)
    if item is None:
        return None
    return parse_look(json.loads(item["document"]))


def last_look_at() -> float | None:
    """Return when the primary was last seen, in epoch seconds, or None where it never was."""
    item = _get(**LOOK_KEY)
    return None if item is None else float(item["at"])
