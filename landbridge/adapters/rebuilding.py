"""One visit to a rebuild: look, do the one thing that is left, look again until the visit is over.

AWS's cluster is reached directly, Azure's through the Function App; the visit is the same.
"""

from collections.abc import Callable
from typing import Any, Protocol

from landbridge.adapters.polling import poll
from landbridge.domain.database_rebuild import Action, RebuildLook, next_action, result_of_log
from landbridge.domain.errors import RebuildFailedError

__all__ = ["Rebuild", "visit"]


class Rebuild(Protocol):
    """A site's rebuild, wherever its cluster is."""

    def look(self) -> RebuildLook:
        """Return what is true of the database's pod and of the Job."""
        ...

    def act(self, action: Action, run: str, *, discard_forked_rows: bool = False) -> None:
        """Do one action; each may be done twice."""
        ...


def visit(
    rebuild: Rebuild,
    run: str,
    renew: Callable[[], object],
    timeout_seconds: float,
    *,
    discard_forked_rows: bool,
) -> dict[str, Any]:
    """Go on with the rebuild for a while; return ``{"done", "action", "progress", "result"}``.

    ``progress`` is the Job's last ``{"method", "bytes", "total_bytes", "bytes_per_second",
    "seconds_left"}``, ``result`` its last word. Raises RebuildFailedError with the Job's reason.
    """
    renew()
    seen: list[tuple[Action, RebuildLook]] = []

    def step() -> bool | None:
        look = rebuild.look()
        action = next_action(look, run)
        seen[:] = [(action, look)]
        if action in {Action.DONE, Action.FAILED}:
            return True
        rebuild.act(action, run, discard_forked_rows=discard_forked_rows)
        return None

    poll(step, timeout_seconds)
    ((action, look),) = seen
    if action is Action.FAILED:
        said = result_of_log(look, "failed")
        message = str(said.get("message") or "the rebuild Job failed and said nothing")
        raise RebuildFailedError(message, str(said.get("remedy", "")))
    return {
        "done": action is Action.DONE,
        "action": action.value,
        "progress": result_of_log(look, "progress"),
        "result": result_of_log(look, "rebuilt"),
    }
