"""Assets of several stacks, as a deployment publishes them; moto stands for the emulator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lab.aws.deployment import Stack, publish_assets

ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def _client(service: str, region: str) -> Any:
    return boto3.client(service, region_name=region)  # type: ignore[call-overload,unused-ignore]


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_stacks_of_one_region_share_their_bucket(region: str, tmp_path: Path) -> None:
    """The second one finds it there, and both have their zips in it."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.zip").write_bytes(name.encode())
        asset = {
            "source": {"path": f"{name}.zip"},
            "destinations": {"here": {"objectKey": f"{name}.zip"}},
        }
        stack = Stack(name, name, region, {"Resources": {}}, {name: asset}, tmp_path, ())
        publish_assets(_client, ACCOUNT, stack)
    s3 = _client("s3", region)
    (bucket,) = s3.list_buckets()["Buckets"]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket["Name"])["Contents"]]
    assert keys == ["one.zip", "two.zip"]
