"""The page on PostgreSQL against the files that it is about."""

import re
from pathlib import Path

from lab.sites.postgres import deployed_settings
from landbridge.domain.preflight.database_settings import ELSEWHERE, WANTED
from tests.domain.preflight.healthy import server_settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "postgresql.md").read_text()


def test_every_setting_has_its_value_and_a_reason() -> None:
    """The table is landbridge.conf, line by line, with why."""
    (section,) = re.findall(r"## Settings\n(.+?)\n## ", PAGE, re.DOTALL)
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.+) \|$", section, re.MULTILINE)
    assert {name: value for name, value, _ in rows} == deployed_settings()
    assert all(len(reason) > 5 for _, _, reason in rows)


def test_every_function_and_role_that_is_granted_is_on_the_page() -> None:
    """Whoever grants something new in roles.sql says why on the page."""
    sql = (ROOT / "deploy" / "sql" / "roles.sql").read_text()
    granted = set(re.findall(r"EXECUTE ON FUNCTION (\w+)", sql))
    granted |= set(re.findall(r"^GRANT (pg_\w+) TO", sql, re.MULTILINE))
    granted |= set(re.findall(r"ON PARAMETER (\w+)", sql))
    assert granted
    assert {name for name in granted if f"`{name}`" not in PAGE} == set()


def test_no_example_address_is_anybodys() -> None:
    """The files to be filled in hold documentation's addresses (RFC 5737) and no others."""
    text = (ROOT / "deploy" / "postgresql" / "pg_hba.conf").read_text()
    addresses = set(re.findall(r"\d+\.\d+\.\d+\.\d+/\d+", text))
    assert addresses <= {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"}
    network = [line for line in text.splitlines() if line.startswith("host")]
    assert network
    assert all(line.startswith("hostssl ") for line in network)
    assert all(line.endswith("scram-sha-256") for line in network)


def test_every_setting_is_looked_at_by_the_preflight() -> None:
    """Each line of landbridge.conf is a row of its table, or is another check's."""
    deployed = deployed_settings()
    wanted = {one.name: one for one in WANTED}
    in_file = set(deployed) - set(ELSEWHERE)
    assert in_file == set(wanted) - {"fsync"}  # PostgreSQL's own default, which nobody may change
    assert set(ELSEWHERE) <= set(deployed)
    for name in in_file:
        assert wanted[name].value == deployed[name]
    healthy = server_settings()
    assert [one.name for one in WANTED if not one.holds(healthy[one.name])] == []
