"""How the processes of lab/dns live no longer than who started them.

A child reads its standard input, whose other end only the parent holds: end of file means that the
parent is gone, or lets go. The kernel's parent-death signal stands behind it. That signal also
comes when only the *thread* that started the child ends, so it counts only if the parent really
changed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

__all__ = ["hold_on_to_parent", "start_child", "stop_child"]

_PR_SET_PDEATHSIG = 1
_STOP_SECONDS = 5.0


def hold_on_to_parent(on_release: Callable[[], None]) -> None:
    """Call ``on_release`` (on a thread of its own) when the parent lets go; called by the child.

    Where the parent dies and even that cannot run, the process ends at once.
    """
    parent = os.getppid()

    def parent_signal(_number: int, _frame: FrameType | None) -> None:
        if os.getppid() != parent:
            os._exit(1)

    def read_to_end() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        on_release()

    signal.signal(signal.SIGHUP, parent_signal)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGHUP)
    threading.Thread(target=read_to_end, name="lifeline", daemon=True).start()


def start_child(
    module: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> tuple["subprocess.Popen[str]", str]:
    """Start ``python -m module`` and wait for its first line, with which it says that it is ready.

    ``environment`` is added to this process's. The child gets a session of its own, so that a
    Ctrl-C at the terminal reaches the parent alone. Raises RuntimeError where it ends before it is
    ready; what it had to say is on standard error, which is the parent's.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )
    assert child.stdout is not None  # noqa: S101 - for the type checker: it was asked for
    line = child.stdout.readline()
    if not line:
        stop_child(child)
        raise RuntimeError(f"{module} ended with {child.returncode} before it was ready")
    return child, line


def stop_child(child: "subprocess.Popen[str]") -> None:
    """End a child: let go of it first, kill it if that takes too long; harmless when it is gone."""
    for stream in (child.stdin, child.stdout):
        if stream is not None:
            stream.close()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
