"""The contract of ``report.json``, schema 1, as a check. Readers may rely on what stands here.

More keys than these may be there; a reader ignores what it does not know. A number that is not
known is null. All ``seconds`` are lengths except ``started_seconds``, which counts from the fault
and is negative for what began before it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

__all__ = ["Document", "check_document"]

Length = Annotated[FiniteFloat, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class Seconds(_Part):
    """How long each phase took.

    detection: first failed write to the alarm's event (to the run's start where no alarm did it).
    promotion: asking to promote to out of recovery. writable: from there to a write read back.
    pods_ready: asking for pods to all ready. dns: gate opened to the zone answering Azure.
    orchestration: rto less the waits that nobody can avoid (``lab.report.critical_path``).
    rto: first failed write to the first one that Azure acknowledged, as the client saw it.
    """

    detection: Length | None
    promotion: Length | None
    writable: Length | None
    pods_ready: Length | None
    dns: Length | None
    orchestration: Length | None
    rto: Length | None


class Ledger(_Part):
    """The client's ledger, judged by the rules in ``lab.users.verdict``."""

    attempted: Count
    acknowledged: Count
    missing: Count
    missing_ids: list[str]
    rpo_seconds: Length
    acknowledged_by_both_sites_in_one_epoch: Count

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        if self.missing != len(self.missing_ids):
            raise ValueError(f"missing is {self.missing}, with {len(self.missing_ids)} ids")
        if not self.missing <= self.acknowledged <= self.attempted:
            raise ValueError("missing <= acknowledged <= attempted does not hold")
        return self


class Step(_Part):
    """One step of the machine; ``attempts`` counts retries in."""

    name: str
    started_seconds: FiniteFloat
    seconds: Length
    result: str
    attempts: Annotated[int, Field(ge=1)]


class Method(_Part):
    """How a database became a standby, why so, and what it took."""

    name: str
    why: str
    bytes: Count
    seconds: Length


class Failback(_Part):
    """The way home. ``hold_seconds``: from Azure's last acknowledgement to AWS's first."""

    outcome: Literal["recovered", "refused", "failed"]
    hold_seconds: Length | None
    method_aws: Method | None
    method_azure: Method | None
    resequenced: list[dict[str, Any]]
    forked_rows: Count
    unprotected_seconds: Length | None
    seconds: dict[str, Length | None]
    steps: list[Step]


class Settings(_Part):
    """What the run was set to, as lived: a quick drill's interval is the quick one."""

    health_interval_seconds: Length
    failure_threshold: Count
    ttl_seconds: Length
    pod_start_seconds: Length
    promotion_delay_seconds: Length


class GamedaySeen(_Part):
    """The GameDay that led: how it ended by its own report, and why."""

    run: str
    mark: str
    reason: str


class AwsCalls(_Part):
    """Calls of AWS's APIs while all were to be refused.

    ``needed``: those that AWS answered; ``refused``: how often by what was asked, and by whom.
    """

    needed: Count
    refused: dict[str, Count]


class Document(_Part):
    """The whole report. ``reason`` says why a run did not recover, and is null where it did.

    ``findings`` are rules that the judge found broken, ``warnings`` what a person is to look at.
    """

    schema_: Literal[1] = Field(alias="schema")
    run: str
    trigger: Literal["alarm", "manual", "gameday", "watchdog", "timer"]
    executor: Literal["aws", "azure"] = "aws"
    replication: Literal["sync", "async"]
    fault: str
    timings: Literal["quick", "realtime"]
    outcome: Literal["recovered", "refused", "failed", "undisturbed"]
    reason: str | None
    seconds: Seconds
    ledger: Ledger
    steps: list[Step]
    settings: Settings
    findings: list[str] | None = None
    warnings: list[str] = Field(default_factory=list)
    manual_steps: list[str] = Field(default_factory=list)
    failback: Failback | None = None
    gameday: GamedaySeen | None = None
    aws_calls: AwsCalls | None = None

    @model_validator(mode="after")
    def _reason_is_given(self) -> Self:
        if (self.outcome in {"recovered", "undisturbed"}) != (self.reason is None):
            raise ValueError("a run has a reason exactly where it refused or failed")
        return self


def check_document(document: dict[str, Any]) -> None:
    """Raise pydantic.ValidationError, which names each field that is not as promised."""
    Document.model_validate(document)
