"""The images table: which command stands for a container image on this machine."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Image:
    """What an image would bring: its entry point, default arguments and environment."""

    command: tuple[str, ...]
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


def read_images(path: Path) -> dict[str, Image]:
    """Read the table: image -> {"command": [...], "args": [...], "env": {...}}."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Image(tuple(e["command"]), tuple(e.get("args", ())), e.get("env", {}))
        for name, e in entries.items()
    }


def write_images(path: Path, images: Mapping[str, Image]) -> None:
    """Write a table that `read_images` reads."""
    path.write_text(json.dumps({n: asdict(i) for n, i in images.items()}), encoding="utf-8")
