"""Each minute, and for a person: would a failover work now? Looks, and keeps what it saw.

Nothing that fails over or back waits for it. Running it twice writes its record twice.
"""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from landbridge.adapters.environment import function_app, settings
from landbridge.adapters.metrics import emit
from landbridge.adapters.preflight import take_looks
from landbridge.adapters.runs import PREFLIGHT, put_record
from landbridge.adapters.tracing import traced
from landbridge.domain.errors import LandbridgeError
from landbridge.domain.monitoring import metrics_of
from landbridge.domain.preflight.preflight import report_of

logger = Logger()


def _keep(report: dict[str, Any]) -> str:
    # Who asked at 3 am shall have the answer, whether the table takes it or not.
    try:
        put_record(*PREFLIGHT, report["at"], report)
    except LandbridgeError as error:
        logger.warning("not kept", reason=str(error))
        return str(error)
    return ""


@logger.inject_lambda_context
@traced
def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Return what ``report_of`` makes, and ``kept_reason``: why it is not in the runs table."""
    report = dict(report_of(take_looks(settings(), function_app()), settings(), time.time()))
    report["kept_reason"] = _keep(report)
    emit(metrics_of(report, report["at"]), settings().workload)
    red = [check for check in report["checks"] if check["result"] != "pass"]
    logger.info("preflight", red=red, lag_bytes=report["lag_bytes"], active=report["active"])
    return report
