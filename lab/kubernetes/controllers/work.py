"""The loop of every controller: a queue of keys, each brought from what is to what should be."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp

from lab.kubernetes.client import Api, Json, RefusedError, path_of
from lab.kubernetes.informer import Informer, Key, key_of

_LOG = logging.getLogger(__name__)
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 0.05, 5.0
_WATCHED = ("deployments", "replicasets", "statefulsets", "jobs", "pods")


@dataclass
class Caches:
    """The informers that all controllers share."""

    api: Api
    informers: dict[str, Informer]

    @classmethod
    def of(cls, api: Api) -> "Caches":
        """Make the informers; they fill when they run."""
        return cls(api, {plural: Informer(api, path_of(plural)) for plural in _WATCHED})

    def get(self, plural: str, key: Key) -> Json | None:
        """Give an object, None where there is none."""
        return self.informers[plural].objects.get(key)

    def in_namespace(self, plural: str, namespace: str) -> Iterator[Json]:
        """Give a namespace's objects."""
        found = self.informers[plural].objects
        return (item for (home, _name), item in list(found.items()) if home == namespace)

    def owned(self, plural: str, owner: Json) -> list[Json]:
        """Give the objects that an owner controls, oldest name first."""
        uid, namespace = owner["metadata"]["uid"], owner["metadata"]["namespace"]
        found = [i for i in self.in_namespace(plural, namespace) if controller_uid(i) == uid]
        return sorted(found, key=key_of)

    async def create(self, plural: str, item: Json) -> Json:
        """Create an object, and know it at once."""
        namespace = item["metadata"]["namespace"]
        created = await self.api.create(path_of(plural, namespace), item)
        self.informers[plural].learn(created)
        return created

    async def patch(self, plural: str, item: Json, patch: Json, part: str = "") -> Json:
        """Merge-patch an object, and know the result at once."""
        namespace, name = key_of(item)
        patched = await self.api.patch(path_of(plural, namespace, name, part), patch)
        self.informers[plural].learn(patched)
        return patched

    async def delete(self, plural: str, item: Json) -> None:
        """Delete this very object, and know it at once; one that is gone already is fine."""
        namespace, name = key_of(item)
        try:
            path = path_of(plural, namespace, name)
            answer = await self.api.delete(path, uid=item["metadata"]["uid"])
        except RefusedError as error:
            if error.code not in (404, 409):
                raise
            answer = {}
        if answer.get("metadata", {}).get("deletionTimestamp"):
            self.informers[plural].learn(answer)
        else:
            self.informers[plural].forget(item)


def controller_uid(item: Json) -> str:
    """Give the uid of the object's controller, '' for none."""
    owners = item["metadata"].get("ownerReferences", [])
    return next((str(o["uid"]) for o in owners if o.get("controller")), "")


class Controller(ABC):
    """Reconciles the objects of one kind, one at a time."""

    plural: str
    kind: str
    dependents: tuple[str, ...] = ()

    def __init__(self, caches: Caches) -> None:
        self.caches = caches
        self._queue: asyncio.Queue[Key] = asyncio.Queue()
        self._waiting: set[Key] = set()
        self._failures: dict[Key, int] = {}
        caches.informers[self.plural].subscribe(lambda _what, item: self.enqueue(key_of(item)))
        for plural in self.dependents:
            caches.informers[plural].subscribe(self._dependent_changed)

    def _dependent_changed(self, _what: str, item: Json) -> None:
        for owner in item["metadata"].get("ownerReferences", []):
            if owner.get("controller") and owner["kind"] == self.kind:
                self.enqueue((item["metadata"]["namespace"], owner["name"]))

    def enqueue(self, key: Key) -> None:
        """Look at an object soon; many calls before that make one look."""
        if key not in self._waiting:
            self._waiting.add(key)
            self._queue.put_nowait(key)

    def enqueue_after(self, key: Key, seconds: float) -> None:
        """Look at an object when a time has passed."""
        asyncio.get_running_loop().call_later(max(seconds, 0.0), self.enqueue, key)

    async def run(self) -> None:
        """Reconcile until cancelled; a refused or broken attempt is made again, later and later."""
        while True:
            key = await self._queue.get()
            self._waiting.discard(key)
            item = self.caches.get(self.plural, key)
            if item is None or "deletionTimestamp" in item["metadata"]:
                continue
            try:
                await self.reconcile(item)
                self._failures.pop(key, None)
            except (RefusedError, aiohttp.ClientError, TimeoutError) as error:
                failures = self._failures[key] = self._failures.get(key, 0) + 1
                pause = min(_FIRST_RETRY_SECONDS * 2**failures, _LONGEST_RETRY_SECONDS)
                _LOG.info("%s %s: %s; again in %.1f s", self.kind, key, error, pause)
                self.enqueue_after(key, pause)

    @abstractmethod
    async def reconcile(self, item: Json) -> None:
        """Bring one object a step nearer to its spec, and write its status."""

    async def write_status(self, item: Json, status: Json) -> None:
        """Write the status where it says something new."""
        known = item.get("status", {})
        # A merge patch removes what is None: a number that has become zero is left out.
        patch = {k: status.get(k) for k in {*known, *status} if known.get(k) != status.get(k)}
        if any(known.get(k) or v for k, v in patch.items()):
            await self.caches.patch(self.plural, item, {"status": patch}, "status")
