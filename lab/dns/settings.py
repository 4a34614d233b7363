"""The data plane's command line, which is what a process of it is started with."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """What one data plane process serves and how.

    ``time_scale``: seconds of lab per second of life. ``labels``: readable names by health check
    id. ``hosts`` and ``ports``: see Network. ``check_ids``: a HealthCheckId as alarms have it, to
    the real one. Empty ``cloudwatch`` or ``alarm_events`` leave alarms, or their delivery, out.
    """

    api: str
    zone_id: str
    folder: Path
    port: int = 0
    time_scale: float = 1.0
    poll_seconds: float = 0.5
    regions: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    hosts: Mapping[str, str] | None = None
    ports: Mapping[str, int] | None = None
    cloudwatch: str = ""
    alarm_region: str = "us-east-1"
    alarm_account: str = "lab"
    alarm_events: str = ""
    check_ids: Mapping[str, str] | None = None

    def arguments(self) -> list[str]:
        """Return the command line that ``parse`` reads back."""
        plain = {
            "api": self.api,
            "zone-id": self.zone_id,
            "folder": str(self.folder),
            "port": str(self.port),
            "time-scale": str(self.time_scale),
            "poll-seconds": str(self.poll_seconds),
            "cloudwatch": self.cloudwatch,
            "alarm-region": self.alarm_region,
            "alarm-account": self.alarm_account,
            "alarm-events": self.alarm_events,
        }
        pairs = {
            "label": self.labels,
            "host": self.hosts,
            "port-map": self.ports,
            "check-id": self.check_ids,
        }
        found = [f"--{name}={value}" for name, value in plain.items()]
        found += [f"--region={name}" for name in self.regions]
        for name, mapping in pairs.items():
            found += [f"--{name}={key}={value}" for key, value in (mapping or {}).items()]
        return found

    @classmethod
    def parse(cls, arguments: Sequence[str] | None = None) -> "Settings":
        """Read a command line; argparse ends the process over a wrong one."""
        found = _parser().parse_args(arguments)
        return cls(
            api=found.api,
            zone_id=found.zone_id,
            folder=Path(found.folder),
            port=found.port,
            time_scale=found.time_scale,
            poll_seconds=found.poll_seconds,
            regions=tuple(found.region),
            labels=dict(found.label),
            hosts=dict(found.host),
            ports={address: int(port) for address, port in found.port_map},
            cloudwatch=found.cloudwatch,
            alarm_region=found.alarm_region,
            alarm_account=found.alarm_account,
            alarm_events=found.alarm_events,
            check_ids=dict(found.check_id),
        )


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("lab.dns.server", description=__doc__)
    add = parser.add_argument
    add("--api", required=True, help="URL of the Route 53 API")
    add("--zone-id", required=True, help="id of the hosted zone to serve")
    add("--folder", default=".", help="where dns.json and dns.journal.jsonl are written")
    add("--port", type=int, default=0, help="UDP and TCP port; 0 takes a free one")
    add("--time-scale", type=float, default=1.0, help="lab seconds per second of life")
    add("--poll-seconds", type=float, default=0.5, help="how often the API is read")
    add("--region", action="append", default=[], help="a checker's name (repeat)")
    add("--label", action="append", type=_pair, default=[], help="HEALTH_CHECK_ID=NAME (repeat)")
    add("--host", action="append", type=_pair, default=[], help="NAME=ADDRESS (repeat)")
    add("--port-map", action="append", type=_pair, default=[], help="ADDRESS:PORT=PORT (repeat)")
    add("--cloudwatch", default="", help="URL of the CloudWatch API")
    add("--alarm-region", default="us-east-1", help="region of the alarms")
    add("--alarm-account", default="lab", help="account of the alarms")
    add("--alarm-events", default="", help="URL that takes alarm events as JSON")
    add("--check-id", action="append", type=_pair, default=[], help="ALARM_HAS=REAL (repeat)")
    return parser
