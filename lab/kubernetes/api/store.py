"""The server's objects, each change numbered, with a bounded memory of the latest changes.

The number of a change is the `resourceVersion` that it gives its object. All of the server's
objects share one sequence, as they do in etcd. Objects in the store are never changed in place:
a reader may keep what it was given.
"""

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lab.kubernetes.api.errors import Json, expired

Key = tuple[str, str]


@dataclass
class Change:
    """One change: what it was (ADDED, MODIFIED, DELETED), the object after it and before it."""

    revision: int
    type: str
    resource: str
    namespace: str
    object: Json
    previous: Json | None

    @cached_property
    def text(self) -> bytes:
        """The object as JSON, made once however many clients watch."""
        return json.dumps(self.object, separators=(",", ":")).encode()


Listener = Callable[[Change], None]


class Store:
    """All objects, by resource, then by (namespace, name)."""

    def __init__(self, history: int = 2000) -> None:
        self.revision = 1
        self._objects: dict[str, dict[Key, Json]] = {}
        self._history: deque[Change] = deque(maxlen=history)
        self._listeners: set[Listener] = set()

    def get(self, resource: str, namespace: str, name: str) -> Json | None:
        """Give an object, or None where there is none."""
        return self._objects.get(resource, {}).get((namespace, name))

    def items(self, resource: str, namespace: str = "") -> list[Json]:
        """Give a resource's objects, sorted; of one namespace, or of all for ''."""
        found = self._objects.get(resource, {})
        return [found[key] for key in sorted(found) if namespace in ("", key[0])]

    def write(self, resource: str, namespace: str, name: str, item: Json) -> Json:
        """Add or replace an object; gives it with its new resourceVersion."""
        objects = self._objects.setdefault(resource, {})
        previous = objects.get((namespace, name))
        kept = self._numbered(item)
        objects[namespace, name] = kept
        change_type = "MODIFIED" if previous is not None else "ADDED"
        self._tell(Change(self.revision, change_type, resource, namespace, kept, previous))
        return kept

    def remove(self, resource: str, namespace: str, name: str) -> Json:
        """Take an object out; gives its last state, numbered with its removal."""
        previous = self._objects[resource].pop((namespace, name))
        gone = self._numbered(previous)
        self._tell(Change(self.revision, "DELETED", resource, namespace, gone, previous))
        return gone

    def changes_since(self, revision: int, resource: str) -> Iterator[Change]:
        """Give a resource's changes after a revision, oldest first.

        Raises ApiError 410 where some of the changes since then are not kept any more.
        """
        oldest = self._history[0].revision if self._history else self.revision + 1
        if revision < oldest - 1:
            raise expired(revision, oldest)
        return (c for c in self._history if c.revision > revision and c.resource == resource)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each change from now on."""
        self._listeners.add(listener)

    def stop_listening(self, listener: Listener) -> None:
        """Call `listener` no more."""
        self._listeners.discard(listener)

    def _numbered(self, item: Json) -> Json:
        self.revision += 1
        metadata: dict[str, Any] = {**item["metadata"], "resourceVersion": str(self.revision)}
        return {**item, "metadata": metadata}

    def _tell(self, change: Change) -> None:
        self._history.append(change)
        for listener in list(self._listeners):
            listener(change)
