"""What wakes people and what they look at: alarms and a dashboard, in the orchestrator's region.

A stack of its own: nothing that fails over needs it, and taking it away breaks nothing.
"""

from typing import Any

import aws_cdk as cdk
from constructs import Construct

from landbridge.configuration import Configuration
from stacks.constructs.standby_alarms import StandbyAlarms
from stacks.constructs.standby_dashboard import StandbyDashboard

__all__ = ["MonitoringStack"]


class MonitoringStack(cdk.Stack):
    """Alarms and dashboard refer to metrics by their names, so no stack waits for another."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        workload = configuration.workload
        alarms = StandbyAlarms(self, "Alarms", workload=workload)
        StandbyDashboard(self, "Dashboard", workload=workload, alarms=alarms)
