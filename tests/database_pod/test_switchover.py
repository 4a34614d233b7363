"""Clean switchovers, there and back: nothing is copied, and timelines grow as they should."""

from lab.processes.folder import LabFolder
from lab.processes.waiting import wait_until
from lab.sites.certificates import Authority
from lab.sites.postgres import PostgresServer
from lab.sites.replication import DatabasePair, start_pair
from tests.database_pod.pod import Pod, content, pod_of, wait_until_streaming

ORDER = "INSERT INTO orders (id, item, quantity, site) VALUES (gen_random_uuid(), 'a', 1, :site)"


def _switch(old: PostgresServer, new: PostgresServer) -> None:
    """Stop the primary cleanly and promote its standby, which has all of it."""
    old.stop()
    new.query("SELECT pg_promote()")
    new.query(ORDER, site=new.name)


def _rebuild(pod: Pod, serving: PostgresServer) -> list[str]:
    ended = pod.run("rebuild")
    assert ended.code == 0
    assert (ended.last["forked_rows"], ended.last["export"]) == (0, "")
    pod.server.start()
    wait_until_streaming(serving, pod.server.name)
    assert content(pod.server) == content(serving)
    return ended.ways


def test_both_sites_follow_after_clean_stops_there_and_back(
    lab: LabFolder, authority: Authority
) -> None:
    """Azure serves, AWS follows; AWS serves again, Azure follows; then a kill is rewound."""
    pair = start_pair(lab, authority, replication="async")
    aws, azure = (pod_of(lab, authority, pair, server) for server in (pair.aws, pair.azure))
    pair.aws.query(ORDER, site="aws")

    _switch(pair.aws, pair.azure)
    assert _rebuild(aws, pair.azure) == ["follow"]
    assert not list((aws.data / "pg_replslot").iterdir())
    _switch(pair.azure, pair.aws)
    assert _rebuild(azure, pair.aws) == ["follow"]
    _lose_without_forked_rows(pair, azure)
    assert _rebuild(aws, pair.azure) == ["rewind"]

    history = (pair.aws.data / "pg_wal" / "00000004.history").read_text()
    assert [line.split()[0] for line in history.splitlines() if line] == ["1", "2", "3"]


def _lose_without_forked_rows(pair: DatabasePair, azure: Pod) -> None:
    """Kill AWS with nothing more in its log than the machinery's own rows."""
    azure.server.kill()
    pair.aws.query("INSERT INTO landbridge.readiness VALUES ('aws', now())")
    pair.aws.query("INSERT INTO landbridge.heartbeat VALUES ('aws', now(), '0/0')")
    azure.server.start()
    pair.aws.kill()
    wait_until(azure.server.answers, "Azure's answer")
    azure.server.query("SELECT pg_promote()")
