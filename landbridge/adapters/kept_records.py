"""Runs as the cloud keeps them: the table, the bucket, and executions that left no record."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from botocore.exceptions import ClientError

from landbridge.adapters.aws_errors import aws_errors, error_code
from landbridge.adapters.operations import FAILBACK, FAILOVER, GAMEDAY, Execution, Operations
from landbridge.adapters.run_archive import object_key
from landbridge.adapters.runs import BY_KIND, RECORD
from landbridge.domain.ending import Ending, describe_ending
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.gameday_ending import GamedayEnding, describe_gameday
from landbridge.domain.gameday_record import gameday_record
from landbridge.domain.incident import accounted, with_steps_by_hand
from landbridge.domain.kept_runs import (
    KeptRun,
    gameday_run,
    newest_first,
    recorded_runs,
    rehearsal_run,
)
from landbridge.domain.manual_steps import BY_HAND
from landbridge.domain.rehearsal_record import FLOW as REHEARSAL
from landbridge.domain.run_record import UNCHANGED, run_facts

__all__ = ["cloud_records", "cloud_runs", "whole_record"]

_UNRECORDED = 20  # looked at one by one: a run without a record is rare
_WAYS = (FAILOVER, FAILBACK)


def cloud_runs(operations: Operations, limit: int) -> list[KeptRun]:
    """Return the newest runs, newest first: recorded ones, those without a record, rehearsals.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    by_hand = _records(operations, BY_HAND, limit)
    ways = with_steps_by_hand(_kept_and_told(operations, "run", _WAYS, limit), by_hand)
    gamedays = _kept_and_told(operations, GAMEDAY, (GAMEDAY,), limit)
    rehearsals = _records(operations, REHEARSAL, limit)
    others = (*map(gameday_run, gamedays), *map(rehearsal_run, rehearsals))
    return newest_first([*recorded_runs(ways), *others])[:limit]


def _kept_and_told(
    operations: Operations, kind: str, flows: Iterable[str], limit: int
) -> list[dict[str, Any]]:
    records = _records(operations, kind, limit)
    known = {record["run"] for record in records}
    # Where there are more records than that, an older execution has its own further down.
    whole = len(records) < limit
    oldest = 0.0 if whole else min(record["started_at"] for record in records)
    begun = [one for flow in flows for one in operations.begun(flow)]
    missing = sorted(
        ((at, name) for name, at in begun if name not in known and at >= oldest), reverse=True
    )
    return records + [_facts_of(operations.execution(name)) for _, name in missing[:_UNRECORDED]]


def cloud_records(operations: Operations, limit: int) -> list[dict[str, Any]]:
    """Return the newest short records of runs in the table, newest first."""
    return _records(operations, "run", limit)


def _records(operations: Operations, kind: str, limit: int) -> list[dict[str, Any]]:
    with aws_errors("the table of runs"):
        pages = (
            operations.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=operations.outputs()["RunsTableName"],
                IndexName=BY_KIND,
                KeyConditionExpression="kind = :kind",
                ExpressionAttributeValues={":kind": {"S": kind}},
                ScanIndexForward=False,
                PaginationConfig={"MaxItems": limit},
            )
        )
        items = [item for page in pages for item in page["Items"]]
    return [json.loads(item[RECORD]["S"]) for item in items if RECORD in item]


def _facts_of(run: Execution) -> dict[str, Any]:
    """Return what the execution itself tells of a run: it is on, was aborted, or timed out."""
    ending = _ending_of(run)
    if _is_gameday(run.name):
        told = GamedayEnding(ending.outcome, run.error, ending.reason, "", ending.message)
        return gameday_record(
            run.name,
            run.state,
            told,
            started_at=run.started_at,
            ended_at=run.ended_at,
            out=None,
            home=None,
        )
    return run_facts(
        run.name,
        run.state,
        ending,
        started_at=run.started_at,
        ended_at=run.ended_at,
        # How AWS replicated then is not in the history: the loss of such a run stays unknown.
        synchronous=False,
    )


def _is_gameday(run: str) -> bool:
    return run.startswith(GAMEDAY)


def _ending_of(run: Execution) -> Ending:
    status = run.status.lower().replace("_", " ")
    said = f"{run.error}: {run.cause}" if run.error else status
    if _is_gameday(run.name):
        if run.status in {"SUCCEEDED", "FAILED"}:
            ended = describe_gameday(run.name, run.state)
            return Ending(ended.mark, ended.reason, ended.subject, ended.message)
        return Ending(status, said, "", "")
    if "ending" in run.state:
        return describe_ending(run.name, run.state)
    if run.status == "SUCCEEDED":
        return Ending(UNCHANGED, "Azure served already", "", "")
    return Ending(status, said, "", "")


def whole_record(operations: Operations, run: str) -> dict[str, Any]:
    """Return ``{"record", "ending", "steps", "state"}`` of a run, from the bucket.

    A run that left nothing there is told by its execution, and so is a GameDay, or by its item in
    the table. Raises ConfigurationError where there is none, and as ``cloud_runs`` does.
    """
    bucket = operations.outputs().get("RecordsBucketName", "")
    with aws_errors(f"the record of {run}"):
        try:
            answer = operations.client("s3").get_object(Bucket=bucket, Key=object_key(run))
            return dict(json.loads(answer["Body"].read()))
        except ClientError as error:
            if error_code(error) not in {"NoSuchKey", "404"}:
                raise
    if any(run in operations.executions(flow) for flow in (*_WAYS, GAMEDAY)):
        return _told_by(operations.execution(run))
    kept = _kept_gameday(operations, run) if _is_gameday(run) else None
    if kept is None:
        raise ConfigurationError(f"there is no run {run}", "see `landbridge history`")
    return kept


def _kept_gameday(operations: Operations, run: str) -> dict[str, Any] | None:
    """Return a GameDay whose execution is gone: its steps went with it."""
    with aws_errors(f"the record of {run}"):
        answer = operations.client("dynamodb").get_item(
            TableName=operations.outputs()["RunsTableName"],
            Key={"run": {"S": run}, "kind": {"S": GAMEDAY}},
        )
    item = answer.get("Item", {})
    if RECORD not in item:
        return None
    document = json.loads(item["document"]["S"])
    record = json.loads(item[RECORD]["S"])
    return {
        "record": record,
        "ending": {"outcome": record["outcome"], **document["ending"]},
        "steps": [],
        "state": document["state"],
    }


def _told_by(run: Execution) -> dict[str, Any]:
    ending, facts = _ending_of(run), _facts_of(run)
    return {
        "record": facts if _is_gameday(run.name) else accounted(facts, ()),
        "ending": {"outcome": ending.outcome, "reason": ending.reason, "message": ending.message},
        "steps": [{**asdict(step), "output": ""} for step in run.steps],
        "state": dict(run.state),
    }
