"""Whether AWS is held up by Azure alone, and about to serve again: then its votes wait a moment.

Synchronous commits wait for the standby, so an Azure that is away makes AWS unready, and the run
that AWS's alarm began goes on only once Azure can be seen. Just then AWS is about to serve again:
votes that were taken at once would move the workload because of Azure alone.
"""

from landbridge.domain.database import DatabaseLook
from landbridge.domain.settings import Settings

__all__ = ["why_to_settle"]


def why_to_settle(aws: DatabaseLook, settings: Settings, *, looked_again: bool) -> str:
    """Return why AWS gets ``settle_seconds`` to serve again, or an empty text: it is not held up.

    ``looked_again`` is whether the sites could not be seen at first. A database that does not
    answer, or is fenced, is not held up by its standby.
    """
    if not settings.synchronous or not aws.is_primary or aws.read_only:
        return ""
    wanted, enough = settings.standby_name.lower(), settings.budgets.settle_seconds
    since = [
        one.since_seconds
        for one in aws.standbys
        if one.application_name.lower() == wanted and one.state == "streaming"
    ]
    if not since:
        return "AWS's commits wait for Azure, which does not stream"
    if any(seconds is not None and seconds < enough for seconds in since):
        return f"Azure streams again for less than {enough:g} s"
    return "the sites could not be seen at first" if looked_again else ""
