"""The garbage collector and the end of namespaces.

Dependents go after their owners (background), before them (foreground) or stay without them
(orphan); an object whose owners don't exist goes too. A namespace that ends takes all that is in
it along. With a real API server, kube-controller-manager does this.
"""

import asyncio
from typing import NamedTuple

from lab.kubernetes.api import deletion
from lab.kubernetes.api.deletion import BACKGROUND, FINALIZERS, FOREGROUND, ORPHAN
from lab.kubernetes.api.errors import Json
from lab.kubernetes.api.registry import Registry
from lab.kubernetes.api.resources import BY_ID, BY_KIND, NAMESPACES, Resource
from lab.kubernetes.api.store import Change


class _Place(NamedTuple):
    resource: str
    namespace: str
    name: str


class Collector:
    """Follows the store's changes and deletes what has lost its reason to exist."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._changes: asyncio.Queue[Change] = asyncio.Queue()
        self._live: dict[str, _Place] = {}
        self._dependents: dict[str, set[_Place]] = {}

    async def run(self) -> None:
        """Collect until cancelled."""
        self._registry.store.listen(self._changes.put_nowait)
        try:
            while True:
                self._react(await self._changes.get())
        finally:
            self._registry.store.stop_listening(self._changes.put_nowait)

    def _react(self, change: Change) -> None:
        metadata = change.object["metadata"]
        place = _Place(change.resource, change.namespace, metadata["name"])
        uid = metadata["uid"]
        for owner in metadata.get("ownerReferences", []):
            self._dependents.setdefault(owner["uid"], set()).add(place)
        if change.type == "DELETED":
            self._live.pop(uid, None)
            self._owner_gone(uid)
            self._unblock_owners(metadata)
            self._end_namespace(change.namespace)
            return
        self._live[uid] = place
        current = self._current(place)
        if current is None or current["metadata"]["uid"] != uid:
            return
        self._drop_if_unowned(place, current)
        if "deletionTimestamp" in current["metadata"]:
            self._finish(place, current)

    def _current(self, place: _Place) -> Json | None:
        return self._registry.store.get(*place)

    def _delete(self, place: _Place, policy: str) -> None:
        if self._current(place) is not None:
            options = deletion.DeleteOptions(policy=policy)
            resource = BY_ID[place.resource]
            deletion.delete(self._registry, resource, place.namespace, place.name, options)

    def _owner_gone(self, uid: str) -> None:
        for place in sorted(self._dependents.pop(uid, set())):
            item = self._current(place)
            if item is not None:
                self._drop_if_unowned(place, item)

    def _drop_if_unowned(self, place: _Place, item: Json) -> None:
        """Delete an object that has owners but none that exists."""
        owners = item["metadata"].get("ownerReferences", [])
        if not owners or "deletionTimestamp" in item["metadata"]:
            return
        if not any(self._exists(owner, place.namespace) for owner in owners):
            self._delete(place, BACKGROUND)

    def _exists(self, owner: Json, namespace: str) -> bool:
        resource = BY_KIND.get((owner["apiVersion"], owner["kind"]))
        if resource is None:
            return True  # a kind that this server doesn't keep: nothing is known of it
        home = namespace if resource.namespaced else ""
        found = self._registry.store.get(resource.id, home, owner["name"])
        return found is not None and found["metadata"]["uid"] == owner["uid"]

    def _unblock_owners(self, metadata: Json) -> None:
        for owner in metadata.get("ownerReferences", []):
            place = self._live.get(owner["uid"])
            item = self._current(place) if place else None
            if place and item and "deletionTimestamp" in item["metadata"]:
                self._finish(place, item)

    def _finish(self, place: _Place, item: Json) -> None:
        """Deal with the dependents of an object that is being deleted."""
        finalizers = item["metadata"].get("finalizers", [])
        dependents = self._dependents_of(item["metadata"]["uid"])
        if BY_ID[place.resource] is NAMESPACES:
            self._empty_namespace(place.name)
        elif FINALIZERS[ORPHAN] in finalizers:
            for dependent in dependents:
                self._release(dependent, item["metadata"]["uid"])
            self._drop_finalizer(place, item, FINALIZERS[ORPHAN])
        elif FINALIZERS[FOREGROUND] in finalizers:
            for dependent in dependents:
                found = self._current(dependent)
                if found is not None and "deletionTimestamp" not in found["metadata"]:
                    self._delete(dependent, FOREGROUND)
            if not self._dependents_of(item["metadata"]["uid"]):
                self._drop_finalizer(place, item, FINALIZERS[FOREGROUND])

    def _dependents_of(self, uid: str) -> list[_Place]:
        found = []
        for place in sorted(self._dependents.get(uid, set())):
            item = self._current(place)
            owners = item["metadata"].get("ownerReferences", []) if item else []
            if any(owner["uid"] == uid for owner in owners):
                found.append(place)
        return found

    def _release(self, place: _Place, uid: str) -> None:
        item = self._current(place)
        if item is not None:
            owners = [o for o in item["metadata"]["ownerReferences"] if o["uid"] != uid]
            self._save_metadata(place, item, "ownerReferences", owners)

    def _drop_finalizer(self, place: _Place, item: Json, finalizer: str) -> None:
        kept = [f for f in item["metadata"].get("finalizers", []) if f != finalizer]
        self._save_metadata(place, item, "finalizers", kept)

    def _save_metadata(self, place: _Place, item: Json, field: str, value: list[object]) -> None:
        metadata = {k: v for k, v in item["metadata"].items() if k != field}
        if value:
            metadata[field] = value
        self._registry.save(BY_ID[place.resource], {**item, "metadata": metadata})

    def _empty_namespace(self, namespace: str) -> None:
        for resource in BY_ID.values():
            for item in self._registry.store.items(resource.id, namespace):
                place = _Place(resource.id, namespace, item["metadata"]["name"])
                if resource.namespaced and "deletionTimestamp" not in item["metadata"]:
                    self._delete(place, BACKGROUND)
        self._end_namespace(namespace)

    def _end_namespace(self, namespace: str) -> None:
        home = self._registry.store.get(NAMESPACES.id, "", namespace) if namespace else None
        if home is None or home["status"].get("phase") != "Terminating":
            return
        if not any(self._has_content(resource, namespace) for resource in BY_ID.values()):
            self._registry.store.remove(NAMESPACES.id, "", namespace)

    def _has_content(self, resource: Resource, namespace: str) -> bool:
        return resource.namespaced and bool(self._registry.store.items(resource.id, namespace))
