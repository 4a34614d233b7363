"""The watchdog's minutes in a drill: as long as the block lasts, whatever AWS answers."""

import queue
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import EndpointConnectionError

from lab.drill.minutes import minutes

PATIENCE_SECONDS = 10.0


def test_the_watchdog_looks_each_minute_until_the_block_ends() -> None:
    """The first look fails, and the next one comes all the same; after the block there is none."""
    looks: queue.Queue[str] = queue.Queue()

    def invoke(*, FunctionName: str) -> None:  # noqa: N803 - boto3's name
        looks.put(FunctionName)
        if looks.qsize() == 1:
            raise EndpointConnectionError(endpoint_url="http://away")

    clouds: Any = SimpleNamespace(
        configuration=SimpleNamespace(workload="orders", orchestrator_region="eu-central-1"),
        options=SimpleNamespace(time_scale=1e-4),
        aws=SimpleNamespace(client=lambda *_: SimpleNamespace(invoke=invoke)),
    )
    with minutes(clouds, 0.5):
        names = {looks.get(timeout=PATIENCE_SECONDS) for _ in range(3)}
    while not looks.empty():
        looks.get()
    assert names == {"landbridge-orders-watch-primary"}
    assert looks.empty()
