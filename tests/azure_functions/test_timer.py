"""The timer on the lab's own Kubernetes API: what it does with what it sees, and what it keeps."""

from typing import Any

import azure.functions as func
import pytest
from kubernetes import client

from azure_functions import aks, probe, timer
from azure_functions.timer_settings import timer_settings_from
from landbridge.adapters.azure_records import AzureRecords
from landbridge.adapters.http_probe import Probe
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, UP_ADDRESS
from landbridge.domain.errors import ConfigurationError, SiteUnknownError, TransientError
from landbridge.domain.takeover_job import LABEL
from landbridge.domain.takeover_timer import Automatic
from landbridge.domain.votes import ProbeOutcome
from tests.adapters.lab_cluster import LabCluster
from tests.azure_functions.conftest import Call
from tests.azure_functions.test_takeover_routes import deploy

HOOK = "https://chat.test/hook"


class Timer:
    """The timer, its clock, what it sees and whom it told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.now = 1_000_000.0
        self.probe: int | ProbeOutcome = ProbeOutcome.REFUSED
        self.checkers: Any = (DOWN_ADDRESS,)
        self.asked: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.deaf = False
        monkeypatch.setattr(timer, "time", self)
        monkeypatch.setattr(probe, "probe", lambda *_: Probe(self.probe, ""))
        monkeypatch.setattr(timer, "answers", self.answers)
        monkeypatch.setattr(timer, "post_payload", self.post)

    def time(self) -> float:
        """Return the time."""
        return self.now

    def answers(self, name: str, _servers: object, _seconds: float) -> dict[str, Any]:
        """Answer as two name servers do."""
        self.asked.append(name)
        return {"192.0.2.53:53": self.checkers, "192.0.2.54:53": self.checkers}

    def post(self, url: str, payload: dict[str, Any], _seconds: float) -> int:
        """Take a message."""
        if self.deaf:
            raise TransientError("the webhook gave no answer")
        assert url == HOOK
        self.told.append(payload)
        return 200

    def allow(self, automatic: str) -> None:
        """Set what it may do."""
        self._monkeypatch.setenv("LANDBRIDGE_AUTOMATIC", automatic)
        self._monkeypatch.setenv("LANDBRIDGE_WEBHOOK_URL", HOOK)
        self._monkeypatch.setenv("LANDBRIDGE_WEBHOOK_FORMAT", "slack")

    def tick(self, seconds: int = 10) -> None:
        """Let it look each ten seconds, for so long."""
        for _ in range(seconds // 10):
            self.now += 10
            timer.watch_aws(_NO_TIMER)


_NO_TIMER: Any = None


@pytest.fixture(name="azure")
def _azure(
    call: Call, lab_cluster: LabCluster, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> Timer:
    """Give the timer of a Function App with everything deployed."""
    assert call is not None
    deploy(lab_cluster, namespace)
    return Timer(monkeypatch)


@pytest.fixture(name="runs")
def _runs(lab_cluster: LabCluster, namespace: str) -> Any:
    batch = client.BatchV1Api(lab_cluster.core.api_client)

    def names() -> list[str]:
        found = batch.list_namespaced_job(namespace, label_selector=f"app={LABEL}").items
        return [one.metadata.name for one in found]

    return names


def test_it_is_off_unless_somebody_turns_it_on(azure: Timer, runs: Any) -> None:
    """Not even a question is asked."""
    azure.tick(60)
    assert (runs(), azure.told, azure.asked) == ([], [], [])


def test_on_it_starts_one_takeover_for_one_outage(azure: Timer, runs: Any) -> None:
    """After the configured seconds, by both vantages, and never a second one."""
    azure.allow("on")
    azure.tick(30)
    assert runs() == []
    azure.tick(10)
    (run,) = runs()
    assert run.startswith("takeover-timer-1000010-")
    azure.tick(60)
    assert runs() == [run]
    assert set(azure.asked) == {"verdict-127.0.0.1"}


def test_confirm_tells_a_person_once_and_waits(azure: Timer, runs: Any) -> None:
    """With what to do; nothing is started."""
    azure.allow("confirm")
    azure.tick(120)
    assert runs() == []
    (message,) = azure.told
    assert "landbridge takeover" in str(message)


def test_a_person_who_could_not_be_told_is_told_at_the_next_look(azure: Timer) -> None:
    """A message that went nowhere is not taken for one."""
    azure.allow("confirm")
    azure.deaf = True
    azure.tick(50)
    azure.deaf = False
    azure.tick(20)
    assert len(azure.told) == 1


@pytest.mark.parametrize(
    ("seen", "checkers"),
    [
        (ProbeOutcome.REFUSED, (UP_ADDRESS,)),
        (ProbeOutcome.REFUSED, SiteUnknownError("no answer")),
        (ProbeOutcome.REFUSED, ()),
        (200, (DOWN_ADDRESS,)),
        (ProbeOutcome.TIMEOUT, (DOWN_ADDRESS,)),
        (ProbeOutcome.NAME, SiteUnknownError("no answer")),
    ],
)
def test_with_one_vantage_only_nothing_happens(
    azure: Timer, runs: Any, seen: int | ProbeOutcome, checkers: Any
) -> None:
    """Neither a run nor a message, however long it goes on."""
    azure.allow("on")
    azure.probe, azure.checkers = seen, checkers
    azure.tick(120)
    azure.allow("confirm")
    azure.tick(120)
    assert (runs(), azure.told) == ([], [])


def test_azures_own_partial_outage_starts_nothing(
    azure: Timer, runs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster that does not answer leaves a hole; what was seen before it does not count."""
    azure.allow("on")
    azure.tick(30)
    away = Cluster("http://127.0.0.1:1", lambda: "token")
    with monkeypatch.context() as out:
        out.setattr(timer, "cluster", lambda: away)
        azure.tick(60)
    assert runs() == []
    azure.tick(30)
    assert runs() == []
    azure.tick(10)
    assert len(runs()) == 1


def test_what_it_saw_is_kept_in_the_cluster(
    azure: Timer, lab_cluster: LabCluster, namespace: str
) -> None:
    """The next look may be another worker's."""
    azure.allow("on")
    azure.tick(20)
    records = AzureRecords(Cluster(lab_cluster.url, lambda: "admin-token"), namespace)
    watch = records.read_timer()
    assert (watch.down_since, watch.looked_at) == (1_000_010.0, 1_000_020.0)


GOOD = {
    "LANDBRIDGE_AUTOMATIC": "confirm",
    "LANDBRIDGE_WEBHOOK_URL": HOOK,
    "LANDBRIDGE_WEBHOOK_FORMAT": "teams",
}


def test_the_defaults_do_nothing() -> None:
    """Off, half a minute, no webhook."""
    wanted = timer_settings_from({})
    assert (wanted.automatic, wanted.timer_seconds, wanted.webhook_url) == (Automatic.OFF, 30.0, "")
    assert timer_settings_from(GOOD).automatic is Automatic.CONFIRM


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"LANDBRIDGE_AUTOMATIC": "yes"}, "LANDBRIDGE_AUTOMATIC"),
        ({"LANDBRIDGE_TIMER_SECONDS": "9"}, "LANDBRIDGE_TIMER_SECONDS"),
        ({"LANDBRIDGE_TIMER_SECONDS": "nan"}, "LANDBRIDGE_TIMER_SECONDS"),
        ({"LANDBRIDGE_TIMER_SECONDS": "soon"}, "LANDBRIDGE_TIMER_SECONDS"),
        ({"LANDBRIDGE_WEBHOOK_FORMAT": "fax"}, "LANDBRIDGE_WEBHOOK_FORMAT"),
        ({"LANDBRIDGE_WEBHOOK_URL": ""}, "LANDBRIDGE_WEBHOOK_URL"),
        ({"LANDBRIDGE_WEBHOOK_URL": "http://chat.test/s3cret"}, "LANDBRIDGE_WEBHOOK_URL"),
    ],
)
def test_a_setting_that_is_wrong_is_named(changes: dict[str, str], said: str) -> None:
    """And a webhook's URL is never quoted."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        timer_settings_from(GOOD | changes)
    assert "s3cret" not in str(refused.value)


def test_a_wrong_setting_stops_the_timer_alone(azure: Timer, runs: Any) -> None:
    """The routes go on; the timer does nothing and says so."""
    azure.allow("sometimes")
    azure.tick(60)
    assert runs() == []
    assert aks.settings().gate_namespace
    assert isinstance(timer.blueprint, func.Blueprint)
