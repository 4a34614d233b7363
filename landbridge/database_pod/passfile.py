"""A pass file that libpq reads: one that its group may read is none to it.

Source: PostgreSQL 16, libpq, "The Password File". In a pod with an fsGroup each file of a Secret is
one that the group may read, whatever its mode says. So the programs get a copy of their own.
"""

import re
from pathlib import Path

from landbridge.database_pod.volume import Volume
from landbridge.domain.errors import ConfigurationError

__all__ = ["with_own_passfile"]

_NAME = "pgpass"
# A value of a connection string, plain or quoted (PostgreSQL, libpq, "Keyword/Value Connection
# Strings").
_PASSFILE = re.compile(r"(?:^|\s)passfile\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s']+))")
_ESCAPED = re.compile(r"\\(.)")


def with_own_passfile(volume: Volume, conninfo: str, folder: Path) -> str:
    """Copy the pass file that ``conninfo`` names into ``folder``; return words that name the copy.

    ``conninfo`` as it is where it names none. Raises ConfigurationError where it cannot be read.
    """
    found = _PASSFILE.findall(conninfo)
    if not found:
        return conninfo
    quoted, plain = found[-1]
    own = folder / _NAME
    given = Path(plain or _ESCAPED.sub(r"\1", quoted))
    if given != own:
        try:
            volume.write(own, given.read_text())
        except OSError as error:
            raise ConfigurationError(
                f"the pass file cannot be copied: {error}", "the Secret orders-database-host has it"
            ) from error
    # libpq takes the last word for a name that is given twice.
    return f"{conninfo} passfile={_value(str(own))}"


def _value(text: str) -> str:
    if re.fullmatch(r"[^\s'\\]+", text):
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
