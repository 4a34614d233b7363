"""The steps of a failover, as data: one verb-noun names folder, state, construct and substitution.

``promote_standby`` is the folder ``functions/promote_standby``, the state ``Promote Standby``, the
construct ``PromoteStandby`` and the substitution ``${PromoteStandbyFunctionArn}``.
"""

from dataclasses import dataclass

__all__ = [
    "FAILBACK",
    "FAILBACK_STATES",
    "FAILOVER",
    "GAMEDAY",
    "GAMEDAY_STATES",
    "LIVE",
    "STANDALONE",
    "WARMED",
    "WAVES",
    "WAVES_STATES",
    "WEBHOOK",
    "Step",
    "step_named",
]


# The alias of each function and each machine that says which published version is in use. Whoever
# begins something asks for it; what runs on keeps the version that it began with.
LIVE = "live"


@dataclass(frozen=True)
class Step:
    """One Lambda: what it is for, how long it may take, and what it reaches."""

    name: str
    sentence: str
    timeout_seconds: int
    # What the function's role may use: aws_database, azure_database, eks, function_app, webhook
    # (each a secret or an endpoint), runs_read and runs_write (the table of runs), earlier_runs
    # (its index), records (the bucket, write), histories (executions' steps), executions (of both
    # ways: which there are), execution_status (how one stands), all_executions (both, and the
    # GameDays' too), topic, steps (invoke), starter,
    # failback_starter (invoke), route53 (read), health_alarm (read, and any other alarm),
    # failover_machine, failback_machine, gameday_machine (start it, see whether another is on).
    # Of the parent of several workloads: workload_starters, workload_running (which runs are on),
    # workload_runs (how one stands), workload_topics, waves_machine.
    uses: frozenset[str]

    @property
    def title(self) -> str:
        """The state's name: ``Promote Standby``."""
        return self.name.replace("_", " ").title()

    @property
    def construct(self) -> str:
        """The construct's id: ``PromoteStandby``."""
        return self.title.replace(" ", "")

    @property
    def substitution(self) -> str:
        """The placeholder in the ASL: ``PromoteStandbyFunctionArn``."""
        return f"{self.construct}FunctionArn"

    def function_name(self, workload: str) -> str:
        """Return the Lambda's name: ``landbridge-orders-promote-standby``."""
        return f"landbridge-{workload}-{self.name.replace('_', '-')}"

    def live_name(self, workload: str) -> str:
        """Return the name under which it is called: ``landbridge-orders-promote-standby:live``."""
        return f"{self.function_name(workload)}:{LIVE}"


def _step(name: str, sentence: str, timeout_seconds: int, *uses: str) -> Step:
    return Step(name, sentence, timeout_seconds, frozenset(uses))


FAILOVER: tuple[Step, ...] = (
    _step(
        "observe_sites",
        "Looking at both sites, the gate and DNS",
        20,
        "aws_database",
        "azure_database",
        "function_app",
    ),
    _step(
        "confirm_outage",
        "Asking the witnesses whether AWS is down",
        20,
        "azure_database",
        "function_app",
    ),
    _step("take_lock", "Taking the run lock in a new epoch", 20, "function_app"),
    _step("engage_gate", "Engaging the gate: AWS cannot come back into DNS", 20, "function_app"),
    _step("fence_primary", "Fencing AWS", 30, "aws_database", "eks", "function_app"),
    _step("scale_standby", "Starting Azure's pods", 30, "function_app"),
    _step(
        "check_promotion",
        "Checking that promotion keeps every promise",
        30,
        "aws_database",
        "azure_database",
        "runs_read",
    ),
    _step("promote_standby", "Promoting Azure's database", 75, "azure_database", "function_app"),
    _step("verify_writable", "Reading back a committed write in Azure", 60, "azure_database"),
    _step("wait_rollout", "Waiting for Azure's pods", 60, "function_app"),
    _step("smoke_standby", "Ordering straight at Azure", 30),
    _step("open_gate", "Opening the gate: DNS may answer Azure", 20, "function_app"),
    _step("wait_dns", "Waiting until all name servers answer the new site", 60),
    _step("smoke_dns", "Ordering through DNS", 30),
    # After the flip: users do not wait for it, and an undo has no database to start again.
    _step("stop_primary", "Stopping AWS's database", 45, "eks", "function_app"),
    _step(
        "record_run",
        "Recording the run",
        20,
        "runs_write",
        "earlier_runs",
        "records",
        "histories",
    ),
    _step("notify_operators", "Telling the operators", 20, "topic"),
    _step("release_lock", "Freeing the run lock", 20, "function_app"),
    _step(
        "undo_failover",
        "Undoing: Azure's pods to zero, AWS writable, gate closed",
        60,
        "aws_database",
        "azure_database",
        "eks",
        "function_app",
    ),
)

# The way home. Steps that the failover has too stand in FAILOVER alone.
FAILBACK: tuple[Step, ...] = (
    _step(
        "observe_return",
        "Looking at both sites and the gate",
        20,
        "aws_database",
        "azure_database",
        "function_app",
    ),
    _step(
        "rebuild_primary",
        "Making AWS's database a standby of Azure's",
        40,
        "azure_database",
        "eks",
        "function_app",
    ),
    _step(
        "await_streaming",
        "Waiting until AWS's database has caught up",
        40,
        "aws_database",
        "azure_database",
        "function_app",
    ),
    _step("request_approval", "Asking a person for the switchover", 20, "runs_write", "topic"),
    _step("scale_primary", "Starting AWS's pods", 30, "eks", "function_app"),
    _step("hold_writes", "Holding Azure's writes", 30, "azure_database", "function_app"),
    _step(
        "catch_up_primary",
        "Replaying Azure's last byte in AWS",
        40,
        "aws_database",
        "function_app",
    ),
    _step("promote_primary", "Promoting AWS's database", 75, "aws_database", "function_app"),
    _step(
        "resequence_primary",
        "Bringing AWS's sequences up to their columns",
        60,
        "aws_database",
        "azure_database",
    ),
    _step(
        "admit_primary",
        "Admitting writes to AWS's database in a new epoch",
        75,
        "aws_database",
        "function_app",
    ),
    _step("wait_primary", "Waiting for AWS's pods", 60, "eks", "function_app"),
    _step("smoke_primary", "Ordering straight at AWS", 30),
    _step("close_gate", "Closing the gate: DNS answers AWS", 20, "function_app"),
    _step("retire_standby", "Stopping Azure's pods", 30, "function_app"),
    _step(
        "rebuild_standby",
        "Making Azure's database a standby of AWS's",
        40,
        "aws_database",
        "function_app",
    ),
    _step(
        "protect_primary",
        "Giving AWS its standby back",
        60,
        "aws_database",
        "function_app",
    ),
    _step(
        "undo_failback",
        "Undoing: Azure takes writes again, AWS's pods to zero",
        60,
        "aws_database",
        "azure_database",
        "eks",
        "function_app",
    ),
)

# A GameDay, which asks the starters for both ways and moves nothing itself. Steps that are there
# already stand where they were.
GAMEDAY: tuple[Step, ...] = (
    _step(
        "check_gameday",
        "Deciding whether a GameDay may begin now",
        30,
        "executions",
        "health_alarm",
    ),
    _step("announce_gameday", "Announcing the GameDay, or how it ended", 20, "topic"),
    _step(
        "start_leg",
        "Asking a starter for one way of the GameDay",
        30,
        "execution_status",
        "failback_starter",
        "starter",
    ),
    _step(
        "watch_gameday",
        "Watching for the end of a phase, an abort, alarms and other runs",
        30,
        "executions",
        "execution_status",
        "health_alarm",
        "runs_read",
    ),
    _step(
        "hand_over",
        "Leaving the lead to the incident's run",
        30,
        "executions",
        "health_alarm",
        "starter",
    ),
    _step("report_gameday", "Recording the GameDay", 20, "records", "runs_read", "runs_write"),
)

_SHARED = ("take_lock", "wait_dns", "smoke_dns", "record_run", "notify_operators", "release_lock")

STANDALONE: tuple[Step, ...] = (
    _step(
        "start_failover",
        "Deciding whether an event starts a failover",
        20,
        "earlier_runs",
        "failover_machine",
        "runs_write",
        "topic",
    ),
    _step(
        "start_failback",
        "Deciding whether an event starts a failback",
        20,
        "runs_write",
        "failback_machine",
    ),
    _step(
        "record_look",
        "Looking at replication while all is well",
        30,
        "aws_database",
        "function_app",
        "runs_write",
    ),
    _step("warm_steps", "Keeping every step loaded and its secrets at hand", 55, "steps"),
    _step(
        "run_preflight",
        "Looking whether a failover would work now",
        55,
        "aws_database",
        "azure_database",
        "earlier_runs",
        "eks",
        "function_app",
        "health_alarm",
        "route53",
        "runs_read",
        "runs_write",
        "triggers",
    ),
    _step(
        "watch_primary",
        "Looking whether AWS is down and no alarm came",
        55,
        "earlier_runs",
        "function_app",
        "runs_read",
        "runs_write",
        "starter",
    ),
    _step(
        "start_gameday",
        "Deciding whether an event starts a GameDay",
        20,
        "gameday_machine",
        "runs_write",
    ),
    _step(
        "close_gameday",
        "Leading a GameDay home whose execution ended without a report",
        30,
        "all_executions",
        "failback_starter",
        "records",
        "runs_read",
        "runs_write",
        "topic",
    ),
    _step(
        "rehearse_standby",
        "Looking at production, and at a clone of the standby, for a rehearsal",
        55,
        "aws_database",
        "azure_database",
        "function_app",
        "rehearsal_records",
        "runs_write",
    ),
    _step("tell_alarm", "Telling the operators what an alarm means", 20, "runs_read", "topic"),
)

# Subscribed to the operators' topic, and only where a webhook is configured.
WEBHOOK = _step("post_webhook", "Posting the operators' message to their chat", 15, "webhook")

# Several workloads in one deployment: the parent's, which asks each workload's own starter.
WAVES_STATES: tuple[Step, ...] = (
    _step("plan_wave", "Deciding which workloads go next", 20),
    _step(
        "start_workload",
        "Asking a workload's starter for its run",
        30,
        "workload_running",
        "workload_runs",
        "workload_starters",
    ),
    _step("watch_workload", "Waiting until a workload's run has ended", 60, "workload_runs"),
    _step("report_waves", "Telling how every workload ended", 30, "workload_topics"),
)
WAVES: tuple[Step, ...] = (
    *WAVES_STATES,
    _step("start_waves", "Deciding whether a request moves all workloads", 20, "waves_machine"),
)

# Every step that the failback's machine calls.
FAILBACK_STATES: tuple[Step, ...] = (
    *FAILBACK,
    *(step for step in FAILOVER if step.name in _SHARED),
)

# Every step that the GameDay's machine calls.
GAMEDAY_STATES: tuple[Step, ...] = (
    *GAMEDAY,
    *(step for step in (*FAILOVER, *STANDALONE) if step.name in {"smoke_dns", "run_preflight"}),
)

# The steps that users wait for in a failback: nobody can write while these run.
_HELD = (
    "hold_writes",
    "catch_up_primary",
    "promote_primary",
    "resequence_primary",
    "admit_primary",
    "wait_primary",
    "smoke_primary",
    "close_gate",
)
# What an outage or a hold waits for: the starters, a failover's steps, a failback's held ones.
WARMED: tuple[Step, ...] = (
    *FAILOVER,
    *(step for step in FAILBACK if step.name in _HELD),
    *STANDALONE[:2],
)


def step_named(name: str) -> Step:
    """Return the step with that verb-noun; KeyError where there is none."""
    every = (*FAILOVER, *FAILBACK, *GAMEDAY, *STANDALONE, WEBHOOK, *WAVES)
    return {step.name: step for step in every}[name]
