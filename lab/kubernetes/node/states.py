"""What is known of one container, and how the API is told."""

from dataclasses import dataclass, field
from typing import Any

from lab.kubernetes.client import Json
from lab.kubernetes.controllers.pods import timestamp

State = dict[str, Any]


def waiting(reason: str, message: str = "") -> State:
    """Give the state of a container that doesn't run, and why."""
    return {"waiting": {"reason": reason} | ({"message": message} if message else {})}


@dataclass
class ContainerState:
    """One container: its state now, the one before, and how often it was started again."""

    name: str
    image: str
    init: bool = False
    state: State = field(default_factory=lambda: waiting("PodInitializing"))
    last_state: State = field(default_factory=dict)
    restarts: int = 0
    ready: bool = False
    started: bool = False
    container_id: str = ""
    ended_well: bool = False
    finished: bool = False

    def run(self, container_id: str) -> None:
        """Note that the container runs."""
        self.container_id = container_id
        self.state = {"running": {"startedAt": timestamp()}}
        self.ended_well = False

    def end(self, code: int, reason: str = "") -> None:
        """Note that the container has ended."""
        began = self.state.get("running", {}).get("startedAt", timestamp())
        ended: Json = {
            "exitCode": code,
            "reason": reason or ("Completed" if code == 0 else "Error"),
            "startedAt": began,
            "finishedAt": timestamp(),
            "containerID": self.container_id,
        }
        self.state = {"terminated": ended}
        self.ready = self.started = False
        self.ended_well = code == 0

    def wait(self, reason: str, message: str = "") -> None:
        """Note that the container waits, keeping how it ended last."""
        if "terminated" in self.state:
            self.last_state = self.state
        self.state = waiting(reason, message)

    def status(self) -> Json:
        """Give the containerStatus of the API."""
        status: Json = {
            "name": self.name,
            "image": self.image,
            "imageID": f"lab://{self.image}",
            "ready": self.ended_well if self.init else self.ready,
            "started": self.started,
            "restartCount": self.restarts,
            "state": self.state,
            "lastState": self.last_state,
        }
        return status | ({"containerID": self.container_id} if self.container_id else {})
