"""``serve``: PostgreSQL on the data folder, ended cleanly when the pod is."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from landbridge.database_pod.environment import PodSettings
from landbridge.database_pod.passfile import with_own_passfile
from landbridge.database_pod.programs import Programs
from landbridge.database_pod.report import Report
from landbridge.database_pod.volume import Volume
from landbridge.domain.errors import ConfigurationError

__all__ = ["serve"]

# Kubernetes says SIGTERM, which PostgreSQL takes for "wait until every client has gone". SIGINT is
# its fast shutdown: clients are ended, a checkpoint is written, standbys get all of the WAL.
_SIGNALS: dict[signal.Signals, signal.Signals] = {
    signal.SIGTERM: signal.SIGINT,
    signal.SIGINT: signal.SIGINT,
    signal.SIGQUIT: signal.SIGQUIT,
}


def serve(pod: PodSettings, conninfo: str, report: Report) -> int:
    """Run the server until it ends; return its exit code. Raises ConfigurationError.

    ``conninfo`` leads to the other site; the pass file that it names is copied for the standby that
    was made of it. A file that cannot be read is an event ``passfile``, for a primary needs none.
    """
    volume = Volume(Programs(pod))
    if volume.rewinding is not None or not volume.has_database:
        raise ConfigurationError(
            f"{volume.data} holds no database that could serve", "rebuild it first"
        )
    folder = pod.settings_folder
    files = {
        "config_file": folder / "postgresql.conf",
        "hba_file": folder / "pg_hba.conf",
        "ident_file": folder / "pg_ident.conf",
    }
    settings = [word for name, file in files.items() for word in ("-c", f"{name}={file}")]
    arguments = ["-D", str(volume.data), *settings]
    with (
        volume.locked() as lock,
        _signals_caught() as caught,
        _passfile_copied(volume, conninfo, report),
        # The lock goes along: it is free when the last of the server's processes has ended.
        volume.programs.started(
            "postgres",
            *arguments,
            death=signal.SIGQUIT,
            pass_fds=(lock,),
            stdout=sys.stdout,
            stderr=sys.stderr,
        ) as server,
    ):
        caught.pass_on_to(server)
        return server.wait()


@contextmanager
def _passfile_copied(volume: Volume, conninfo: str, report: Report) -> Iterator[None]:
    try:
        with_own_passfile(volume, conninfo, volume.folder)
    except ConfigurationError as error:
        report.say("passfile", why=error.message, remedy=error.remedy)
    yield


class _Caught:
    """Signals that this process gets, kept until there is a server to pass them on to."""

    def __init__(self) -> None:
        self._waiting: list[signal.Signals] = []
        self._server: subprocess.Popen[str] | None = None

    def catch(self, number: int, _frame: FrameType | None) -> None:
        self._waiting.append(_SIGNALS[signal.Signals(number)])
        if self._server is not None:
            self.pass_on_to(self._server)

    def pass_on_to(self, server: subprocess.Popen[str]) -> None:
        self._server = server
        while self._waiting:
            server.send_signal(self._waiting.pop(0))


@contextmanager
def _signals_caught() -> Iterator[_Caught]:
    caught = _Caught()
    before = {number: signal.signal(number, caught.catch) for number in _SIGNALS}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
