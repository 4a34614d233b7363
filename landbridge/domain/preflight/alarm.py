"""Would an outage be noticed: is the alarm on AWS's health there, and does it see anything.

Only a change from OK to ALARM starts a run, so an alarm that is anything but OK starts none.
"""

from collections.abc import Iterator

from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn

__all__ = ["alarm_check"]

_WATCHDOG = "until then the watchdog alone starts a failover"
# CloudFormation makes nothing again that was deleted beside it, while the template is as it was.
_MAKE = "cdk deploy --all where it was never made, else make it again as cdk synth shows it"


def alarm_check(name: str, state: str | None, reason: str, site: str) -> Check:
    """Return the check; ``state`` is CloudWatch's word, None where there is no such alarm.

    ``reason`` says why it could not be read, ``site`` who serves.
    """
    return check_of(
        "health-alarm", _findings(name, state, reason, site), f"alarm {name} sees AWS's health"
    )


def _findings(name: str, state: str | None, reason: str, site: str) -> Iterator[Finding]:
    if reason:
        yield unknown(reason)
    elif state is None:
        yield fail(f"there is no alarm {name}; {_WATCHDOG}", _MAKE)
    elif state == "INSUFFICIENT_DATA":
        yield fail(
            f"alarm {name} has no data: no outage starts a failover; {_WATCHDOG}",
            "aws cloudwatch describe-alarms in us-east-1: is its HealthCheckId AWS's check",
        )
    elif state == "ALARM" and site == "aws":
        yield warn(
            f"alarm {name} is in ALARM: it starts nothing before it was OK again; {_WATCHDOG}",
            "landbridge status says what to do",
        )
