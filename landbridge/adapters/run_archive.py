"""The whole record of each run, one object each, in the orchestrator's bucket (S3)."""

import json
import os
from collections.abc import Mapping
from typing import Any

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import ConfigurationError

__all__ = ["PREFIX", "VARIABLE", "archive_run", "object_key"]

VARIABLE = "LANDBRIDGE_RECORDS_BUCKET"
PREFIX = "runs/"
_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})


def object_key(run: str) -> str:
    """Return the key of a run's record."""
    return f"{PREFIX}{run}/record.json"


@replaceable
def archive_run(run: str, document: Mapping[str, Any]) -> None:
    """Write the run's whole record; written twice it is one, and the bucket keeps the earlier one.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    bucket = os.environ.get(VARIABLE)
    if not bucket:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    client = aws_client("s3", _CONFIG)
    body = json.dumps(document, indent=1, sort_keys=True).encode()
    with aws_errors("the bucket of records"):
        client.put_object(
            Bucket=bucket, Key=object_key(run), Body=body, ContentType="application/json"
        )
