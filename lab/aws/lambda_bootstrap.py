"""What runs inside a Lambda worker: one handler, one invocation after the other.

Started isolated (``python -I -S``), so that the module path is the bundle, the standard library
and what Lambda's runtime has, in that order, as in life. Speaks JSON lines: invocations come on
standard input, answers go to a file descriptor of their own, and whatever the handler prints is
its log. Standard library only: it shares its process with the bundle.

Arguments: answers' file descriptor, the bundle's folder, the runtime packages' folder, the handler.
"""

import importlib
import importlib.util
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

Handler = Callable[[Any, Any], Any]


class Context:
    """The context object (Lambda Developer Guide, "Using the Lambda context object")."""

    def __init__(self, request_id: str, arn: str, timeout_seconds: float) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's timeout."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def described(error: BaseException, error_type: str = "") -> dict[str, Any]:
    """Return the error as Lambda's Python runtime reports it: the class's name is the type."""
    frames = error.__traceback__  # the first is this module's own
    return {
        "errorMessage": str(error),
        "errorType": error_type or type(error).__name__,
        "stackTrace": traceback.format_tb(frames.tb_next if frames else None),
    }


def load(handler: str) -> Handler:
    """Import ``package.module.function``; ImportError or AttributeError, as Python has them."""
    module, _, name = handler.rpartition(".")
    loaded: Handler = getattr(importlib.import_module(module), name)
    return loaded


def initialize(handler: str, answers: TextIO) -> Handler | None:
    """Load the handler and say so; None where that failed, with the error told."""
    try:
        loaded = load(handler)
    except ImportError as error:
        tell(answers, {"error": described(error, "Runtime.ImportModuleError")})
    except AttributeError as error:
        tell(answers, {"error": described(error, "Runtime.HandlerNotFound")})
    except Exception as error:  # noqa: BLE001 - whatever the module does is its answer
        tell(answers, {"error": described(error)})
    else:
        tell(answers, {"ready": True})
        return loaded
    return None


def lab_module(file: Path) -> Any:
    """Return a module of the lab: an isolated process finds it by its file alone."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(str(file))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def crash_point(told: dict[str, Any]) -> Any:
    """Return the armed ``lambda_crash.CrashPoint``."""
    point = lab_module(Path(__file__).with_name("lambda_crash.py")).CrashPoint(**told)
    point.arm()
    return point


def invoke(handler: Handler, invocation: dict[str, Any]) -> dict[str, Any]:
    """Run one invocation; return ``{"result"}`` or ``{"error"}``."""
    context = Context(
        invocation["request_id"], invocation["function_arn"], invocation["timeout_seconds"]
    )
    if invocation.get("trace_id"):
        os.environ["_X_AMZN_TRACE_ID"] = invocation["trace_id"]
    try:
        result = handler(invocation["event"], context)
    except Exception as error:  # noqa: BLE001 - the error is the function's answer
        return {"error": described(error)}
    try:
        return {"result": json.loads(json.dumps(result))}
    except (TypeError, ValueError) as error:
        return {"error": described(error, "Runtime.MarshalError")}


def tell(answers: TextIO, answer: dict[str, Any]) -> None:
    """Send one answer, after everything that was printed before it."""
    sys.stdout.flush()
    sys.stderr.flush()
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def keep_wrong_time() -> None:
    """Let the clock go by the lab's file, where it has one."""
    if file := os.environ.pop("LAB_CLOCK", ""):
        clock = lab_module(Path(__file__).parents[1] / "processes" / "wrong_clock.py")
        clock.install(Path(file), os.environ["AWS_LAMBDA_FUNCTION_NAME"])


def main() -> None:
    """Be a worker from the start of this process."""
    answers_fd, task_root, runtime_root, handler_name = sys.argv[1:]
    keep_wrong_time()
    sys.path.append(runtime_root)
    serve(int(answers_fd), task_root, handler_name)


def serve(answers_fd: int, task_root: str, handler_name: str) -> None:
    """Serve invocations until there are no more."""
    sys.path.insert(0, task_root)
    with os.fdopen(answers_fd, "w") as answers:
        handler = initialize(handler_name, answers)
        if handler is None:
            return
        for line in sys.stdin:
            invocation = json.loads(line)
            crash = crash_point(invocation["crash"]) if invocation.get("crash") else None
            answer = invoke(handler, invocation)
            if crash is not None:
                crash.at_the_end()
            tell(answers, answer)


if __name__ == "__main__":
    main()
