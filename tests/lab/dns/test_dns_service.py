"""The whole data plane as a process: real sockets, a real API, endpoints that the test switches."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest

from lab.dns.control_plane import (
    ControlPlane,
    CreatedZone,
    create_route53_resources,
    update_health_check,
)
from lab.dns.data_plane import CheckerMode
from lab.dns.service import DnsService
from lab.dns.settings import Settings

TIME_SCALE = 0.02  # an interval of 10 s lasts 0.2 s
AWS, AZURE = "127.0.0.10", "127.0.0.20"
CHECKERS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1", "sa-east-1")
DEADLINE_SECONDS = 20.0


def check(path: str, threshold: int, *, inverted: bool = False) -> dict[str, Any]:
    """Return a check of one path of the endpoint."""
    config = {
        "Type": "HTTPS",
        "FullyQualifiedDomainName": "health.shop.test",
        "Port": 443,
        "ResourcePath": path,
        "RequestInterval": 10,
        "FailureThreshold": threshold,
        "Inverted": inverted,
    }
    return {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": config}}


def all_of(*children: str) -> dict[str, Any]:
    """Return a CALCULATED check that wants all its children."""
    config = {
        "Type": "CALCULATED",
        "ChildHealthChecks": [{"Ref": name} for name in children],
        "HealthThreshold": len(children),
    }
    return {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": config}}


def record(name: str, address: str, **more: Any) -> dict[str, Any]:
    """Return an A record."""
    properties = {
        "HostedZoneId": {"Ref": "Zone"},
        "Name": f"{name}.shop.test.",
        "Type": "A",
        "TTL": "1",
        "ResourceRecords": [address],
        **more,
    }
    return {"Type": "AWS::Route53::RecordSet", "Properties": properties}


# The design's graph: PRIMARY is all of (A, not G, not Z), SECONDARY all of (Z, not H).
TEMPLATE = {
    "Resources": {
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": "shop.test."}},
        "A": check("/a", 3),
        "Z": check("/z", 3),
        "NotZ": check("/z", 1, inverted=True),
        "NotG": check("/g", 1, inverted=True),
        "NotH": check("/h", 1, inverted=True),
        "PrimaryHealth": all_of("A", "NotG", "NotZ"),
        "SecondaryHealth": all_of("Z", "NotH"),
        "Health": record("health", "127.0.0.1"),
        "Primary": record(
            "orders",
            AWS,
            Failover="PRIMARY",
            SetIdentifier="aws",
            HealthCheckId={"Ref": "PrimaryHealth"},
        ),
        "Secondary": record(
            "orders",
            AZURE,
            Failover="SECONDARY",
            SetIdentifier="azure",
            HealthCheckId={"Ref": "SecondaryHealth"},
        ),
    }
}
CLOSED = {"/a": 200, "/z": 503, "/g": 503, "/h": 200}


class Lab:
    """One zone with the design's checks, served; statuses by the template's names."""

    def __init__(self, service: DnsService, zone: CreatedZone, endpoint: Any) -> None:
        self.service, self.zone, self.endpoint = service, zone, endpoint
        self.journal_mark = 0

    def wait(self, **healthy: bool) -> None:
        """Wait until these checks have data and the status given."""
        self.service.wait_until(
            lambda state: all(
                self.check(name, state)["healthy"] is wanted
                and self.check(name, state)["observed"] is not None
                for name, wanted in healthy.items()
            ),
            DEADLINE_SECONDS,
        )

    def check(self, name: str, state: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return one check's state."""
        return dict((state or self.service.state())["checks"][self.zone.health_checks[name]])

    def views(self, name: str, state: dict[str, Any]) -> list[bool | None]:
        """Return what each checker sees of a check's endpoint, in the order of CHECKERS."""
        views = self.check(name, state)["checkers"]
        return [views.get(checker, {}).get("healthy") for checker in CHECKERS]

    def ask(self, name: str = "orders.shop.test", kind: str = "A") -> dns.message.Message:
        """Ask over UDP, as a resolver would."""
        query = dns.message.make_query(name, kind)
        return dns.query.udp(query, "127.0.0.1", port=self.service.port, timeout=5)

    def answer(self) -> str:
        """Return the address that users get."""
        return str(self.ask().answer[0][0])

    def journal(self, event: str) -> list[dict[str, Any]]:
        """Return the journal's lines of one event since the test began."""
        lines = self.service.journal_path.read_text().splitlines()[self.journal_mark :]
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def quiet(self) -> None:
        """Bring everything back to quiet times: AWS serves, Azure stands by, gate closed."""
        self.endpoint.statuses.clear()
        self.endpoint.statuses.update(CLOSED)
        for name in CHECKERS:
            self.service.set_checker(name, CheckerMode.ON)
        seen = {"A": True, "Z": False, "NotZ": False, "NotG": False, "NotH": True}
        self.service.wait_until(
            lambda state: all(
                self.views(name, state) == [wanted] * len(CHECKERS) for name, wanted in seen.items()
            ),
            DEADLINE_SECONDS,
        )
        self.journal_mark = len(self.service.journal_path.read_text().splitlines())


def start(control_plane: ControlPlane, endpoint: Any, folder: Path, **more: Any) -> Lab:
    """Create the zone and serve it."""
    endpoint.statuses.update(CLOSED)
    zone = create_route53_resources([TEMPLATE], {}, control_plane.client())
    labels = {check_id: name for name, check_id in zone.health_checks.items()}
    settings = Settings(
        api=control_plane.url,
        zone_id=zone.zone_id,
        folder=folder,
        time_scale=TIME_SCALE,
        poll_seconds=0.1,
        labels=labels,
        ports={"*:443": endpoint.port},
        **more,
    )
    return Lab(DnsService(settings).start(), zone, endpoint)


@pytest.fixture(scope="module", name="shared_lab")
def _shared_lab(
    control_plane: ControlPlane, shared_https: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    lab = start(control_plane, shared_https, tmp_path_factory.mktemp("dns"))
    yield lab
    lab.service.stop()


@pytest.fixture(name="lab")
def _lab(shared_lab: Lab) -> Lab:
    shared_lab.quiet()
    return shared_lab


class TestFailover:
    def test_the_gate_and_not_the_outage_moves_users(self, lab: Lab) -> None:
        """Through outage, engaged, ready, open, AWS back, gate lost: each answer as designed."""
        assert lab.answer() == AWS

        lab.endpoint.statuses["/a"] = 503
        lab.wait(A=False)
        assert lab.answer() == AWS  # nobody goes to a standby that is not ready

        lab.endpoint.statuses.update({"/g": 200, "/z": 200})  # engaged; pods are ready
        lab.wait(NotG=False, NotZ=False, Z=True)
        assert lab.answer() == AWS  # not before the gate is open

        lab.endpoint.statuses["/h"] = 503  # open
        lab.wait(NotH=True)
        assert lab.answer() == AZURE

        lab.endpoint.statuses["/a"] = 200  # AWS is back, with a stale database
        lab.wait(A=True)
        assert lab.answer() == AZURE

        lab.endpoint.statuses["/g"] = 500  # the gate's host is lost: Azure itself vetoes AWS
        lab.wait(NotG=True)
        assert lab.answer() == AZURE

        assert [line["role"] for line in lab.journal("answer")] == ["SECONDARY"]

    def test_dead_standby_vetoes_nothing(self, lab: Lab) -> None:
        """In quiet times everything of Azure can be down and AWS stays healthy in DNS."""
        lab.endpoint.statuses.update({"/z": 500, "/g": 500, "/h": 500})
        lab.wait(A=True, NotG=True, NotZ=True, NotH=True, Z=False)
        state = lab.service.state()

        assert lab.check("PrimaryHealth", state)["healthy"] is True
        assert state["answers"]["orders.shop.test. A"] == {
            "role": "PRIMARY",
            "set_identifier": "aws",
            "values": [AWS],
            "ttl_seconds": 1,
        }

    def test_goes_on_without_the_control_plane(self, https: Any, tmp_path: Path) -> None:
        """With the Route 53 API dead, checks and answers go on and a failover still happens."""
        with ControlPlane() as control_plane:
            lab = start(control_plane, https, tmp_path)
        try:
            lab.service.wait_until(
                lambda state: state["control_plane_error"] is not None, DEADLINE_SECONDS
            )
            https.statuses.update({"/a": 503, "/g": 200, "/z": 200, "/h": 503})
            lab.wait(A=False, Z=True, NotH=True)

            assert lab.answer() == AZURE
            assert [line["usable"] for line in lab.journal("control-plane")] == [False]
        finally:
            lab.service.stop()


class TestCheckers:
    def test_one_of_five_that_sees_it_is_enough(self, lab: Lab) -> None:
        """Four of five checkers cut off: 20 % still say healthy, and so does the check."""
        for name in CHECKERS[:4]:
            lab.service.set_checker(name, CheckerMode.BLOCKED)
        lab.service.wait_until(
            lambda state: lab.views("A", state) == [False, False, False, False, True],
            DEADLINE_SECONDS,
        )

        assert lab.check("A")["healthy"] is True

        lab.service.set_checker(CHECKERS[4], CheckerMode.BLOCKED)
        lab.wait(A=False)

    def test_switched_off_is_not_down(self, lab: Lab) -> None:
        """Checkers that do not report change nothing: what was known stays."""
        for name in CHECKERS:
            lab.service.set_checker(name, CheckerMode.OFF)
        lab.endpoint.statuses.update({"/a": 503, "/z": 200})
        state = lab.service.state()

        assert set(state["checkers"].values()) == {"off"}
        assert (lab.check("A", state)["healthy"], lab.check("Z", state)["healthy"]) == (True, False)

        lab.service.set_checker(CHECKERS[0], CheckerMode.ON)
        lab.wait(A=False, Z=True)

    def test_threshold_is_counted_by_each_checker(self, lab: Lab) -> None:
        """A status changes after as many results as the threshold: A after 3, a gate after 1."""
        lab.endpoint.statuses.update({"/a": 503, "/g": 200})
        lab.wait(A=False, NotG=False)
        changed = {
            name: [line["time"] for line in lab.journal("check") if line["label"] == name][-1]
            for name in ("A", "NotG")
        }

        assert changed["NotG"] < changed["A"]

    def test_unknown_checker(self, lab: Lab) -> None:
        """A checker that does not exist cannot be switched."""
        with pytest.raises(OSError, match="404"):
            lab.service.set_checker("mars-north-1", CheckerMode.ON)


class TestFollowsTheApi:
    def test_update(self, control_plane: ControlPlane, lab: Lab) -> None:
        """Inverting and disabling a check through the API takes effect while serving."""
        client, a = control_plane.client(), lab.zone.health_checks["A"]

        update_health_check(client, a, Inverted=True)
        lab.wait(A=False)

        update_health_check(client, a, Disabled=True, Inverted=False)
        lab.service.wait_until(lambda state: lab.check("A", state)["disabled"], DEADLINE_SECONDS)
        lab.endpoint.statuses["/a"] = 503

        assert lab.check("A")["healthy"] is True

        update_health_check(client, a, Disabled=False)
        lab.wait(A=False)

    def test_new_records_and_checks(self, control_plane: ControlPlane, lab: Lab) -> None:
        """A record edited through the API is answered, a new check is checked."""
        client = control_plane.client()
        created = client.create_health_check(
            CallerReference="new",
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": "health.shop.test",
                "Port": 443,
                "ResourcePath": "/a",
                "RequestInterval": 10,
                "FailureThreshold": 1,
            },
        )["HealthCheck"]["Id"]
        change = {
            "Action": "UPSERT",
            "ResourceRecordSet": {
                "Name": "new.shop.test.",
                "Type": "A",
                "TTL": 7,
                "ResourceRecords": [{"Value": "127.0.0.3"}],
            },
        }
        client.change_resource_record_sets(
            HostedZoneId=lab.zone.zone_id, ChangeBatch={"Changes": [change]}
        )

        lab.service.wait_until(
            lambda state: state["checks"].get(created, {}).get("observed") is not None,
            DEADLINE_SECONDS,
        )
        lab.service.wait_until(
            lambda _state: (
                list(map(str, lab.ask("new.shop.test").answer))
                == ["new.shop.test. 7 IN A 127.0.0.3"]
            ),
            DEADLINE_SECONDS,
        )
        client.delete_health_check(HealthCheckId=created)
        lab.service.wait_until(lambda state: created not in state["checks"], DEADLINE_SECONDS)


class TestNameServer:
    def test_udp_and_tcp_share_a_port(self, lab: Lab) -> None:
        """The same question over TCP gets the same answer; one connection takes several."""
        query = dns.message.make_query("Orders.Shop.Test", "A")
        over_tcp = dns.query.tcp(query, "127.0.0.1", port=lab.service.port, timeout=5)

        assert over_tcp.answer == lab.ask("Orders.Shop.Test").answer
        assert lab.ask("nobody.shop.test").rcode() == dns.rcode.NXDOMAIN
        assert lab.ask("example.org").rcode() == dns.rcode.REFUSED

    def test_may_be_late(self, lab: Lab) -> None:
        """Told to be slow it answers after that long, UDP and TCP, and at once when told again."""
        query = dns.message.make_query("orders.shop.test", "A")
        lab.service.slow_down(0.3, 0.4, seed=1)
        try:
            for ask in (dns.query.udp, dns.query.tcp):
                with pytest.raises(dns.exception.Timeout):
                    ask(query, "127.0.0.1", timeout=0.1, port=lab.service.port)
                answer = ask(query, "127.0.0.1", timeout=DEADLINE_SECONDS, port=lab.service.port)
                assert answer.time >= 0.3
        finally:
            lab.service.slow_down(0.0, 0.0)
        assert dns.query.udp(query, "127.0.0.1", timeout=0.2, port=lab.service.port).answer

    def test_cannot_be_late_by_less_than_nothing(self, lab: Lab) -> None:
        """Bounds that are none are refused and change nothing."""
        for least, most in ((-1.0, 0.0), (2.0, 1.0), (0.0, float("inf"))):
            with pytest.raises(urllib.error.HTTPError, match="400"):
                lab.service.slow_down(least, most)

    def test_many_in_a_row_on_one_connection(self, lab: Lab) -> None:
        """A resolver may keep its TCP connection for the next question."""
        with socket.create_connection(("127.0.0.1", lab.service.port), 5) as connection:
            for _ in range(3):
                query = dns.message.make_query("orders.shop.test", "A")
                dns.query.send_tcp(connection, query)
                answer, _ = dns.query.receive_tcp(connection)
                assert query.is_response(answer)


class TestProcess:
    def test_the_files_say_where_it_is(self, lab: Lab) -> None:
        """dns.json has the ports and the journal's path; the journal begins with the zone."""
        journal = lab.service.journal_path
        ready = json.loads((journal.parent / "dns.json").read_text())
        started = json.loads(journal.read_text().splitlines()[0])

        assert ready["port"] == lab.service.port
        assert Path(ready["journal"]) == journal
        assert (started["event"], started["zone"]) == ("started", "shop.test.")
        # Times are seconds of the epoch: this one lies between 2020 and 2100.
        assert 1_577_836_800 < started["time"] < 4_102_444_800
        assert lab.service.name_server == f"127.0.0.1:{ready['port']}"

    def test_dies_with_its_parent(
        self, lab: Lab, tmp_path: Path, eventually: Callable[..., Any]
    ) -> None:
        """A parent that is killed leaves no data plane and no API behind."""
        script = (
            "import sys, pathlib, json\n"
            "from lab.dns.control_plane import ControlPlane\n"
            "from lab.dns.service import DnsService\n"
            "from lab.dns.settings import Settings\n"
            "plane = ControlPlane().start()\n"
            "folder = pathlib.Path(sys.argv[3])\n"
            "service = DnsService(Settings(sys.argv[1], sys.argv[2], folder)).start()\n"
            "print(plane._child.pid, service._child.pid, flush=True)\n"
            "sys.stdin.read()\n"
        )
        arguments = [lab.service._settings.api, lab.zone.zone_id, str(tmp_path)]
        with subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as parent:
            assert parent.stdout is not None
            children = [int(pid) for pid in parent.stdout.readline().split()]
            assert all(_runs(pid) for pid in children)
            parent.send_signal(signal.SIGKILL)

        eventually(lambda: not any(_runs(pid) for pid in children))

    def test_outlives_the_thread_that_started_it(self, lab: Lab, tmp_path: Path) -> None:
        """Started from a thread that ends, the process goes on: only the parent's end counts."""
        settings = lab.service._settings
        other = DnsService(
            Settings(api=settings.api, zone_id=settings.zone_id, folder=tmp_path / "other")
        )
        thread = threading.Thread(target=other.start)
        thread.start()
        thread.join()
        try:
            assert other.state()["answers"]
        finally:
            other.stop()
            other.stop()  # harmless

        with pytest.raises(OSError, match="refused"):
            other.state()

    def test_a_zone_that_is_not_there(self, control_plane: ControlPlane, tmp_path: Path) -> None:
        """Where there is nothing to serve, start says so."""
        service = DnsService(Settings(control_plane.url, "ZNOWHERE", tmp_path))

        with pytest.raises(RuntimeError, match="ended with 1 before it was ready"):
            service.start()


def _runs(pid: int) -> bool:
    """Tell whether a process is there and not just waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
