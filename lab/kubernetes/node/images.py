"""Which command stands for a container image on this machine, and the registry that has them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """What an image would bring: its entry point, default arguments and environment.

    ``slow`` is whether its pods take the node's ``pod_start_seconds`` before they begin.
    """

    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    slow: bool = True


class Registry:
    """The registry from which a cluster's nodes pull, as a file that they look at.

    The file is a table: image -> {"command": [...], "args": [...], "env": {...}, "slow": true}.
    """

    def __init__(self, path: Path, images: Mapping[str, Image]) -> None:
        self.path = path
        self._images = images
        self._withdrawn: set[str] = set()

    def publish(self) -> None:
        """Write the table, whole from the first."""
        offered = {n: asdict(i) for n, i in self._images.items() if n not in self._withdrawn}
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(offered), encoding="utf-8")
        fresh.rename(self.path)

    def withdraw(self, image: str) -> None:
        """Let nobody pull the image any more; raises KeyError where there was none."""
        if image not in self._images:
            raise KeyError(image)
        self._withdrawn.add(image)
        self.publish()

    def offer(self, image: str) -> None:
        """Let the image be pulled again."""
        self._withdrawn.discard(image)
        self.publish()


class Pulling:
    """A node's way to the registry: it looks at the table again when that has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version = (-1, -1)
        self._images: dict[str, Image] = {}

    def pull(self, image: str) -> Image | None:
        """Give the image, or None where the registry has none of that name."""
        found = self._path.stat()
        version = (found.st_ino, found.st_mtime_ns)
        if version != self._version:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
            self._images = {
                name: Image(
                    tuple(e["command"]), tuple(e.get("args", ())), e.get("env", {}), e["slow"]
                )
                for name, e in entries.items()
            }
            self._version = version
        return self._images.get(image)
