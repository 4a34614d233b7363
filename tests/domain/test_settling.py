"""Whether AWS is held up by Azure's absence, and so about to serve again."""

from dataclasses import replace

import pytest

from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable
from landbridge.domain.settings import parse_settings
from landbridge.domain.settling import why_to_settle
from tests.sample_settings import settings_document

LINK = StandbyConnection("azure", "streaming", "sync", 100, 3600.0)
AWS = DatabaseLook("aws", reachable=True, in_recovery=False, read_only=False, standbys=(LINK,))
ABSENT = "AWS's commits wait for Azure, which does not stream"
FRESH = "Azure streams again for less than 5 s"
AGAIN = "the sites could not be seen at first"


def why(aws: DatabaseLook, *, synchronous: bool = True, looked_again: bool = False) -> str:
    """Return the reason with five seconds to settle."""
    mode = "sync" if synchronous else "async"
    document = settings_document(replication=mode, standby_name="Azure")
    document["budgets"]["settle_seconds"] = 5.0
    return why_to_settle(aws, parse_settings(document), looked_again=looked_again)


@pytest.mark.parametrize(
    ("aws", "looked_again", "reason"),
    [
        (AWS, False, ""),
        (AWS, True, AGAIN),
        (replace(AWS, standbys=()), False, ABSENT),
        (replace(AWS, standbys=(replace(LINK, application_name="other"),)), False, ABSENT),
        (replace(AWS, standbys=(replace(LINK, state="catchup"),)), False, ABSENT),
        (replace(AWS, standbys=(replace(LINK, since_seconds=4.9),)), False, FRESH),
        (replace(AWS, standbys=(replace(LINK, since_seconds=5.0),)), False, ""),
        (replace(AWS, standbys=(replace(LINK, since_seconds=None),)), False, ""),
    ],
)
def test_who_had_to_wait_for_azure_gets_a_moment(
    aws: DatabaseLook,
    looked_again: bool,  # noqa: FBT001 - a table's column
    reason: str,
) -> None:
    """A standby that is not there, or is back since a moment, or sites that were not seen."""
    assert why(aws, looked_again=looked_again) == reason


@pytest.mark.parametrize(
    "aws",
    [unreachable("aws", "refused"), replace(AWS, in_recovery=True), replace(AWS, read_only=True)],
)
def test_what_is_ill_by_itself_does_not(aws: DatabaseLook) -> None:
    """A database that is gone, a standby itself, or fenced, waits for nobody."""
    assert why(replace(aws, standbys=()), looked_again=True) == ""


def test_asynchronous_commits_wait_for_nobody() -> None:
    """In async mode an absent Azure holds nothing up."""
    assert why(replace(AWS, standbys=()), synchronous=False, looked_again=True) == ""
