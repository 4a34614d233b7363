"""What starts a run by itself, by the names that the stacks give it and the preflight asks for."""

__all__ = [
    "ALARM_EVENT",
    "EVERY_MINUTE",
    "FORWARDED_ALARM",
    "GAMEDAY_SCHEDULE",
    "trigger_name",
]

ALARM_EVENT = "on-alarm"  # hands the alarm's event to the starter
EVERY_MINUTE = "every-minute"  # the looks, the watchdog among them
FORWARDED_ALARM = "forward-alarm"  # brings the event from us-east-1 to the orchestrator's region
GAMEDAY_SCHEDULE = "gameday"


def trigger_name(workload: str, trigger: str) -> str:
    """Return a rule's or schedule's name in EventBridge: ``landbridge-orders-on-alarm``."""
    return f"landbridge-{workload}-{trigger}"
