"""What single values may look like, and what they are counted in or written as."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints

__all__ = [
    "AlarmName",
    "Clock",
    "Count",
    "Counts",
    "Date",
    "DnsName",
    "EndClock",
    "Guid",
    "HostName",
    "KubernetesName",
    "Part",
    "Port",
    "Region",
    "SecretName",
    "SocketAddress",
    "Text",
    "Unit",
    "WindowName",
    "WorkloadName",
    "ZoneName",
]


class Part(BaseModel):
    """A part of the configuration: nothing unknown in it, and never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Unit:
    """What a value is counted in or written as, for fields whose name does not end in a unit."""

    name: str

    def __get_pydantic_json_schema__(
        self, core_schema: Any, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(core_schema), "x-unit": self.name}


_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
DnsName = Annotated[
    str,
    StringConstraints(pattern=rf"^(\*\.)?({_LABEL}\.)+{_LABEL}$", max_length=253),
    Unit("DNS name"),
]
HostName = Annotated[
    str,
    StringConstraints(pattern=rf"^({_LABEL}\.)*{_LABEL}$", max_length=253),
    Unit("host name or IPv4 address"),
]
Guid = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$"),
    Unit("GUID"),
]
SocketAddress = Annotated[str, Unit("ip:port")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$"), Unit("AWS region")]
Port = Annotated[int, Field(ge=1, le=65_535), Unit("TCP port")]
SecretName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]{1,480}$"),
    Unit("name in Secrets Manager"),
]
# Goes into names of resources: an alarm, a topic, a table.
WorkloadName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$"), Unit("name")]
KubernetesName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"),
    Unit("Kubernetes name"),
]
Text = Annotated[str, Unit("text")]

# Of GameDays. An empty date is no bound; a zone is an IANA name, as Europe/Berlin.
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$"), Unit("HH:MM")]
EndClock = Annotated[
    str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"), Unit("HH:MM")
]
Date = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$"), Unit("YYYY-MM-DD")]
WindowName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_ .,:+-]+$", max_length=60), Unit("text")
]
AlarmName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_ .:/+=@-]+$", max_length=255),
    Unit("CloudWatch alarm"),
]
ZoneName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}$"),
    Unit("IANA time zone"),
]

# Of the cost.
Count = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
Counts = Annotated[dict[str, Count], Unit("count by price id")]
