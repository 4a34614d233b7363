"""How long certificates and passwords are good for yet."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from landbridge.domain.preflight.check import Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.preflight.database_facts import DatabaseFacts, unasked

__all__ = ["Certificate", "certificate_checks", "password_check"]

# Public authorities renew a month before the end: three weeks left is a renewal that did not
# happen; one week left is an outage of the standby that nobody will notice in time.
WARN_DAYS, FAIL_DAYS = 21, 7
_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Certificate:
    """A server's certificate: ``expires_at`` in epoch seconds, None where it was not seen.

    ``reason`` says why not; ``refused``: it was seen and does not verify.
    """

    name: str
    expires_at: float | None
    reason: str = ""
    refused: bool = False


def certificate_checks(certificates: Iterable[Certificate], now: float) -> list[Check]:
    """Return one check for each certificate."""
    return [
        check_of(f"certificate-{one.name}", _certificate(one, now), _good(one, now))
        for one in certificates
    ]


def _good(one: Certificate, now: float) -> str:
    return f"good for {((one.expires_at or now) - now) / _DAY_SECONDS:.0f} days"


def _certificate(one: Certificate, now: float) -> Iterator[Finding]:
    if one.refused:
        yield fail(f"the certificate does not verify: {one.reason}", "renew it, or its authority")
    elif one.expires_at is None:
        yield unknown(one.reason)
    else:
        yield from _ending("the certificate", one.expires_at, now, "renew it")


def password_check(primary: DatabaseFacts, now: float) -> Check:
    """Return the check of the database roles' passwords, which replicate from the primary."""

    def findings() -> Iterator[Finding]:
        yield from unasked(primary)
        for role, until in sorted(primary.valid_until.items()):
            remedy = f"give it a new password and ALTER ROLE {role} VALID UNTIL a later day"
            yield from _ending(f"role {role}'s password", until, now, remedy)

    return check_of("role-passwords", findings(), "no password of a role in use ends soon")


def _ending(what: str, until: float, now: float, remedy: str) -> Iterator[Finding]:
    days = (until - now) / _DAY_SECONDS
    if days <= 0:
        yield fail(f"{what} has expired", remedy)
    elif days < WARN_DAYS:
        yield (fail if days < FAIL_DAYS else warn)(f"{what} ends in {days:.1f} days", remedy)
