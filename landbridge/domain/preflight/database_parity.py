"""Would the other site's server read the same files the same way, and can a rewind bring it back.

Schema and data of a streaming standby are the primary's, byte for byte. What can differ is what
lies outside of the data: the server's version, its C library's collations, its extensions' files.
Source: PostgreSQL 16, "Collation Support", pg_available_extension_versions, pg_rewind.
"""

from collections.abc import Iterator

from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, warn
from landbridge.domain.preflight.database_facts import DatabaseFacts, Pair, unasked

__all__ = ["parity_checks"]

_MAJOR = 10_000  # server_version_num is 160014 for 16.14


def parity_checks(pair: Pair) -> list[Check]:
    """Return the checks of what must be alike outside of the data."""
    blind = unasked(pair.primary, pair.standby)
    return [
        check_of(
            "database-parity",
            blind or (*_version(pair), *_collation(pair)),
            "both servers are of one version and sort text alike",
        ),
        check_of("extensions", blind or _extensions(pair), "each host has every extension"),
        check_of("rewind", blind or _rewind(pair), "an old primary can be rewound"),
        check_of(
            "tablespaces",
            unasked(pair.primary) or _tablespaces(pair.primary),
            "all data lies in the data folder",
        ),
    ]


def _version(pair: Pair) -> Iterator[Finding]:
    here, there = pair.standby.server_version, pair.primary.server_version
    if here != there:
        found = warn if here // _MAJOR == there // _MAJOR else fail
        said = f"{SITE[pair.standby.site]} runs {_named(here)}, {SITE[pair.primary.site]}"
        yield found(f"{said} {_named(there)}", "bring both to the newer minor version")


def _named(version: int) -> str:
    return f"PostgreSQL {version // _MAJOR}.{version % _MAJOR}"


def _collation(pair: Pair) -> Iterator[Finding]:
    remedy = "use one operating system release on both sites, or rebuild text indexes after a move"
    if pair.primary.locale != pair.standby.locale:
        yield fail(f"locales are {pair.primary.locale} and {pair.standby.locale}", remedy)
    for one in (pair.primary, pair.standby):
        made_with, has = one.collation
        if made_with != has:
            yield fail(
                f"{SITE[one.site]}'s host sorts by collation version {has or 'none'}, the database"
                f" was made with {made_with or 'none'}: text indexes may be wrong there",
                remedy,
            )


def _extensions(pair: Pair) -> Iterator[Finding]:
    for one in (pair.standby, pair.primary):
        lacking = [f"{x.name} {x.version}" for x in one.extensions if not x.available]
        if lacking:
            yield fail(
                f"{SITE[one.site]}'s host lacks {', '.join(lacking)}, which the database has",
                "install the same extension packages on both sites",
            )


def _rewind(pair: Pair) -> Iterator[Finding]:
    for one in (pair.primary, pair.standby):
        lacking = _rewind_lacks(one)
        if lacking:
            yield warn(
                f"{SITE[one.site]}'s server has {lacking}: a way back would copy everything",
                "turn full_page_writes on, and data checksums or wal_log_hints",
            )


def _rewind_lacks(one: DatabaseFacts) -> str:
    if not one.full_page_writes:
        return "full_page_writes off"
    if not (one.checksums or one.wal_log_hints):
        return "neither data checksums nor wal_log_hints"
    return ""


def _tablespaces(primary: DatabaseFacts) -> Iterator[Finding]:
    if primary.tablespaces:
        yield fail(
            f"{SITE[primary.site]} has tablespaces outside of its data folder,"
            f" {', '.join(primary.tablespaces)}: a rebuild that copies everything is refused",
            "move what is in them (ALTER TABLE, INDEX or DATABASE ... SET TABLESPACE pg_default),"
            " then DROP TABLESPACE",
        )
