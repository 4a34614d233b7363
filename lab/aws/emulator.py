"""The AWS emulator's process: ``python -m lab.aws.emulator OPTIONS`` with a JSON object.

Options: ``folder`` (everything that it writes), ``unpacked`` (bundles, kept for other labs),
``account``, ``secret_key`` (its root's), ``wait_scale`` (of Wait and Retry), ``enforce_iam``,
``worker_environment``, ``issuer`` (of STS's tokens, and its key's file, or empty). Binds a free
port of 127.0.0.1 and writes it to the folder's file ``port``; SIGTERM ends it.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import sysconfig
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"


def configure(options: dict[str, Any], port: int) -> Path:
    """Set what ministack reads from its environment on import; return the Lambda folder."""
    folder = Path(options["folder"])
    for name in ("tmp", "lambda"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "TMPDIR": str(folder / "tmp"),
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": LOOPBACK,
        "BIND_HOST": LOOPBACK,
        "MINISTACK_ACCOUNT_ID": options["account"],
        "AWS_SECRET_ACCESS_KEY": options["secret_key"],
        "AUTH": "true" if options["enforce_iam"] else "false",
        "SFN_WAIT_SCALE": str(options["wait_scale"]),
        # Listeners of services that the lab has no use for.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # No container engine: functions run as processes.
        "DOCKER_HOST": "unix:///nonexistent",
        "LOG_LEVEL": options.get("log_level", "WARNING"),
    }
    return folder / "lambda"


def application(options: dict[str, Any], lambda_folder: Path, port: int) -> Any:
    """Return the ASGI application: ministack, mended where need be, and the lab's routes."""
    from ministack.app import app  # noqa: PLC0415 - reads its environment on import

    from lab.aws import access_record, event_bus, lambda_service, step_functions  # noqa: PLC0415 - likewise
    from lab.aws.lab_endpoint import with_lab_endpoint  # noqa: PLC0415 - likewise
    from lab.aws.lambda_packages import Runtime, link_runtime_packages  # noqa: PLC0415 - likewise

    packages = lambda_folder / "runtime-packages"
    link_runtime_packages(packages, Path(sysconfig.get_path("purelib")))
    environment = {"AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{port}", **options["worker_environment"]}
    lambda_service.install(Runtime(lambda_folder, Path(options["unpacked"]), packages, environment))
    access_record.install()
    step_functions.install()
    event_bus.install(options["wait_scale"])
    if options["issuer"]:
        from lab.aws import web_identity  # noqa: PLC0415 - likewise

        name, key = options["issuer"]
        web_identity.install(Path(key), name)
    return with_lab_endpoint(app)


async def serve(app: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM."""
    from hypercorn.asyncio import serve as hypercorn_serve  # noqa: PLC0415 - with ministack
    from hypercorn.config import Config  # noqa: PLC0415 - with ministack

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.loglevel = "WARNING"
    config.graceful_timeout = 0.2
    config.keep_alive_timeout = 75
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await hypercorn_serve(app, config, shutdown_trigger=ended.wait)


def announce(folder: Path, port: int) -> None:
    """Write the port where the parent waits for it, whole from the first."""
    half = folder / ".port"
    half.write_text(str(port))
    half.rename(folder / "port")


def main() -> None:
    """Run the emulator; its workers end with it."""
    options = json.loads(sys.argv[1])
    listener = socket.create_server((LOOPBACK, 0))
    port = listener.getsockname()[1]
    app = application(options, configure(options, port), port)
    # The socket listens already: whoever connects from now on is answered.
    announce(Path(options["folder"]), port)
    try:
        asyncio.run(serve(app, listener))
    finally:
        from ministack.core import lambda_runtime  # noqa: PLC0415 - reads its environment on import

        lambda_runtime.reset()


if __name__ == "__main__":
    main()
