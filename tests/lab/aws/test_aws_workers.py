"""Lambda workers: isolated as in life, and every way to fail has Lambda's own name."""

import base64
import json
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab.aws.service import Aws
from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_for_file, wait_until


def test_a_worker_sees_its_bundle_and_lambdas_runtime_only(run_flow: Any) -> None:
    """Neither the lab's own packages nor its environment are there."""
    answer, failed = run_flow.invoke("work", {"do": "environment"})

    assert not failed
    assert not [path for path in answer["path"] if "site-packages" in path]
    own = {name for name in answer["environment"] if not name.startswith(("AWS_", "LAMBDA_"))}
    assert own <= {"PATH", "LANG", "LC_CTYPE", "TZ", "TMPDIR", "_HANDLER", "LANDBRIDGE_LAB"}
    assert answer["environment"]["AWS_REGION"] == "eu-central-1"


@pytest.mark.parametrize(
    ("package", "there"), [("boto3", True), ("pydantic", False), ("landbridge", False)]
)
def test_an_import_works_where_lambda_has_the_package(
    run_flow: Any, package: str, *, there: bool
) -> None:
    """boto3 is in the runtime; what else the lab has installed is not."""
    name = f"imports-{package}"
    source = f"import {package}\n\ndef lambda_handler(event, context):\n    return True\n"
    run_flow.create_function(name, source, timeout=20)

    answer, failed = run_flow.invoke(name, {})

    assert failed is not there
    if failed:
        assert answer["errorType"] == "Runtime.ImportModuleError"
        assert package in answer["errorMessage"]


def test_a_bundle_may_bring_its_own_version_of_a_runtime_package(run_flow: Any) -> None:
    """The bundle comes before the runtime in the path."""
    source = "import six\n\ndef lambda_handler(event, context):\n    return six.OWN\n"
    run_flow.create_function("first", source, timeout=5, six="OWN = 'of the bundle'\n")

    assert run_flow.invoke("first", {}) == ("of the bundle", False)


def test_an_exception_is_reported_by_its_class(run_flow: Any) -> None:
    """ErrorType is the class's name, without its module: what Retry and Catch match."""
    answer, failed = run_flow.invoke("work", {"do": "raise"})

    assert failed
    assert answer["errorType"] == "RolloutPendingError"
    assert answer["errorMessage"] == "not yet"
    assert "module.py" in answer["stackTrace"][0]


def test_an_exception_leaves_the_environment_warm(run_flow: Any) -> None:
    """The process that raised serves the next invocation, as Lambda's does."""
    before, _ = run_flow.invoke("work", {})
    run_flow.invoke("work", {"do": "raise"})
    after, _ = run_flow.invoke("work", {})

    assert before == after


def test_an_exit_is_a_runtime_exit(run_flow: Any) -> None:
    """A handler that ends its process is Runtime.ExitError, and the next invocation works."""
    answer, failed = run_flow.invoke("work", {"do": "exit"})

    assert failed
    assert answer["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in answer["errorMessage"]
    assert run_flow.invoke("work", {})[1] is False


def test_a_killed_worker_is_a_runtime_exit_and_is_replaced(
    run_flow: Any, aws: Aws, tmp_path: Path
) -> None:
    """SIGKILL in the middle of an invocation ends that one; the next has a new process."""
    started = tmp_path / "started"
    answers: list[Any] = []
    event = {"do": "touch_and_wait", "file": str(started)}
    run_flow.create_function("killed", run_flow.work, timeout=60)
    caller = threading.Thread(target=lambda: answers.append(run_flow.invoke("killed", event)))
    caller.start()
    wait_for_file(started)

    (pid,) = aws.kill_worker("killed")
    caller.join()

    (answer, failed) = answers[0]
    assert failed
    assert answer["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in answer["errorMessage"]
    again, failed = run_flow.invoke("killed", {})
    assert not failed
    assert again["pid"] != pid


def test_a_timeout_is_lambdas_own(run_flow: Any) -> None:
    """An invocation beyond the function's timeout is Sandbox.Timedout."""
    run_flow.create_function(
        "short", "import time\ndef lambda_handler(*_):\n    time.sleep(60)\n", 1
    )

    answer, failed = run_flow.invoke("short", {})

    assert failed
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]


def test_what_a_handler_prints_is_its_log(run_flow: Any) -> None:
    """The tail of the log comes with the answer, as with LogType Tail."""
    answer = run_flow.functions.invoke(
        FunctionName="work", Payload=json.dumps({"do": "shown"}), LogType="Tail"
    )

    assert "working shown" in base64.b64decode(answer["LogResult"]).decode()


def test_nothing_is_left_of_a_stopped_emulator(run_flow: Any) -> None:
    """Its workers end with it, and it answers no more."""
    with LabFolder() as lab:
        own = Aws(lab)
        own.start()
        flow = type(run_flow)(own)
        flow.invoke("work", {})
        (worker,) = own.workers("work")

        own.stop()

        wait_until(lambda: not psutil.pid_exists(worker.pid), "end of the worker")
        with pytest.raises(OSError, match="refused"):
            own.workers()
