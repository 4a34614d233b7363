"""Production at one moment, for who must prove that it was left alone. Changes nothing."""

from concurrent.futures import ThreadPoolExecutor

from landbridge.adapters.function_app import FunctionApp
from landbridge.adapters.http_probe import request_json
from landbridge.adapters.postgres import Connection, connect, look
from landbridge.adapters.zone import site_answering
from landbridge.domain.errors import LandbridgeError, SiteUnknownError
from landbridge.domain.rehearsal_clone import APPLICATION_NAME
from landbridge.domain.rehearsal_verdict import Production, SiteFacts
from landbridge.domain.settings import Database, Settings

__all__ = ["production_now", "site_facts"]

_OK, _NOT_FOUND = 200, 404
# Who may not see other roles' connections sees no name of them, and so none that was left.
_SEES_ALL = "SELECT pg_has_role('pg_read_all_stats', 'USAGE')"
_BLIND = "landbridge's role cannot see others' connections: GRANT pg_monitor TO it"
_SLOTS = "SELECT slot_name FROM pg_replication_slots ORDER BY 1"
_STANDBYS = """
SELECT concat_ws(' ', application_name, state, sync_state) FROM pg_stat_replication
WHERE application_name <> :rehearsal ORDER BY 1
"""
_REHEARSALS = """
SELECT pid || ' ' || backend_type FROM pg_stat_activity
WHERE application_name = :rehearsal ORDER BY 1
"""


def production_now(settings: Settings, app: FunctionApp, order: str) -> Production:
    """Return the ledger; a database that cannot be asked is a reason in it.

    ``order`` is looked for at the site that serves, where it is not empty. Raises what the Function
    App raises, for without the gate there is nothing to hold against another moment.
    """
    budget = settings.budgets.database_seconds
    with ThreadPoolExecutor(max_workers=5) as pool:
        aws = pool.submit(site_facts, "aws", settings.aws_database, budget)
        azure = pool.submit(site_facts, "azure", settings.azure_database, budget)
        gate = pool.submit(app.gate)
        dns = pool.submit(_dns, settings)
        known = pool.submit(_order_known, settings, order)
        sites = aws.result(), azure.result()
        return Production(dict(gate.result()), dns.result(), sites, known.result())


def site_facts(site: str, database: Database, timeout_seconds: float) -> SiteFacts:
    """Return what is true of one database, or why it could not be asked."""
    try:
        with connect(database, timeout_seconds) as connection:
            if connection.run(_SEES_ALL) != [[True]]:
                return SiteFacts(site, reason=_BLIND)
            seen = look(site, connection)
            return SiteFacts(
                site=site,
                in_recovery=seen.in_recovery,
                timeline=seen.timeline,
                epoch=seen.epoch,
                slots=_texts(connection, _SLOTS),
                standbys=_texts(connection, _STANDBYS, rehearsal=APPLICATION_NAME),
                rehearsals=_texts(connection, _REHEARSALS, rehearsal=APPLICATION_NAME),
            )
    except LandbridgeError as error:
        return SiteFacts(site, reason=error.message)


def _texts(connection: Connection, sql: str, **parameters: str) -> tuple[str, ...]:
    return tuple(str(row[0]) for row in connection.run(sql, **parameters))


def _dns(settings: Settings) -> str:
    try:
        return site_answering(settings.names, settings.name_servers)
    except SiteUnknownError as error:
        return f"unknown: {error.message}"


def _order_known(settings: Settings, order: str) -> bool | None:
    if not order:
        return None
    url = f"https://{settings.names.health_aws}:{settings.port}/orders/{order}"
    try:
        status, _ = request_json(
            "GET",
            url,
            timeout_seconds=settings.budgets.probe_seconds,
            name_servers=settings.name_servers,
        )
    except (OSError, LandbridgeError):
        return None
    return {_OK: True, _NOT_FOUND: False}.get(status)
