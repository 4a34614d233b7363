"""The next command for whoever is woken: by how a run ended, in words that can be pasted."""

__all__ = ["after_recovery", "after_undoing"]

_START = {
    "failover": "landbridge failover --reason TEXT",
    "failback": "landbridge failback",
}
_LOOK = "landbridge status"
_STATUS_FIRST = f"{_LOOK}, then {{start}}"
# By the error's name. ``{start}`` is the command that starts the same flow again.
_NEXT = {
    "AlreadyOnAwsError": _LOOK,
    "ApprovalDeniedError": "{start}, when the switchover may be",
    "FenceUnconfirmedError": "{start} --accept-data-loss, if the writes that AWS may still"
    " acknowledge can be given up; or wait until AWS's database can be reached",
    "HoldExpiredError": f"{_LOOK}, see why AWS's database falls behind, then {{start}}",
    "InvalidEventError": "{start}",
    "LockHeldError": f"{_LOOK}, and follow the run that is on; if it does not get there: {{start}}",
    "OutageNotConfirmedError": "nothing, if users can write; if they cannot all the same:"
    " {start} --force; to move without an outage: {start} --planned",
    "PromotionRefusedError": "mend what refused it, then {start}; or, where a price is named that"
    " you pay: {start} --accept-data-loss",
    "StaleEpochError": f"{_LOOK}: a newer run has taken over; if it does not get there: {{start}}",
}


def after_recovery(machine: str) -> str:
    """Return what comes after a run that did what it was for."""
    if machine == "failback":
        return f"Next: {_LOOK}."
    return f"Next: {_LOOK}; when AWS is well again: landbridge failback."


def after_undoing(machine: str, error: str) -> str:
    """Return what comes after a run that was refused or undone by the error of that name."""
    return f"Next: {_NEXT.get(error, _STATUS_FIRST).format(start=_START[machine])}."
