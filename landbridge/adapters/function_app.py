"""The Function App in Azure, as the orchestrator calls it: gate, lock, pods and Azure's own vote.

Its errors come back by name, so what the Function App refused is raised here as the same class.
"""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from landbridge.adapters import function_app_answers as answers
from landbridge.adapters.http_probe import request_json
from landbridge.adapters.replaceable import replaceable
from landbridge.domain import errors
from landbridge.domain.database_rebuild import ACTS, Action, RebuildLook
from landbridge.domain.lock import Taking
from landbridge.domain.rehearsal import RehearsalLook
from landbridge.domain.rollout import RolloutLook
from landbridge.domain.settings import FunctionApp as FunctionAppSettings
from landbridge.domain.votes import Ballot, Vote

__all__ = ["FunctionApp", "StandbyRebuild", "Tokens", "taking_of"]

_TIMEOUT_SECONDS = 10.0
_OK, _ACCEPTED = 200, 202
_UNAUTHENTICATED, _FORBIDDEN = 401, 403
_THROTTLED = 429
_SERVER_ERROR = 500


class Tokens(Protocol):
    """Where the access tokens come from: ``entra`` for programs, ``person_tokens`` for persons."""

    def current(self) -> str:
        """Return a token that is good for a minute or more."""
        ...

    def get_ready(self) -> None:
        """Have a young token at hand; raise why there is none."""
        ...

    def drop(self, token: str) -> None:
        """Forget a token that was refused."""
        ...


@replaceable
def taking_of(run: str) -> Taking | None:  # noqa: ARG001 - for whoever replaces it
    """Return which dead run's lock a person lets this one take: nobody's, but in a takeover."""
    return None


class FunctionApp:
    """One call per method; every one of them may be made twice.

    An answer that is not what the route answers, or says that it was not done, is no
    answer.
    """

    def __init__(self, settings: FunctionAppSettings, tokens: Tokens) -> None:
        self._settings, self._tokens = settings, tokens

    def get_ready(self) -> None:
        """Have a young token at hand; raise what asking for one raises."""
        self._tokens.get_ready()

    def _call(self, method: str, route: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        token = self._tokens.current()
        status, answer = self._request(method, route, body, token)
        if status == _UNAUTHENTICATED:
            # Once: it may be older than this clock says, or its key was taken back.
            self._tokens.drop(token)
            status, answer = self._request(method, route, body, self._tokens.current())
        if status in {_OK, _ACCEPTED} and isinstance(answer, dict):
            return answer
        raise _error(method, route, status, answer)

    def _request(
        self, method: str, route: str, body: dict[str, Any] | None, token: str
    ) -> tuple[int, Any]:
        try:
            return request_json(
                method,
                f"{self._settings.url}/api/{route}",
                body,
                headers={"Authorization": f"Bearer {token}"},
                timeout_seconds=_TIMEOUT_SECONDS,
            )
        except OSError as error:
            raise errors.FunctionUnavailableError(f"{method} {route}: {error}") from error

    def gate(self) -> dict[str, Any]:
        """Return the gate: state, active_site, epoch, holder, since."""
        answer = self._call("GET", "gate")
        answers.gate(answer)
        return answer

    def move_gate(
        self, to: str, epoch: int, run: str, *, seen_epoch: int | None = None
    ) -> dict[str, Any]:
        """Move the gate by compare-and-set; return it.

        With ``seen_epoch`` StaleEpochError where another run wrote it after that epoch.
        """
        body = {"to": to, "epoch": epoch, "holder": run}
        seen = {} if seen_epoch is None else {"seen_epoch": seen_epoch}
        answer = self._call("POST", "gate", body | seen)
        answers.moved_gate(answer, to, epoch, run)
        return answer

    def take_lock(self, run: str, lease_seconds: int) -> dict[str, Any]:
        """Take the run lock, or keep it; return holder and epoch."""
        body: dict[str, Any] = {"action": "take", "holder": run, "lease_seconds": lease_seconds}
        taking = taking_of(run)
        if taking is not None:
            body |= {f"from_{name}": value for name, value in asdict(taking).items()}
        answer = self._call("POST", "lock", body)
        answers.held_lock(answer, run)
        return answer

    def renew_lock(self, run: str, epoch: int) -> dict[str, Any]:
        """Begin the lease anew; StaleEpochError where a newer run has taken over."""
        body = {"action": "renew", "holder": run, "epoch": epoch}
        answer = self._call("POST", "lock", body)
        answers.held_lock(answer, run, epoch)
        return answer

    def release_lock(self, run: str) -> dict[str, Any]:
        """Free the lock if this run holds it."""
        answer = self._call("POST", "lock", {"action": "release", "holder": run})
        answers.freed_lock(answer, run)
        return answer

    def scale(self, replicas: int, epoch: int, run: str) -> dict[str, Any]:
        """Set how many pods AKS shall run; return desired and ready."""
        body = {"replicas": replicas, "epoch": epoch, "holder": run}
        answer = self._call("POST", "scale", body)
        answers.scaled(answer, replicas)
        return answer

    def rollout(self) -> RolloutLook:
        """Return the Deployment in AKS and its pods."""
        return answers.rollout_look(self._call("GET", "standby"))

    def rebuild(self) -> RebuildLook:
        """Return Azure's database pod and its rebuild Job."""
        return answers.rebuild_look(self._call("GET", "rebuild"))

    def act_on_rebuild(
        self, action: str, epoch: int, run: str, *, discard_forked_rows: bool
    ) -> None:
        """Do one action of Azure's rebuild."""
        body = {"action": action, "discard_forked_rows": discard_forked_rows}
        answer = self._call("POST", "rebuild", {**body, "epoch": epoch, "holder": run})
        answers.acted(answer, action)

    def rehearsal(self) -> RehearsalLook:
        """Return the rehearsal's Job, its pods and what they said."""
        return answers.rehearsal_look(self._call("GET", "rehearsal"))

    def act_on_rehearsal(self, action: str, run: str, seconds: int) -> str:
        """Do one act to a rehearsal's Job; return what was done, ``done`` where nothing is left."""
        body = {"action": action, "run": run, "seconds": seconds}
        return answers.rehearsal_left(self._call("POST", "rehearsal", body), action)

    def preflight(self, replicas: int, nonce: str) -> dict[str, Any]:
        """Return what Azure's half saw for the preflight, as ``read_half`` reads it."""
        return self._call("POST", "preflight", {"replicas": replicas, "nonce": nonce})

    def keep_look(self, look: dict[str, Any], at: float) -> None:
        """Keep the last look at the primary in Azure too; ``at`` is epoch seconds."""
        answers.kept_look(self._call("POST", "look", {"look": look, "at": at}), at)

    def start_takeover(self, request: dict[str, Any]) -> dict[str, Any]:
        """Start a takeover, or find the one that is on; return its run and what was said."""
        answer = self._call("POST", "takeover", request)
        answers.begun_takeover(answer)
        return answer

    def takeover(self, run: str) -> dict[str, Any]:
        """Return how a takeover stands: run, job, lease, state, ended, steps and ending."""
        answer = self._call("GET", f"takeover/{run}")
        answers.seen_takeover(answer, run)
        return answer

    def takeovers(self) -> list[str]:
        """Return the runs that AKS keeps, newest first."""
        return answers.kept_takeovers(self._call("GET", "takeovers"))

    def takeover_record(self, run: str) -> dict[str, Any]:
        """Return at, ended, record, document and whole of a run; without a record it is None."""
        answer = self._call("GET", f"takeover/{run}/record")
        answers.takeover_record(answer, run)
        return answer

    def probe(self) -> Ballot:
        """Return Azure's own vote on AWS; a Function App that does not answer does not know."""
        try:
            return answers.ballot(self._call("POST", "probe", {}))
        except errors.FunctionUnavailableError as error:
            return Ballot("azure", Vote.UNKNOWN, error.message)


@dataclass(frozen=True)
class StandbyRebuild:
    """Azure's rebuild, by way of the Function App."""

    app: FunctionApp
    epoch: int

    def look(self) -> RebuildLook:
        """Return what is true of the database's pod and of the Job."""
        return self.app.rebuild()

    def act(self, action: Action, run: str, *, discard_forked_rows: bool = False) -> None:
        """Do one action; the ones that wait need no call."""
        if action in ACTS:
            self.app.act_on_rebuild(
                action.value, self.epoch, run, discard_forked_rows=discard_forked_rows
            )


def _error(method: str, route: str, status: int, answer: object) -> errors.LandbridgeError:
    document = answer if isinstance(answer, dict) else {}
    message = f"{method} {route}: {document.get('message') or f'answered {status}'}"
    remedy = str(document.get("remedy", ""))
    named = errors.error_named(str(document.get("error", "")))
    if named is not None:
        return named(message, remedy)
    if status in {_UNAUTHENTICATED, _FORBIDDEN}:
        remedy = "see the Function App's log for why it refuses this application's token"
        return errors.AccessDeniedError(message, remedy)
    if status == _THROTTLED or status >= _SERVER_ERROR:
        return errors.FunctionUnavailableError(message)
    if status == _OK:
        return errors.FunctionUnavailableError(f"{method} {route}: the answer is not an object")
    return errors.ConfigurationError(message, "are both halves of landbridge of one version?")
