"""Lambda's execution environments, as processes of their own.

The emulator's own workers are not used, because they (ministack 1.5.33)

- report ``Runtime.HandlerError`` for every exception, while Lambda reports the exception's class,
  which is what Retry and Catch match;
- inherit the emulator's environment and its whole site-packages, so a bundle that lacks a module
  would run here and fail in the cloud;
- are ended after every error, where Lambda keeps the environment warm;
- report a killed process as one more handler's error, where Lambda says ``Runtime.ExitError``.
"""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

import json
import os
import select
import signal
import time
import uuid
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime

from lab.aws.lambda_packages import Runtime, unpack
from lab.aws.worker_processes import Starter

__all__ = ["WorkerDiedError", "worker_class"]


class WorkerDiedError(Exception):
    """The process went away before it answered; the message is in Lambda's words."""

    def __init__(self, status: int) -> None:
        killed = f"signal: {signal.strsignal(-status)}".lower() if status < 0 else ""
        super().__init__(killed or f"exit status {status}")


def worker_class(runtime: Runtime) -> type[Any]:
    """Return the class that takes the place of ministack's Worker."""

    class LabWorker(_LabWorker):
        lab_runtime = runtime
        lab_starter = Starter(runtime)

    return LabWorker


class _LabWorker(lambda_runtime.Worker):  # type: ignore[misc]
    """One execution environment: spawned at its first invocation, kept until it dies."""

    lab_runtime: Runtime
    lab_starter: Starter
    _proc: Any  # the process, or None; the emulator's own name for it

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        super().__init__(func_name, config, code_zip)
        self._log: Path | None = None
        self._log_read = 0
        self._answers = -1

    @property
    def pid(self) -> int | None:
        """The process, while it lives."""
        return self._proc.pid if self._proc is not None and self._proc.poll() is None else None

    def _spawn(self) -> None:
        task_root = unpack(self.code_zip, self.lab_runtime.unpacked)
        self._log = self.lab_runtime.folder / f"{self.func_name}-{uuid.uuid4().hex[:12]}.log"
        self._log_read = 0
        environment = self._environment(task_root)
        if self._answers >= 0:
            os.close(self._answers)
        self._proc, self._answers = self.lab_starter.start(
            task_root, self.config["Handler"], environment, self._log
        )

    def _environment(self, task_root: Path) -> dict[str, str]:
        """Return what Lambda sets (Developer Guide, "Defined runtime environment variables")."""
        _, region = lambda_runtime._account_region_from_function_config(self.config)
        own = self.config.get("Environment", {}).get("Variables", {})
        logging = self.config.get("LoggingConfig", {})
        return {
            "PATH": "/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.config.get('Runtime', '')}",
            "AWS_LAMBDA_FUNCTION_NAME": self.config["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": self.config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.config.get("MemorySize", 128)),
            "AWS_LAMBDA_LOG_GROUP_NAME": logging.get(
                "LogGroup", f"/aws/lambda/{self.config['FunctionName']}"
            ),
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
            "LAMBDA_TASK_ROOT": str(task_root),
            "_HANDLER": self.config["Handler"],
            **lambda_runtime.execution_credentials(self.config),
            **self.lab_runtime.environment,
            **own,
        }

    def invoke(self, event: Any, request_id: str, **extra: Any) -> dict[str, Any]:
        """Run one invocation; return ``{"status": "ok", "result"}`` or ``{"status": "error"}``.

        ``crash`` says where the process dies in it, as ``lambda_crash.CrashPoint`` takes it.
        """
        with self._lock:
            cold = self.pid is None
            timeout = float(self.config.get("Timeout", 3))
            try:
                if cold:
                    self._spawn()
                    # Initialization has 10 s, then once more the function's own time (Developer
                    # Guide, "Init phase"); a busy machine is given both in one.
                    started = self._answer(10.0 + timeout)
                    if "error" in started:
                        return self._ended(started)
                self._send(
                    {
                        "event": event,
                        "request_id": request_id,
                        "function_arn": extra.get("invoked_function_arn") or "",
                        "trace_id": extra.get("trace_id"),
                        "crash": extra.get("crash"),
                        "timeout_seconds": timeout,
                    }
                )
                return self._ended(self._answer(timeout))
            except TimeoutError:
                self._end()
                text = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
                return self._ended(_error("Sandbox.Timedout", text))
            except WorkerDiedError as died:
                self._end()
                text = f"RequestId: {request_id} Error: Runtime exited with error: {died}"
                return self._ended(_error("Runtime.ExitError", text))

    def _send(self, invocation: dict[str, Any]) -> None:
        try:
            self._proc.stdin.write(json.dumps(invocation).encode() + b"\n")
            self._proc.stdin.flush()
        except BrokenPipeError:
            raise WorkerDiedError(self._proc.wait()) from None

    def _answer(self, timeout_seconds: float) -> dict[str, Any]:
        """Return one answer; raise TimeoutError or WorkerDiedError."""
        deadline = time.monotonic() + timeout_seconds
        received = bytearray()
        poller = select.poll()
        poller.register(self._answers, select.POLLIN)
        while not received.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not poller.poll(left * 1000):
                raise TimeoutError
            chunk = os.read(self._answers, 1 << 16)
            if not chunk:
                raise WorkerDiedError(self._proc.wait())
            received += chunk
        answer: dict[str, Any] = json.loads(received)
        return answer

    def _ended(self, answer: dict[str, Any]) -> dict[str, Any]:
        outcome = {"status": "error" if "error" in answer else "ok", **answer}
        return {**outcome, "log": self._new_log()}

    def _new_log(self) -> str:
        if self._log is None or not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._log_read)
            text = log.read()
        self._log_read += len(text)
        return text.decode(errors="replace")

    def _end(self) -> None:
        if self._proc is not None:
            self._proc.kill()
            self._proc.wait()
            self._proc.stdin.close()
        self._proc = None

    def _discard_tmpdir(self) -> None:
        """Keep the bundle, other workers run it; close what belongs to this one."""
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1


def _error(error_type: str, message: str) -> dict[str, Any]:
    return {"error": {"errorType": error_type, "errorMessage": message}}
