"""Every error that landbridge raises on purpose, as one tree.

The class name is the error's name in Step Functions (a Python Lambda reports the class as
``errorType``) and in the Function App's answers, so renaming a class is a change of the interface.

::

    LandbridgeError
    ├── TransientError                 the same step may work if it is run again
    │   ├── DatabaseUnreachableError   no connection, or it broke
    │   ├── DatabaseNotWritableError   promoted, but no committed write was read back yet
    │   ├── ReplayBehindError          received WAL is not replayed yet
    │   ├── FunctionUnavailableError   the Function App did not answer, or answered 5xx or 429
    │   ├── ClusterUnavailableError    a Kubernetes API did not answer, or answered 5xx or 429
    │   ├── GateConflictError          somebody else wrote the gate or the lock first
    │   ├── RolloutPendingError        pods are not ready yet; names the pod and its last log lines
    │   ├── DnsNotSwitchedError        a name server of the zone still answers the other site
    │   ├── SmokeCheckError            the workload did not do what a user would ask of it
    │   └── SiteUnknownError           what is true could not be established
    └── PermanentError                 running it again cannot help
        ├── InvalidEventError          the event, request or body is malformed
        ├── ConfigurationError         a setting is missing or contradicts another
        ├── AccessDeniedError          the other side answered: you may not
        ├── GateTransitionError        that change of the gate does not exist
        ├── StaleEpochError            a newer run has taken over
        ├── LockHeldError              another run is on
        ├── OutageNotConfirmedError    the votes do not confirm that AWS is down
        ├── PromotionRefusedError      promoting would break a promise
        ├── FenceUnconfirmedError      AWS may still acknowledge writes
        ├── AlreadyPromotedError       too late to undo: the promoted database accepts writes
        ├── AlreadyOnAwsError          there is nothing to come home from
        ├── ForkedRowsError            rows that only the old primary has could not be exported
        ├── RebuildFailedError         a database could not be made a standby; says which way failed
        ├── RehearsalRefusedError      production is not calm: nothing was begun beside it
        ├── RehearsalFailedError       a clone of the standby did not do what a failover needs
        ├── ApprovalDeniedError        a person said no, or nobody said anything in time
        ├── HoldExpiredError           writes were held for as long as they may be
        └── GamedayRefusedError        a GameDay may not begin now; has each reason
"""

__all__ = [
    "AccessDeniedError",
    "AlreadyOnAwsError",
    "AlreadyPromotedError",
    "ApprovalDeniedError",
    "ClusterUnavailableError",
    "ConfigurationError",
    "DatabaseNotWritableError",
    "DatabaseUnreachableError",
    "DnsNotSwitchedError",
    "FenceUnconfirmedError",
    "ForkedRowsError",
    "FunctionUnavailableError",
    "GamedayRefusedError",
    "GateConflictError",
    "GateTransitionError",
    "HoldExpiredError",
    "InvalidEventError",
    "LandbridgeError",
    "LockHeldError",
    "OutageNotConfirmedError",
    "PermanentError",
    "PromotionRefusedError",
    "RebuildFailedError",
    "RehearsalFailedError",
    "RehearsalRefusedError",
    "ReplayBehindError",
    "RolloutPendingError",
    "SiteUnknownError",
    "SmokeCheckError",
    "StaleEpochError",
    "TransientError",
    "error_named",
    "parted",
]

_REMEDY = " Remedy: "


class LandbridgeError(Exception):
    """The root. ``remedy`` says what a person can do about it; it may be empty."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(f"{message}{_REMEDY}{remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class TransientError(LandbridgeError):
    """The same step may work if it is run again; the state machine retries it."""


class DatabaseUnreachableError(TransientError):
    """No connection to a database, or it broke half way."""


class DatabaseNotWritableError(TransientError):
    """The database is promoted, but no committed write was read back yet."""


class ReplayBehindError(TransientError):
    """The standby has received WAL that it has not replayed yet."""


class FunctionUnavailableError(TransientError):
    """The Function App did not answer, or answered 5xx or 429."""


class ClusterUnavailableError(TransientError):
    """A Kubernetes API did not answer, or answered 5xx or 429."""


class GateConflictError(TransientError):
    """Somebody else wrote the gate or the lock between the look and the act."""


class RolloutPendingError(TransientError):
    """Pods are not ready yet; the message names the pod and its last log lines."""


class DnsNotSwitchedError(TransientError):
    """At least one of the zone's name servers still answers the other site."""


class SmokeCheckError(TransientError):
    """The workload did not do what a user would ask of it."""


class SiteUnknownError(TransientError):
    """What is true of a site could not be established; unknown never means down."""


class PermanentError(LandbridgeError):
    """Running the same step again cannot help; the run stops or is undone."""


class InvalidEventError(PermanentError):
    """The event, request or body is malformed; the message names the field."""


class ConfigurationError(PermanentError):
    """A setting is missing or contradicts another; the message names both."""


class AccessDeniedError(PermanentError):
    """The other side answered that this identity may not do it."""


class GateTransitionError(PermanentError):
    """The gate does not go from its present state to the one asked for."""


class StaleEpochError(PermanentError):
    """A newer run has taken over; an older epoch can do nothing."""


class LockHeldError(PermanentError):
    """Another run is on; the message names it."""


class OutageNotConfirmedError(PermanentError):
    """The votes do not confirm that AWS is down; the message lists them."""


class PromotionRefusedError(PermanentError):
    """Promoting would break a promise; the message has each reason and its override's price."""


class FenceUnconfirmedError(PermanentError):
    """AWS could not be fenced and, without synchronous replication, may acknowledge writes."""


class AlreadyPromotedError(PermanentError):
    """Too late to undo: the promoted database accepts writes."""


class AlreadyOnAwsError(PermanentError):
    """A failback without a failover before it: AWS is already active."""


class ForkedRowsError(PermanentError):
    """Rows that the serving site never received could not be exported: nothing was destroyed."""


class RebuildFailedError(PermanentError):
    """No way led to a standby; the message has each way's reason. The serving site is untouched."""


class RehearsalRefusedError(PermanentError):
    """Production is not calm, so nothing was begun beside it; the message has each reason."""


class RehearsalFailedError(PermanentError):
    """A clone of the standby could not be made, promoted or kept apart; production is as it was."""


class ApprovalDeniedError(PermanentError):
    """A person rejected the switchover, or the time to approve it is over."""


class HoldExpiredError(PermanentError):
    """Writes were held for as long as they may be, and AWS does not take them yet."""


class GamedayRefusedError(PermanentError):
    """A GameDay may not begin now; the message has each reason. Nothing was touched."""


def error_named(name: str) -> type[LandbridgeError] | None:
    """Return the class of the tree with that name, or None where there is none."""
    found = globals().get(name)
    if isinstance(found, type) and issubclass(found, LandbridgeError):
        return found
    return None


def parted(text: str) -> tuple[str, str]:
    """Return message and remedy of an error's text; the remedy is empty where it has none.

    Step Functions and Lambda hand on an error's name and text, and no field of its own.
    """
    message, _, remedy = text.rpartition(_REMEDY)
    return (message, remedy) if message else (text, "")
