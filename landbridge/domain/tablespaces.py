"""Tablespaces outside of the data folder: whoever copies the folder must think of them.

One inside of it (``allow_in_place_tablespaces``) has a location without a root and goes along.
Source: PostgreSQL 16, pg_tablespace_location.
"""

__all__ = ["FROM_OUTSIDE", "OUTSIDE"]

FROM_OUTSIDE = "FROM pg_tablespace WHERE pg_tablespace_location(oid) LIKE '/%'"
# One text each: ``NAME at PLACE``.
OUTSIDE = f"SELECT spcname || ' at ' || pg_tablespace_location(oid) {FROM_OUTSIDE} ORDER BY 1"
