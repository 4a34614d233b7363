"""Faults of network, DNS, witnesses and clocks in one lab: what each does, and that it ends.

What only a network namespace for each place could show, and root, is not here: a TCP packet that is
really lost, and a peer whose keep-alive probes stay unanswered.
"""

import json
import random
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubernetes import client

from lab.clouds import names
from lab.clouds.options import LabOptions
from lab.clouds.stack_parameters import settings_document
from lab.clouds.ways import own_port
from lab.dns.checkers import REGIONS
from lab.dns.data_plane import CheckerMode
from lab.faults.catalogue import FAULTS
from lab.faults.fault import Scene
from lab.network.paths import WAYS
from lab.processes.waiting import wait_until
from lab.users.ledger import Lookup, Write, read_history
from tests.drill.stage import Stage, stage

HERE_SECONDS, GONE_SECONDS = 20.0, 30.0
# The alarm judges AWS each 3 s: a fault that this test ends before must not have told it anything.
SILENT_SECONDS = 0.15


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Bring up one lab with proxies between its places, and users in it."""
    with stage(LabOptions(paths=True)) as up:
        chance = random.Random(11)  # noqa: S311 - a test's dice
        scene = Scene(up.clouds, up.traffic, chance)
        scene.kept["stage"] = up
        yield scene


@pytest.fixture
def during(scene: Scene) -> Iterator[Callable[[str, str], float]]:
    """Return how to begin a fault, which says when; it is ended after the test, and gone then."""
    on: list[tuple[str, str]] = []

    def begin(name: str, argument: str = "") -> float:
        on.append((name, argument))
        FAULTS[name].begin(scene, argument)
        return time.time()

    yield begin
    for name, argument in reversed(on):
        FAULTS[name].end(scene, argument)
    for _ in range(2):  # twice ended is ended once
        for name, argument in on:
            FAULTS[name].end(scene, argument)
    at = time.time()
    served = "users whom AWS serves"
    wait_until(lambda: bool(acknowledged(scene, at)), served, timeout_seconds=GONE_SECONDS)
    calm = "a calm alarm and AWS in DNS"
    wait_until(lambda: is_calm(scene), calm, timeout_seconds=GONE_SECONDS)


@pytest.fixture
def unjudged(scene: Scene) -> Iterator[None]:
    """Let no checker judge AWS meanwhile: it would rightly be failed over from what is broken."""
    for name in REGIONS:
        scene.clouds.dns.set_checker(name, CheckerMode.OFF)
    yield
    for name in REGIONS:
        scene.clouds.dns.set_checker(name, CheckerMode.ON)


def up_of(scene: Scene) -> Stage:
    """Return the scene's stage."""
    up: Stage = scene.kept["stage"]
    return up


def is_calm(scene: Scene) -> bool:
    """Whether the alarm is OK, the checker of AWS sees it, and DNS answers AWS."""
    state = scene.clouds.dns.state()
    calm = all(alarm["state"] == "OK" for alarm in state["alarms"].values())
    seen = all(view["healthy"] for view in views_of_aws(scene).values())
    return calm and seen and up_of(scene).dns() == "aws"


def checks_of_aws(scene: Scene) -> list[dict[str, Any]]:
    """Return the check of AWS's readiness as Route 53 has it."""
    checks = scene.clouds.dns.state()["checks"].values()
    return [one for one in checks if one["fqdn"] == names.HEALTH_AWS]


def views_of_aws(scene: Scene) -> dict[str, Any]:
    """Return what each checker sees of AWS's readiness: healthy, and the detail."""
    (aws,) = checks_of_aws(scene)
    return dict(aws["checkers"])


def writes(scene: Scene, since: float) -> list[Write]:
    """Return the users' writes that began since then."""
    history = read_history(scene.traffic.ledger)
    return [write for write in history.writes if write.started >= since]


def acknowledged(scene: Scene, since: float) -> list[Write]:
    """Return those that were acknowledged."""
    return [write for write in writes(scene, since) if write.acknowledged]


def lookups(scene: Scene, since: float) -> list[Lookup]:
    """Return what the users heard from DNS since then."""
    return [one for one in read_history(scene.traffic.ledger).lookups if one.at >= since]


def soon(condition: Callable[[], object], what: str) -> None:
    """Wait until a fault shows."""
    wait_until(lambda: bool(condition()), what, timeout_seconds=HERE_SECONDS)


def test_nobody_knows_a_way_around_the_proxies(scene: Scene) -> None:
    """What each part was told of another place is a proxy's port, never the place's own."""
    clouds = scene.clouds
    kinds = ("entry", "function", "aws-database", "azure-database", "name-server", "alarm-events")
    own = [str(own_port(clouds, kind)) for kind in kinds]
    core = client.CoreV1Api(clouds.aws_cluster.admin())
    guard = core.read_namespaced_config_map("orders-database-settings", names.NAMESPACE)
    told = [json.dumps(settings_document(clouds)), guard.data["GATE_URL"]]
    told += [clouds.databases.source_of(site) for site in ("aws", "azure")]
    assert not [(port, text) for port in own for text in told if port in text]
    assert str(clouds.port("orchestrator", "function")) in told[0]


def connects(host: str, port: int) -> bool:
    """Whether a connection is accepted in a short time."""
    try:
        socket.create_connection((host, port), timeout=SILENT_SECONDS).close()
    except TimeoutError:
        return False
    return True


def places_of(scene: Scene, way: str) -> list[tuple[str, int]]:
    """Return where whoever takes the way connects."""
    assert scene.clouds.paths is not None
    return scene.clouds.paths.places(way)


@pytest.mark.parametrize("way", WAYS)
def test_a_way_that_is_parted_is_silent_and_the_others_are_not(scene: Scene, way: str) -> None:
    """Nobody who takes the way connects any more, everybody else does, and all do afterwards."""
    partition = FAULTS["partition"]
    partition.begin(scene, way)
    try:
        soon(lambda: not any(connects(*at) for at in places_of(scene, way)), f"silence on {way}")
        others = [at for other in WAYS if other != way for at in places_of(scene, other)]
        assert all(connects(*at) for at in others)
    finally:
        partition.end(scene, way)
    soon(lambda: all(connects(*at) for at in places_of(scene, way)), f"an open {way}")


During = Callable[[str, str], float]


def test_users_cut_off_from_aws_are_nobodys_outage(scene: Scene, during: During) -> None:
    """Users' writes time out, and the checkers see AWS ready all the while."""
    at = during("partition", "clients-aws")
    soon(lambda: [one for one in writes(scene, at) if one.reason == "timeout"], "lost writes")
    assert not acknowledged(scene, at)
    soon(lambda: is_calm(scene), "checkers that see AWS ready")


@pytest.mark.usefixtures("unjudged")
def test_commits_wait_for_a_standby_that_is_parted(scene: Scene, during: During) -> None:
    """In sync mode AWS's commits wait while Azure is parted, and go on afterwards."""
    during("partition", "aws-azure")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    soon(lambda: scene.clouds.aws_database.query(waiting)[0][0] >= 3, "commits that wait")


def test_a_slow_link_is_felt_and_not_more(scene: Scene, during: During) -> None:
    """Each write takes the latency longer, and AWS stays what DNS answers."""
    at = during("slow-link", "clients-aws")
    soon(lambda: len(acknowledged(scene, at)) > 20, "slow writes")
    took = [(one.ended or 0.0) - one.started for one in acknowledged(scene, at)]
    assert min(took) >= 0.15
    soon(lambda: is_calm(scene), "checkers that see AWS ready")


def test_a_slow_name_server_is_too_late_for_some(scene: Scene, during: During) -> None:
    """Users wait for DNS longer than they do, now and then, and AWS serves those who know it."""
    at = during("dns-server-slow", "")
    soon(lambda: [one for one in lookups(scene, at) if one.error], "questions without an answer")
    soon(lambda: [one for one in lookups(scene, at) if one.address], "a late answer")
    assert acknowledged(scene, at)


def test_users_who_keep_an_address_ask_no_more(scene: Scene, during: During) -> None:
    """With a TTL of a second nobody asks for three, and all write on to the address they have."""
    at = during("resolver-ignores-ttl", "")
    until = at + 3.5
    soon(lambda: acknowledged(scene, until), "three seconds of writes")
    assert not [one for one in lookups(scene, at + 0.5) if one.at < until]


@pytest.mark.usefixtures("unjudged")
def test_flapping_turns_aws_ill_and_well(scene: Scene, during: During) -> None:
    """Users get 503 by turns, and are served in between."""
    at = during("flapping", "")
    soon(lambda: [one for one in writes(scene, at) if one.reason == "http-503"], "a 503")
    ill_at = time.time()
    soon(lambda: acknowledged(scene, ill_at), "a write between two illnesses")


def test_some_checkers_that_see_nobody_change_nothing(scene: Scene, during: During) -> None:
    """While one region's checkers see AWS, it is healthy, whatever the others say."""
    during("checker-disagreement", "few")
    blocked = scene.kept["checker-disagreement:few"]

    def seen() -> bool:
        views = views_of_aws(scene)
        return all(views.get(name, {}).get("healthy") is False for name in blocked)

    soon(seen, "checkers that see nobody")
    assert 0 < len(blocked) < len(REGIONS)
    soon(lambda: checks_of_aws(scene)[0]["healthy"], "AWS, healthy by the others")


def test_checkers_that_all_see_nobody_are_outvoted(scene: Scene, during: During) -> None:
    """An alarm against two probes that see AWS up is refused with the votes; DNS stays on AWS."""
    up = up_of(scene)
    before, standing = up.executions(), up.standing()
    during("checker-disagreement", "many")
    run = up.end_of(up.new_run(before))
    assert (run.status, run.error) == ("FAILED", "OutageNotConfirmedError")
    assert "orchestrator and azure sees AWS up" in up.ending(run)["reason"]
    assert up.standing() == standing


def looked_at(scene: Scene) -> float:
    """Let the orchestrator look at AWS; return when that was, by its own clock."""
    clouds = scene.clouds
    clouds.record_look()
    table = clouds.operations.outputs()["RunsTableName"]
    client = clouds.aws.client("dynamodb", clouds.configuration.orchestrator_region)
    key = {"run": {"S": "last-look"}, "kind": {"S": "look"}}
    return float(client.get_item(TableName=table, Key=key)["Item"]["at"]["N"])


def test_lambdas_have_the_wrong_time(scene: Scene, during: During) -> None:
    """What a Lambda dates is 90 s off; what the users date is not, and afterwards it is right."""
    at = during("clock-skew", "orchestrator")
    assert abs(abs(looked_at(scene) - time.time()) - 90.0) < 10.0
    soon(lambda: acknowledged(scene, at), "writes")
    assert all(abs(write.started - time.time()) < 30.0 for write in acknowledged(scene, at))
    FAULTS["clock-skew"].end(scene, "orchestrator")
    assert abs(looked_at(scene) - time.time()) < 10.0


def test_each_lambda_may_have_its_own_time(scene: Scene, during: During) -> None:
    """Each function's clock has an error of its own, of 90 s at most."""
    during("clock-skew", "workers")
    errors = scene.kept["clock-skew:workers"]
    (mine,) = [error for name, error in errors.items() if name.endswith("record-look")]
    assert abs(looked_at(scene) - time.time() - mine) < 10.0
    assert len(set(errors.values())) == len(errors) > 30
    assert max(abs(error) for error in errors.values()) <= 90.0


def locked_at(scene: Scene) -> float:
    """Take the run lock and free it; return when that was, by Azure's clock."""
    host = scene.clouds.function_host
    trusted = ssl.create_default_context(cafile=scene.clouds.authority.path)
    token = scene.clouds.orchestrator_token()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(**body: object) -> dict[str, object]:
        data = json.dumps({"holder": "a-test", **body}).encode()
        request = urllib.request.Request(f"{host.url}/api/lock", data, headers)  # noqa: S310
        with urllib.request.urlopen(request, context=trusted, timeout=30) as answer:  # noqa: S310
            return dict(json.load(answer))

    taken = call(action="take", lease_seconds=30)
    call(action="release")
    return float(str(taken["renewed_at"]))


def test_azures_functions_have_the_wrong_time(scene: Scene, during: During) -> None:
    """The run lock is dated by a clock that is 90 s off, and afterwards by a right one."""
    during("clock-skew", "azure")
    assert abs(abs(locked_at(scene) - time.time()) - 90.0) < 10.0
    FAULTS["clock-skew"].end(scene, "azure")
    assert abs(locked_at(scene) - time.time()) < 10.0
