"""One step called in a process of its own, as Lambda calls it: bounded, and gone when it is over.

A thread that hangs in a socket cannot be ended; the lock's lease relies on steps that are.
Processes are forked from a server that has loaded every step already, which takes some
milliseconds.
"""

import importlib
import json
import multiprocessing
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from landbridge.domain.machine.frames import Outcome
from landbridge.domain.plan import Step

__all__ = ["Call", "handler_module", "load_steps"]

_CONTEXT = multiprocessing.get_context("forkserver")
# Lambda's own words for a function that took too long, and for one that died.
_TIMED_OUT, _DIED = "Sandbox.Timedout", "Runtime.ExitError"


@dataclass(frozen=True)
class StepContext:
    """What a handler finds where Lambda hands it its context object."""

    function_name: str
    aws_request_id: str
    invoked_function_arn: str = "none: takeover"
    memory_limit_in_mb: str = "0"


def load_steps(modules: Iterable[str]) -> None:
    """Let the server that processes are forked from load these modules first, once."""
    _CONTEXT.set_forkserver_preload(list(modules))


def handler_module(step: Step) -> str:
    """Return the module of the step's handler, the same that its Lambda runs."""
    return f"functions.{step.name}.handler"


class Call:
    """A step under way; ``connection`` is ready when it has ended, one way or the other.

    ``module`` has its ``lambda_handler``; ``request_id`` is for its log lines.
    """

    def __init__(self, step: Step, module: str, payload: Any, request_id: str) -> None:
        self._step = step
        self.connection, theirs = _CONTEXT.Pipe(duplex=False)
        context = StepContext(step.name, request_id)
        self._process = _CONTEXT.Process(
            target=_run, args=(module, json.dumps(payload), context, theirs), daemon=True
        )
        self._process.start()
        theirs.close()

    def outcome(self) -> Outcome:
        """Return how it went; call it once ``connection`` is ready."""
        try:
            answer = json.loads(self.connection.recv_bytes())
        except EOFError:
            self._process.join()
            said = f"the step's process ended with {self._process.exitcode} and said nothing"
            return _failure(_DIED, said)
        finally:
            self.connection.close()
        self._process.join()
        if "error" in answer:
            return _failure(answer["error"], answer["message"])
        return Outcome(result=answer["result"])

    def kill(self) -> Outcome:
        """End it now; return the outcome of a function that took too long."""
        self._process.kill()
        self._process.join()
        self.connection.close()
        return _failure(_TIMED_OUT, f"Task timed out after {self._step.timeout_seconds} seconds")


def _failure(name: str, message: str) -> Outcome:
    # As Lambda tells Step Functions, which hands it on as the cause.
    return Outcome(error=name, cause=json.dumps({"errorMessage": message, "errorType": name}))


def _run(module: str, payload: str, context: StepContext, answers: Connection) -> None:
    try:
        handler = importlib.import_module(module).lambda_handler
        said: dict[str, Any] = {"result": handler(json.loads(payload), context)}
        text = json.dumps(said)
    except Exception as error:  # noqa: BLE001 - the machine decides by its name
        text = json.dumps({"error": type(error).__name__, "message": str(error)})
    answers.send_bytes(text.encode())
