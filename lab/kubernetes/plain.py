"""Plain requests to a cluster by path, for objects of any kind."""

import json
import ssl
import urllib.error
import urllib.request
from typing import Any

from lab.kubernetes.client import MERGE_PATCH, Json, RefusedError, status_from
from lab.kubernetes.connection import Connection

__all__ = ["MERGE_PATCH", "RefusedError", "request"]


def request(
    connection: Connection,
    method: str,
    path: str,
    body: Any = None,
    *,
    content_type: str = "application/json",
    timeout_seconds: float = 30.0,
) -> Json:
    """Make a request and give the answer's object.

    Raises RefusedError for the API's refusals, OSError where no answer came.
    """
    headers = {"Authorization": f"Bearer {connection.token}", "Content-Type": content_type}
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(  # noqa: S310 - the cluster's own URL
        connection.url + path, data=data, headers=headers, method=method
    )
    context = None
    if connection.ca_file is not None:
        context = ssl.create_default_context(cafile=str(connection.ca_file))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    try:
        with opener.open(asked, timeout=timeout_seconds) as response:
            answer: Json = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode(errors="replace")
            raise RefusedError(error.code, status_from(text)) from error
    return answer
