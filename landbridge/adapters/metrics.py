"""Figures to CloudWatch: a line of JSON in the function's log (embedded metric format)."""

from collections.abc import Iterable

from aws_lambda_powertools.metrics import EphemeralMetrics

from landbridge.domain.monitoring import NAMESPACE, SERVICE, Metric

__all__ = ["emit"]


def emit(metrics: Iterable[Metric], workload: str) -> None:
    """Write the figures with the workload as their dimension; without any, nothing is written."""
    found = list(metrics)
    if not found:
        return
    written = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
    written.add_dimension("workload", workload)
    for one in found:
        written.add_metric(one.name, one.unit, one.value)
    written.flush_metrics()
