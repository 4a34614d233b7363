"""The alarm on a health check: from the endpoint's failure to the event at the emulator's door."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lab.dns.clients import client_for
from lab.dns.control_plane import ControlPlane, create_route53_resources
from lab.dns.service import DnsService
from lab.dns.settings import Settings
from lab.dns.watched_alarm import parse_alarm
from lab.dns.zone import UnsupportedByLabError

TIME_SCALE = 0.02  # a period of 60 s lasts 1.2 s
DEADLINE_SECONDS = 20.0
ALARM = "primary-down"


class Door:
    """Stands for the emulator's endpoint: takes events, refusing the first ones asked to."""

    def __init__(self) -> None:
        door = self
        self.events: list[dict[str, Any]] = []
        self.refusals = 0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if door.refusals:
                    door.refusals -= 1
                    self.send_response(503)
                else:
                    door.events.append(json.loads(body))
                    self.send_response(202)
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/alarm-events"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def changes(self) -> list[tuple[str, str]]:
        """Return (previous, new) of every event, in order."""
        details = [event["detail"] for event in self.events]
        return [(found["previousState"]["value"], found["state"]["value"]) for found in details]


@pytest.fixture(name="door")
def _door() -> Iterator[Door]:
    door = Door()
    yield door
    door.close()


@pytest.fixture(name="cloudwatch")
def _cloudwatch(control_plane: ControlPlane) -> Iterator[Any]:
    """Return a CloudWatch API with one new alarm on the id that a template would have."""
    client = client_for("cloudwatch", control_plane.url)
    client.put_metric_alarm(
        AlarmName=ALARM,
        AlarmDescription="AWS does not answer",
        Namespace="AWS/Route53",
        MetricName="HealthCheckStatus",
        Dimensions=[{"Name": "HealthCheckId", "Value": "from-the-template"}],
        Statistic="Minimum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="missing",
    )
    # A new alarm has no data in CloudWatch; this emulator would begin with OK.
    client.set_alarm_state(AlarmName=ALARM, StateValue="INSUFFICIENT_DATA", StateReason="Unchecked")
    yield client
    client.delete_alarms(AlarmNames=[ALARM])


@pytest.fixture(name="service")
def _service(
    control_plane: ControlPlane, cloudwatch: Any, door: Door, http: Any, tmp_path: Path
) -> Iterator[DnsService]:
    del cloudwatch
    config = {
        "Type": "HTTP",
        "FullyQualifiedDomainName": "127.0.0.1",
        "ResourcePath": "/ready",
        "RequestInterval": 10,
        "FailureThreshold": 1,
    }
    check = {"Type": "AWS::Route53::HealthCheck", "Properties": {"HealthCheckConfig": config}}
    zone = create_route53_resources(
        [{"Resources": {"A": check}}], {}, control_plane.client(), zone_name="shop.test"
    )
    settings = Settings(
        api=control_plane.url,
        zone_id=zone.zone_id,
        folder=tmp_path,
        time_scale=TIME_SCALE,
        regions=("us-east-1", "eu-west-1", "sa-east-1"),
        ports={"127.0.0.1:80": http.port},
        cloudwatch=control_plane.url,
        alarm_events=door.url,
        check_ids={"from-the-template": zone.health_checks["A"]},
    )
    http.statuses["/ready"] = 200
    with DnsService(settings) as service:
        yield service


def wait_for_state(service: DnsService, state: str) -> None:
    """Wait until the alarm is in a state."""
    service.wait_until(
        lambda found: found["alarms"].get(ALARM, {}).get("state") == state, DEADLINE_SECONDS
    )


def shown(cloudwatch: Any) -> str:
    """Return the state that the API shows."""
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    return str(alarm["StateValue"])


class TestAlarm:
    def test_from_no_data_to_ok_to_alarm_and_back(
        self,
        service: DnsService,
        door: Door,
        http: Any,
        cloudwatch: Any,
        eventually: Callable[..., Any],
    ) -> None:
        """Each change of the check reaches the door as an event, and the API shows the state."""
        wait_for_state(service, "OK")
        http.statuses["/ready"] = 503
        wait_for_state(service, "ALARM")
        http.statuses["/ready"] = 200
        wait_for_state(service, "OK")

        eventually(lambda: len(door.events) == 3)
        assert door.changes() == [
            ("INSUFFICIENT_DATA", "OK"),
            ("OK", "ALARM"),
            ("ALARM", "OK"),
        ]
        went_off = door.events[1]
        assert went_off["detail-type"] == "CloudWatch Alarm State Change"
        assert went_off["source"] == "aws.cloudwatch"
        assert went_off["detail"]["alarmName"] == ALARM
        assert went_off["resources"][0].endswith(f":alarm:{ALARM}")
        assert "[0.0 (" in went_off["detail"]["state"]["reason"]
        (metric,) = went_off["detail"]["configuration"]["metrics"]
        assert metric["metricStat"]["metric"]["dimensions"] == {
            "HealthCheckId": "from-the-template"
        }

        eventually(lambda: shown(cloudwatch) == "OK")

    def test_a_short_outage_counts_for_its_whole_period(
        self, service: DnsService, door: Door, http: Any, eventually: Callable[..., Any]
    ) -> None:
        """Minimum: a check that was unhealthy at any moment of a period gives an ALARM."""
        wait_for_state(service, "OK")
        http.statuses["/ready"] = 503
        service.wait_until(_all_healthy(healthy=False), DEADLINE_SECONDS)
        http.statuses["/ready"] = 200
        service.wait_until(_all_healthy(healthy=True), DEADLINE_SECONDS)

        eventually(lambda: ("OK", "ALARM") in door.changes())

    def test_set_alarm_state_is_an_event_and_does_not_last(
        self, service: DnsService, door: Door, cloudwatch: Any, eventually: Callable[..., Any]
    ) -> None:
        """A GameDay's SetAlarmState goes the real way, and the next evaluation ends it."""
        wait_for_state(service, "OK")
        eventually(lambda: shown(cloudwatch) == "OK")  # else what is set now is written over
        cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="GameDay")

        eventually(lambda: ("ALARM", "OK") in door.changes())
        assert door.changes()[1:] == [("OK", "ALARM"), ("ALARM", "OK")]
        assert door.events[1]["detail"]["state"]["reason"] == "GameDay"

    def test_an_event_that_is_refused_is_sent_again(
        self, service: DnsService, door: Door, eventually: Callable[..., Any]
    ) -> None:
        """CloudWatch guarantees delivery: the same event comes until it is taken, in order."""
        door.refusals = 2
        wait_for_state(service, "OK")
        eventually(lambda: door.events)
        lines = [json.loads(line) for line in service.journal_path.read_text().splitlines()]

        assert door.changes() == [("INSUFFICIENT_DATA", "OK")]
        delivered = [line for line in lines if line["event"] == "alarm-event"]
        assert [line["delivered"] for line in delivered[:1]] == [False]
        assert {line["event_id"] for line in delivered} == {door.events[0]["id"]}


def _all_healthy(*, healthy: bool) -> Callable[[dict[str, Any]], bool]:
    def condition(state: dict[str, Any]) -> bool:
        return all(check["healthy"] is healthy for check in state["checks"].values())

    return condition


def test_other_statistics_are_refused() -> None:
    """An alarm that the lab cannot judge is named and refused."""
    with pytest.raises(UnsupportedByLabError, match="odd: statistic Average"):
        parse_alarm({"AlarmName": "odd", "Statistic": "Average"})
