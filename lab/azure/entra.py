"""Serve a tenant of Entra ID over HTTPS: `python -m lab.azure.entra --settings FILE ...`.

The settings are JSON that only their owner reads: ``tenant_id``, ``application_id``, the signing
key's PEM as ``key``, ``registrations`` and ``persons``, as ``lab.azure.tenant`` has them.
"""

import argparse
import asyncio
import json
import signal
import ssl
from pathlib import Path
from typing import Any

from aiohttp import web

from lab.azure.signing import SigningKey
from lab.azure.tenant import Credential, Person, RefusedError, Registration, Tenant

__all__ = ["application", "tenant_of"]


def tenant_of(settings: dict[str, Any], url: str) -> Tenant:
    """Return the tenant that the settings describe, which answers at ``url``."""
    registrations = {
        client: Registration(
            roles=one["roles"],
            credentials=[Credential(**credential) for credential in one["credentials"]],
            secret=one["secret"],
        )
        for client, one in settings["registrations"].items()
    }
    return Tenant(
        url=url,
        tenant_id=settings["tenant_id"],
        application_id=settings["application_id"],
        registrations=registrations,
        persons=[Person(**one) for one in settings["persons"]],
        keys=[SigningKey.read("entra-1", settings["key"])],
    )


def application(tenant: Tenant) -> web.Application:
    """Return the aiohttp application to serve."""

    async def metadata(_request: web.Request) -> web.Response:
        return web.json_response(tenant.metadata())

    async def keys(_request: web.Request) -> web.Response:
        return web.json_response(tenant.published())

    async def token(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            return web.json_response(tenant.token(form))
        except RefusedError as error:
            status = 401 if error.error == "invalid_client" else 400
            said = {"error": error.error, "error_description": str(error)}
            return web.json_response(said, status=status)

    base = f"/{tenant.tenant_id}"
    served = web.Application()
    served.router.add_get(f"{base}/v2.0/.well-known/openid-configuration", metadata)
    served.router.add_get(f"{base}/discovery/v2.0/keys", keys)
    served.router.add_post(f"{base}/oauth2/v2.0/token", token)
    return served


async def serve(arguments: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    settings = json.loads(arguments.settings.read_text())
    tenant = tenant_of(settings, f"https://localhost:{arguments.port}")
    runner = web.AppRunner(application(tenant), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(arguments.certificate, arguments.private_key)
    await web.TCPSite(runner, "127.0.0.1", arguments.port, ssl_context=context).start()
    try:
        await stop.wait()
    finally:
        await runner.cleanup()


def main() -> None:
    """Read the command line, and serve."""
    parser = argparse.ArgumentParser(prog="lab.azure.entra", description=__doc__)
    parser.add_argument("--settings", required=True, type=Path)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--certificate", required=True, type=Path)
    parser.add_argument("--private-key", required=True, type=Path)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
