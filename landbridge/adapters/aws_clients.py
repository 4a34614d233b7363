"""Clients of AWS's services for steps, made with botocore alone.

boto3, around it, loads S3's transfers and its resources with the first import: an eighth of a cold
start (``landbridge bench --only bundles``), for what no step uses.
"""

import threading
from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config

__all__ = ["aws_client", "aws_session"]

# Two threads that make the first client at once break the session.
_MAKING = threading.Lock()


@lru_cache(maxsize=1)
def aws_session() -> Any:
    """Return this worker's session: whom the environment says that it is."""
    return botocore.session.get_session()


def aws_client(
    service: str,
    config: Config | None = None,
    *,
    region_name: str | None = None,
    **credentials: str,
) -> Any:
    """Return a new client, of this worker's own region and credentials unless others are given.

    Raises botocore's errors, which ``aws_errors`` knows.
    """
    with _MAKING:
        return aws_session().create_client(
            service, region_name=region_name, config=config, **credentials
        )
