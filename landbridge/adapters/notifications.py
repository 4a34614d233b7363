"""Messages to people, through SNS."""

import os

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client
from landbridge.adapters.aws_errors import aws_errors
from landbridge.adapters.replaceable import replaceable
from landbridge.domain.errors import ConfigurationError
from landbridge.domain.operators_message import fitting, fitting_subject

__all__ = ["publish", "publish_to"]

VARIABLE = "LANDBRIDGE_TOPIC_ARN"
# SNS takes 262,144 bytes, of which a character of UTF-8 has four at most.
_TEXT_LIMIT = 60_000
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2})


@replaceable
def publish(subject: str, message: str) -> str:
    """Send one message to the operators' topic, cut where it is too long for it; return its id.

    Raises AccessDeniedError, ConfigurationError or SiteUnknownError.
    """
    topic = os.environ.get(VARIABLE)
    if not topic:
        raise ConfigurationError(f"{VARIABLE} is not set", "deploy the stacks again")
    return publish_to(topic, subject, message)


def publish_to(topic: str, subject: str, message: str) -> str:
    """Do the same with the topic of that ARN; raise AccessDeniedError or SiteUnknownError."""
    client = aws_client("sns", _CONFIG)
    with aws_errors("the operators' topic"):
        answer = client.publish(
            TopicArn=topic,
            Subject=fitting_subject(subject),
            Message=fitting(message, _TEXT_LIMIT),
        )
    return str(answer["MessageId"])
