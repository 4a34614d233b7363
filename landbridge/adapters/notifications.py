"""Messages to people, through SNS."""

import os
from typing import Any

import boto3
from botocore.config import Config

from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import ConfigurationError

__all__ = ["publish"]

VARIABLE = "LANDBRIDGE_TOPIC_ARN"
_SUBJECT_LIMIT = 100  # SNS Publish: Subject is at most 100 characters
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})


@replaceable
def publish(subject: str, message: str) -> str:
    """Send one message to the operators' topic; return its id.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    topic = os.environ.get(VARIABLE)
    if not topic:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    client: Any = boto3.client("sns", config=_CONFIG)
    with aws_errors("the operators' topic"):
        answer = client.publish(TopicArn=topic, Subject=subject[:_SUBJECT_LIMIT], Message=message)
    return str(answer["MessageId"])
