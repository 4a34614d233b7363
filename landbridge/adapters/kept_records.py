"""Runs as the cloud keeps them: the table, the bucket, and executions that left no record."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from botocore.exceptions import ClientError

from landbridge.adapters.aws_errors import aws_errors, error_code
from landbridge.adapters.operations import FAILBACK, FAILOVER, Execution, Operations
from landbridge.adapters.run_archive import object_key
from landbridge.adapters.runs import BY_KIND, RECORD
from landbridge.domain.ending import Ending, describe_ending
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.incident import accounted
from landbridge.domain.kept_runs import KeptRun, recorded_runs
from landbridge.domain.run_record import UNCHANGED, run_facts

__all__ = ["cloud_records", "cloud_runs", "whole_record"]

_UNRECORDED = 20  # looked at one by one: a run without a record is rare


def cloud_runs(operations: Operations, limit: int) -> list[KeptRun]:
    """Return the newest runs, newest first: those recorded and those that left no record.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    records = cloud_records(operations, limit)
    known = {record["run"] for record in records}
    oldest = min((record["started_at"] for record in records), default=0.0)
    whole = len(records) < limit  # else there are older ones, which have their records further down
    missing = [name for name in _executions(operations) if name not in known]
    for name in missing[:_UNRECORDED]:
        facts = _facts_of(operations.execution(name))
        if whole or facts["started_at"] >= oldest:
            records.append(facts)
    return recorded_runs(records)[:limit]


def _executions(operations: Operations) -> Iterator[str]:
    for flow in (FAILOVER, FAILBACK):
        yield from operations.executions(flow)


def cloud_records(operations: Operations, limit: int) -> list[dict[str, Any]]:
    """Return the newest short records in the table, newest first."""
    with aws_errors("the table of runs"):
        answer = operations.client("dynamodb").query(
            TableName=operations.outputs()["RunsTableName"],
            IndexName=BY_KIND,
            KeyConditionExpression="kind = :kind",
            ExpressionAttributeValues={":kind": {"S": "run"}},
            ScanIndexForward=False,
            Limit=limit,
        )
    return [json.loads(item[RECORD]["S"]) for item in answer["Items"] if RECORD in item]


def _facts_of(run: Execution) -> dict[str, Any]:
    """Return what the execution itself tells of a run: it is on, was aborted, or timed out."""
    return run_facts(
        run.name,
        run.state,
        _ending_of(run),
        started_at=run.started_at,
        ended_at=run.ended_at,
        # How AWS replicated then is not in the history: the loss of such a run stays unknown.
        synchronous=False,
    )


def _ending_of(run: Execution) -> Ending:
    if "ending" in run.state:
        return describe_ending(run.name, run.state)
    if run.status == "SUCCEEDED":
        return Ending(UNCHANGED, "Azure served already", "", "")
    status = run.status.lower().replace("_", " ")
    return Ending(status, f"{run.error}: {run.cause}" if run.error else status, "", "")


def whole_record(operations: Operations, run: str) -> dict[str, Any]:
    """Return ``{"record", "ending", "steps", "state"}`` of a run, from the bucket.

    A run that left nothing there is told by its execution. Raises ConfigurationError where there
    is neither, and as ``cloud_runs`` does.
    """
    bucket = operations.outputs().get("RecordsBucketName", "")
    with aws_errors(f"the record of {run}"):
        try:
            answer = operations.client("s3").get_object(Bucket=bucket, Key=object_key(run))
            return dict(json.loads(answer["Body"].read()))
        except ClientError as error:
            if error_code(error) not in {"NoSuchKey", "404"}:
                raise
    if run not in _executions(operations):
        raise ConfigurationError(f"there is no run {run}", "see `landbridge history`")
    return _told_by(operations.execution(run))


def _told_by(run: Execution) -> dict[str, Any]:
    ending = _ending_of(run)
    return {
        "record": accounted(_facts_of(run), ()),
        "ending": {"outcome": ending.outcome, "reason": ending.reason, "message": ending.message},
        "steps": [{**asdict(step), "output": ""} for step in run.steps],
        "state": dict(run.state),
    }
