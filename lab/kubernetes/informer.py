"""A live copy of a collection: listed once, then kept by a watch, again after every break."""

import asyncio
import json
import logging
from collections.abc import Callable

import aiohttp

from lab.kubernetes.client import Api, Json, RefusedError

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 2.0
_KEPT_TOMBSTONES = 2000
_MAX_LINE_BYTES = 4 * 1024 * 1024

Key = tuple[str, str]
Handler = Callable[[str, Json], None]


def key_of(item: Json) -> Key:
    """Give an object's (namespace, name)."""
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]


def version_of(item: Json) -> int:
    """Give an object's resourceVersion as a number, to tell older from newer."""
    return int(item["metadata"]["resourceVersion"])


class Informer:
    """A collection's objects by key, with a call for each change.

    What a client has just written can be put in with `learn` and `forget`, so that it sees its own
    writes before the watch brings them; older news are then ignored.
    """

    def __init__(self, api: Api, path: str, selectors: dict[str, str] | None = None) -> None:
        self._api = api
        self._path = path
        self._selectors = selectors or {}
        self._handlers: list[Handler] = []
        self._gone: dict[str, None] = {}
        self._version = 0
        self.objects: dict[Key, Json] = {}
        self.synced = asyncio.Event()

    def subscribe(self, handler: Handler) -> None:
        """Call `handler` with ("SET" or "GONE", object) for each change."""
        self._handlers.append(handler)

    def learn(self, item: Json) -> None:
        """Take in an object's state, unless a newer one is known or it is gone."""
        known = self.objects.get(key_of(item))
        if item["metadata"]["uid"] in self._gone:
            return
        if known is not None and version_of(known) >= version_of(item):
            return
        self.objects[key_of(item)] = item
        self._tell("SET", item)

    def forget(self, item: Json) -> None:
        """Take an object out; news of it that come later are ignored."""
        self._gone[item["metadata"]["uid"]] = None
        while len(self._gone) > _KEPT_TOMBSTONES:
            del self._gone[next(iter(self._gone))]
        known = self.objects.get(key_of(item))
        if known is not None and known["metadata"]["uid"] == item["metadata"]["uid"]:
            del self.objects[key_of(item)]
            self._tell("GONE", item)

    def _tell(self, what: str, item: Json) -> None:
        for handler in self._handlers:
            handler(what, item)

    async def run(self) -> None:
        """List and watch until cancelled; a server that is away is waited for."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                version = await self._list()
                pause = _FIRST_PAUSE_SECONDS
                while version:
                    version = await self._watch(version)
            except (aiohttp.ClientError, RefusedError, OSError, TimeoutError) as error:
                _LOG.debug("watch of %s broke: %s", self._path, error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _list(self) -> str:
        listed = await self._api.call("GET", self._path, query=self._selectors)
        kind, api_version = listed["kind"].removesuffix("List"), listed["apiVersion"]
        version = int(listed["metadata"]["resourceVersion"])
        if version < self._version:  # another server, or one that has lost its memory
            self.objects.clear()
            self._gone.clear()
        self._version = version
        present = set()
        for item in listed["items"]:
            # A real server leaves these out of a list's items.
            item.setdefault("kind", kind)
            item.setdefault("apiVersion", api_version)
            present.add(item["metadata"]["uid"])
            self.learn(item)
        for item in list(self.objects.values()):
            if item["metadata"]["uid"] not in present and version_of(item) <= version:
                self.forget(item)
        self.synced.set()
        return str(version)

    async def _watch(self, version: str) -> str:
        """Follow changes; gives the resourceVersion to go on from, '' to list again."""
        query = {**self._selectors, "resourceVersion": version}
        async with self._api.watch(self._path, query) as response:
            if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                raise RefusedError(response.status, {"message": await response.text()})
            while line := await response.content.readuntil(b"\n", max_size=_MAX_LINE_BYTES):
                if not line.endswith(b"\n"):
                    break  # the server went away in the middle of a line
                event = json.loads(line)
                if event["type"] == "ERROR":
                    return ""
                version = event["object"]["metadata"]["resourceVersion"]
                self._version = int(version)
                if event["type"] == "DELETED":
                    self.forget(event["object"])
                elif event["type"] != "BOOKMARK":
                    self.learn(event["object"])
        return version
