"""The dashboard: would a failover work, who serves, how far behind, and what drills took."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.standby_alarms import StandbyAlarms, machine_arn, metric_of
from stacks.constructs.step_resources import FLOW_NAMES

__all__ = ["StandbyDashboard"]

_WIDE, _HALF = 24, 12
_HELP = (
    "Gate: 0 closed (AWS serves), 1 engaged, 2 open (Azure serves). `landbridge status` says what"
    " to do next, `landbridge preflight` what each check found."
)


class StandbyDashboard(Construct):
    """One screen; figures that were not known have gaps."""

    def __init__(
        self, scope: Construct, construct_id: str, *, workload: str, alarms: StandbyAlarms
    ) -> None:
        super().__init__(scope, construct_id)
        self._workload = workload
        dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"landbridge-{workload}",
            default_interval=cdk.Duration.hours(12),
        )
        dashboard.add_widgets(
            cloudwatch.AlarmStatusWidget(
                title="Wakes somebody", alarms=list(alarms.alarms), width=_WIDE, height=3
            )
        )
        dashboard.add_widgets(
            self._now("Readiness", "FailoverBlockers", "FailedChecks", "UnknownChecks"),
            self._now("Gate and epoch", "Gate", "Epoch"),
        )
        dashboard.add_widgets(
            self._over_time("Lag", ("LagBytes",), ("LagSeconds",)),
            self._over_time(
                "Checks", ("FailoverBlockers", "FailedChecks"), ("UnknownChecks", "WarnedChecks")
            ),
        )
        dashboard.add_widgets(
            self._over_time(
                "AWS as the watchdog sees it: 1 is up, or 1 is missed", ("AwsSeenUp", "AwsMissed")
            ),
            self._over_time("Votes of a run", ("VotesUp", "VotesDown", "VotesUnknown")),
        )
        dashboard.add_widgets(
            self._now("Last failover that worked", "LastRtoSeconds", "LastRpoBytes"),
            self._now("Its age in days", "DrillAgeDays"),
        )
        dashboard.add_widgets(self._runs(), cloudwatch.TextWidget(markdown=_HELP, width=_HALF))

    def _now(self, title: str, *names: str) -> cloudwatch.SingleValueWidget:
        metrics: list[cloudwatch.IMetric] = [metric_of(name, self._workload) for name in names]
        return cloudwatch.SingleValueWidget(title=title, metrics=metrics, width=_HALF, height=4)

    def _over_time(
        self, title: str, left: tuple[str, ...], right: tuple[str, ...] = ()
    ) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title,
            left=[metric_of(name, self._workload) for name in left],
            right=[metric_of(name, self._workload) for name in right],
            width=_HALF,
        )

    def _runs(self) -> cloudwatch.GraphWidget:
        stack = cdk.Stack.of(self)
        metrics: list[cloudwatch.IMetric] = [
            cloudwatch.Metric(
                namespace="AWS/States",
                metric_name=name,
                dimensions_map={"StateMachineArn": machine_arn(stack, flow, self._workload)},
                statistic="Sum",
                label=f"{flow} {name}",
            )
            for flow in FLOW_NAMES
            for name in ("ExecutionsStarted", "ExecutionsFailed")
        ]
        return cloudwatch.GraphWidget(title="Runs", left=metrics, width=_HALF)
