"""A takeover's record written into AWS's table and bucket, on moto."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from landbridge.adapters.homecoming import Home
from landbridge.adapters.kept_records import cloud_records, whole_record
from landbridge.adapters.run_archive import object_key
from landbridge.adapters.runs import BY_KIND
from landbridge.domain.errors import StaleEpochError

REGION = "eu-central-1"
RECORD = {"run": "takeover-1", "outcome": "recovered", "started_at": 5.0}
KEPT: dict[str, Any] = {
    "at": 7.5,
    "record": RECORD,
    "document": {"ending": {"outcome": "recovered"}},
    "whole": {"record": RECORD, "steps": []},
}


class Operations:
    """The orchestrator's table and bucket."""

    def client(self, service: str) -> Any:
        """Return boto3's client."""
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload,unused-ignore]

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs."""
        return {"RunsTableName": "runs", "RecordsBucketName": "records"}


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a table and a bucket as the stack makes them."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        keys = {"run": ("S", "HASH"), "kind": ("S", "RANGE")}
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName="runs",
            KeySchema=[{"AttributeName": n, "KeyType": k} for n, (_, k) in keys.items()],
            AttributeDefinitions=[
                {"AttributeName": n, "AttributeType": t}
                for n, t in (("run", "S"), ("kind", "S"), ("at", "N"))
            ],
            BillingMode="PAY_PER_REQUEST",
            GlobalSecondaryIndexes=[
                {
                    "IndexName": BY_KIND,
                    "KeySchema": [
                        {"AttributeName": "kind", "KeyType": "HASH"},
                        {"AttributeName": "at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket="records", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield Operations()


def test_a_record_comes_home(operations: Any) -> None:
    """History finds it among AWS's own, and the report has the whole."""
    home = Home(operations)
    assert home.record("takeover-1") is None
    home.keep("takeover-1", KEPT)
    assert home.record("takeover-1") == RECORD
    assert cloud_records(operations, 5) == [RECORD]
    assert whole_record(operations, "takeover-1") == KEPT["whole"]


def test_nobodys_record_is_written_over(operations: Any) -> None:
    """Whoever wrote it first keeps it, and that is said."""
    home = Home(operations)
    home.keep("takeover-1", KEPT)
    with pytest.raises(StaleEpochError, match="somebody wrote its record"):
        home.keep("takeover-1", {**KEPT, "record": {"run": "takeover-1", "outcome": "failed"}})
    assert home.record("takeover-1") == RECORD


def test_a_run_without_the_whole_comes_home_too(operations: Any) -> None:
    """Its pod ended between the two; the short record is what counts."""
    Home(operations).keep("takeover-1", {**KEPT, "whole": None})
    assert Home(operations).record("takeover-1") == RECORD
    listed = operations.client("s3").list_objects_v2(Bucket="records")
    assert object_key("takeover-1") not in json.dumps(listed.get("Contents", []), default=str)
