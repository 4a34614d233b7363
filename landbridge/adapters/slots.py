"""The slot by which a site keeps its WAL for the other one, made before it is promoted.

From then on it has all that the other site's database needs to be rewound and to follow, however
long that stays away, up to max_slot_wal_keep_size. Source: PostgreSQL 16, "Replication Slots";
deploy/sql/schema.sql, keep_wal_for.
"""

import pg8000.exceptions

from landbridge.adapters.postgres import Connection

__all__ = ["keep_wal"]


def keep_wal(connection: Connection, site: str) -> str:
    """Keep WAL for ``site`` from the last checkpoint on; return why not, empty where it is kept.

    Nothing is raised: without the slot the way back may be a fresh copy, which is no reason to
    stop on the way out.
    """
    try:
        ((reason,),) = connection.run("SELECT landbridge.keep_wal_for(:site)", site=site)
    except pg8000.exceptions.DatabaseError as error:
        return f"PostgreSQL said: {error}"
    return str(reason)
