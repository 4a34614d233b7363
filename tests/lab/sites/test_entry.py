"""The load balancer sends users to ready pods, and fails as load balancers do."""

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from kubernetes import client

from lab.kubernetes.cluster import Cluster
from lab.processes.folder import LabFolder
from lab.processes.ports import free_loopback_pair, free_ports
from lab.processes.waiting import accepts, wait_until
from lab.sites.certificates import Authority
from lab.sites.entry import Entry

NAME = "health.shop.test"


class Pod:
    """A stand-in for a pod's server on an address of its own: it says who it is."""

    def __init__(self, name: str, address: str, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"  # no kept connection outlives ``close``

            def do_GET(self) -> None:
                self.answer({"pod": name, "path": self.path})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer({"pod": name, "body": json.loads(body)}, 201)

            def answer(self, document: dict[str, Any], status: int = 200) -> None:
                text = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self.name, self.address = name, address
        self._server = ThreadingHTTPServer((address, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Stop listening: connections are refused from now on."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Site:
    """An entry, its cluster's API and two pods."""

    def __init__(self, lab: LabFolder, authority: Authority, cluster: Cluster) -> None:
        pair, (port,) = free_loopback_pair(), free_ports(1)
        self.core = client.CoreV1Api(cluster.admin())
        self.core.create_namespace({"metadata": {"name": "orders"}})
        self.pods = [Pod("one", pair.aws, port), Pod("two", pair.azure, port)]
        for pod in self.pods:
            self._create(pod, port)
        self.context = ssl.create_default_context(cafile=authority.path)
        self.entry = Entry(
            lab,
            name="entry",
            address=pair.aws,
            port=pair.port,
            certificate=authority.issue("entry", [NAME, pair.aws]),
            kubernetes=cluster.connection(),
        )
        self.entry.start()

    def _create(self, pod: Pod, port: int) -> None:
        container = {"name": "orders", "image": "orders:1", "ports": [{"containerPort": port}]}
        metadata = {"name": pod.name, "labels": {"app": "orders"}}
        spec = {"containers": [container]}
        self.core.create_namespaced_pod("orders", {"metadata": metadata, "spec": spec})

    def set_ready(self, pod: Pod, *, ready: bool) -> None:
        """Have the pod's status say whether it is ready, as a kubelet does."""
        condition = {"type": "Ready", "status": str(ready)}
        status = {"phase": "Running", "podIP": pod.address, "conditions": [condition]}
        self.core.patch_namespaced_pod_status(pod.name, "orders", {"status": status})

    def serve_with_both(self) -> None:
        """Have both pods ready, and see requests reach both."""
        for pod in self.pods:
            self.set_ready(pod, ready=True)
        wait_until(lambda: self.answering() == {"one", "two"}, "both pods")

    def ask(self, method: str = "GET", path: str = "/ready", body: Any = None) -> tuple[int, Any]:
        """Send one request over a verified connection; return status and document."""
        connection = http.client.HTTPSConnection(
            self.entry.address, self.entry.port, timeout=30, context=self.context
        )
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def answering(self) -> set[str | None]:
        """Return which pods answer four requests in a row; None for nobody."""
        return {self.ask()[1].get("pod") for _ in range(4)}


@pytest.fixture(scope="module")
def site(lab: LabFolder, authority: Authority) -> Iterator[Site]:
    """Run a site's entry with two pods, neither ready."""
    cluster = Cluster("aws", lab.folder("cluster"), {}, marker=lab.id)
    cluster.start_server()
    site = Site(lab, authority, cluster)
    yield site
    for pod in site.pods[1:]:
        pod.close()
    cluster.stop()


def test_only_ready_pods_get_requests(site: Site) -> None:
    """Nobody is sent to a pod before it is ready nor after; with none it is 503."""
    one = site.pods[0]
    assert site.ask()[0] == 503
    site.set_ready(one, ready=True)
    wait_until(lambda: site.answering() == {"one"}, "first pod")
    site.serve_with_both()
    site.set_ready(one, ready=False)
    wait_until(lambda: site.answering() == {"two"}, "second pod alone")
    site.serve_with_both()


def test_requests_and_answers_pass_unchanged(site: Site) -> None:
    """Method, path, query, body and status arrive as they were sent."""
    site.serve_with_both()
    assert site.ask("GET", "/orders/x?y=1")[1]["path"] == "/orders/x?y=1"
    status, document = site.ask("POST", "/orders", {"id": 1})
    assert (status, document["body"]) == (201, {"id": 1})


def test_a_pod_that_refuses_connections_is_passed_over(site: Site) -> None:
    """Until its readiness is known to have gone, another pod takes its requests."""
    site.serve_with_both()
    site.pods[0].close()
    assert site.answering() == {"two"}
    assert {site.ask("POST", "/orders", {})[0] for _ in range(4)} == {201}


def test_health_503_answers_everything_with_503(site: Site) -> None:
    """The entry can be made to fail while all behind it lives, and to work again."""
    site.set_ready(site.pods[1], ready=True)
    wait_until(lambda: site.ask()[0] == 200, "answer")
    site.entry.set_mode("health-503")
    assert site.ask()[0] == 503
    assert site.ask("POST", "/orders", {})[0] == 503
    site.entry.set_mode("normal")
    assert site.ask()[0] == 200


def test_an_entry_is_ill_while_any_cause_says_so(site: Site) -> None:
    """Two causes make it ill: the end of one leaves it ill, and so does a new start."""
    site.set_ready(site.pods[1], ready=True)
    wait_until(lambda: site.ask()[0] == 200, "answer")
    site.entry.set_mode("health-503")
    site.entry.flap("flapping", shortest_seconds=600.0, longest_seconds=600.0, seed=1)
    site.entry.set_mode("normal")
    assert site.ask()[0] == 503
    site.entry.kill()
    site.entry.start()
    assert site.ask()[0] == 503
    site.entry.set_mode("normal", "flapping")
    assert site.ask()[0] == 200


def test_a_flapping_entry_turns_from_ill_to_well_and_back(site: Site) -> None:
    """Whoever asks again and again sees 503, then answers, then 503 again."""
    site.set_ready(site.pods[1], ready=True)
    wait_until(lambda: site.ask()[0] == 200, "answer")
    site.entry.flap("flapping", shortest_seconds=0.1, longest_seconds=0.3, seed=1)
    for status in (503, 200, 503):
        wait_until(lambda wanted=status: site.ask()[0] == wanted, f"a {status}")
    site.entry.set_mode("normal", "flapping")
    assert {site.ask()[0] for _ in range(8)} == {200}


def test_a_killed_entry_refuses_connections(site: Site) -> None:
    """Nobody listens after a kill; a new start serves again at the same address."""
    site.set_ready(site.pods[1], ready=True)
    site.entry.kill()
    assert not accepts(site.entry.address, site.entry.port)
    site.entry.start()
    assert site.ask()[0] == 200
