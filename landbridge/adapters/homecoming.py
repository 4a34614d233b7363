"""A takeover's record written where AWS's own runs have theirs, by a person's own credentials."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from landbridge.adapters.aws_errors import aws_errors, error_code
from landbridge.adapters.operations import Operations
from landbridge.adapters.run_archive import object_key
from landbridge.adapters.runs import RECORD
from landbridge.domain.errors import StaleEpochError

__all__ = ["Home"]


class Home:
    """The table and the bucket of one orchestrator.

    Errors: AccessDeniedError, ConfigurationError, SiteUnknownError.
    """

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def record(self, run: str) -> dict[str, Any] | None:
        """Return the run's short record, or None where the table has none."""
        with aws_errors("the table of runs"):
            answer = self._operations.client("dynamodb").get_item(
                TableName=self._operations.outputs()["RunsTableName"],
                Key={"run": {"S": run}, "kind": {"S": "run"}},
                ConsistentRead=True,
            )
        item = answer.get("Item")
        return None if item is None else dict(json.loads(item.get(RECORD, {"S": "{}"})["S"]))

    def keep(self, run: str, kept: Mapping[str, Any]) -> None:
        """Write the whole, then the record; raise StaleEpochError where somebody wrote one first.

        ``kept`` is ``{"at", "record", "document", "whole"}``; ``whole`` may be None.
        """
        if kept["whole"] is not None:
            self._archive(run, kept["whole"])
        item = {
            "run": {"S": run},
            "kind": {"S": "run"},
            "at": {"N": f"{kept['at']:.3f}"},
            "document": {"S": json.dumps(kept["document"])},
            RECORD: {"S": json.dumps(kept["record"])},
        }
        with aws_errors("the table of runs"):
            try:
                self._operations.client("dynamodb").put_item(
                    TableName=self._operations.outputs()["RunsTableName"],
                    Item=item,
                    ConditionExpression="attribute_not_exists(#run)",
                    ExpressionAttributeNames={"#run": "run"},
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                raise StaleEpochError(
                    f"run {run}: somebody wrote its record at the same time", "run it again"
                ) from None

    def _archive(self, run: str, whole: Mapping[str, Any]) -> None:
        with aws_errors("the bucket of records"):
            self._operations.client("s3").put_object(
                Bucket=self._operations.outputs()["RecordsBucketName"],
                Key=object_key(run),
                Body=json.dumps(whole, indent=1, sort_keys=True).encode(),
                ContentType="application/json",
            )
