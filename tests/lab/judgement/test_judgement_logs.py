"""What PostgreSQL's logs tell: which lines count, and when a site took writes."""

import math
from pathlib import Path

import pytest

from lab.drill.database_logs import read_log
from lab.judgement.evidence import LogEvent
from lab.judgement.server_logs import Taking, takings

# As PostgreSQL 16.14 wrote them in pods: a standby that is promoted, and held until it is admitted.
PROMOTED = """\
2026-11-28T08:12:48.994247Z 2026-11-28 08:12:48.993 GMT [31897] LOG:  starting PostgreSQL 16.14
2026-11-28T08:12:49.075302Z 2026-11-28 08:12:49.075 GMT [31902] LOG:  entering standby mode
2026-11-28T08:12:49.098940Z 2026-11-28 08:12:49.098 GMT [31897] LOG:  database system is ready to \
accept read-only connections
2026-11-28T08:12:49.182718Z 2026-11-28 08:12:49.182 GMT [31907] STATEMENT:  INSERT INTO a
2026-11-28T08:12:53.100000Z 2026-11-28 08:12:53.099 GMT [31897] LOG:  parameter \
"default_transaction_read_only" changed to "on"
2026-11-28T08:12:53.200000Z 2026-11-28 08:12:53.199 GMT [31902] LOG:  selected new timeline ID: 3
2026-11-28T08:12:53.300000Z 2026-11-28 08:12:53.299 GMT [31897] LOG:  database system is ready to \
accept connections
2026-11-28T08:12:54.100000Z 2026-11-28 08:12:54.099 GMT [31897] LOG:  parameter \
"default_transaction_read_only" removed from configuration file, reset to default
not a line of PostgreSQL's
2026-11-28T08:13:00.500000Z 2026-11-28 08:13:00.499 GMT [31999] ERROR:  duplicate key
"""
STOPPED = """\
2026-11-28 08:13:05.000 GMT [7] LOG:  received fast shutdown request
2026-11-28 08:13:05.250 GMT [7] LOG:  database system is shut down
"""
AT = 1795853520.0  # 08:12:00


def test_the_lines_that_count_are_read_with_the_nodes_own_times(tmp_path: Path) -> None:
    """Of a pod's log; the last line says that the server lived until then."""
    file = tmp_path / "0.log"
    file.write_text(PROMOTED)

    assert [(round(one.at - AT, 3), one.what, one.detail) for one in read_log(file, "aws")] == [
        (48.994, "started", ""),
        (49.075, "standby", ""),
        (53.1, "read-only", ""),
        (53.2, "timeline", "3"),
        (53.3, "writable", ""),
        (54.1, "read-write", ""),
        (60.5, "said", ""),
    ]


def test_a_log_without_a_node_has_the_servers_times(tmp_path: Path) -> None:
    """The lab's own servers write straight into their files."""
    file = tmp_path / "aws-postgres.log"
    file.write_text(STOPPED)

    assert read_log(file, "aws") == [
        LogEvent(AT + 65.0, "aws", "stopped"),
        LogEvent(AT + 65.25, "aws", "stopped"),
        LogEvent(AT + 65.25, "aws", "said"),
    ]


def test_a_log_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    """Nor does one without a line of PostgreSQL's: the judge misses the site then."""
    (tmp_path / "empty.log").write_text("sh: postgres: not found\n")

    assert read_log(tmp_path / "none.log", "aws") == []
    assert read_log(tmp_path / "empty.log", "aws") == []


def said(*what: str) -> list[LogEvent]:
    """Return AWS's events, one a second from second 1 on."""
    return [LogEvent(float(at), "aws", one) for at, one in enumerate(what, 1)]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (("started", "standby", "said"), []),
        (("started", "writable", "said", "stopped"), [(2, 4, 4)]),
        (("started", "writable", "said"), [(2, 3, math.inf)]),
        (("started", "writable", "said", "started", "standby"), [(2, 3, 4)]),
        (("started", "writable", "read-only", "read-write", "stopped"), [(2, 3, 3), (4, 5, 5)]),
        (("started", "read-only", "writable", "said", "read-write", "stopped"), [(5, 6, 6)]),
        (("started", "writable", "read-only", "started", "writable", "said"), [(2, 3, 3)]),
        (
            ("started", "writable", "read-only", "stopped", "started", "standby", "writable"),
            [(2, 3, 3), (7, 7, math.inf)],
        ),
    ],
)
def test_a_site_takes_writes_while_it_is_a_primary_that_is_not_held(
    events: tuple[str, ...], expected: list[tuple[float, float, float]]
) -> None:
    """From when surely until when, and until when at most; a hold outlives a restart."""
    assert takings("aws", said(*events)) == [Taking("aws", *one) for one in expected]
    assert takings("azure", said(*events)) == []
