"""Watches: a stream of changes from a resourceVersion on, one JSON line each."""

import asyncio
import contextlib
import json
import random
from collections.abc import Callable

from aiohttp import web

from lab.kubernetes.api.errors import ApiError, Json
from lab.kubernetes.api.listing import revision, whole_number
from lab.kubernetes.api.requests import Target, flag
from lab.kubernetes.api.selectors import Match, selection
from lab.kubernetes.api.store import Change, Store

_BOOKMARK_SECONDS, _LAST_BOOKMARK_SECONDS = 60.0, 2.0
_DEFAULT_SECONDS = (1800.0, 3600.0)


async def serve(request: web.Request, store: Store, target: Target) -> web.StreamResponse:
    """Answer a watch until its time is over or the client goes away.

    A resourceVersion whose changes are not kept any more ends the stream with an ERROR event that
    carries the 410 Status, as a real server does. Bookmarks come, as there, each minute and two
    seconds before the end.
    """
    query, resource = request.query, target.resource
    fields = f"metadata.name={target.name}" if target.single else query.get("fieldSelector", "")
    match = selection(resource, query.get("labelSelector", ""), fields)
    marked = flag(query, "allowWatchBookmarks")
    start = query.get("resourceVersion", "")
    since = revision(start) if start not in ("", "0") else None
    seconds = whole_number(query.get("timeoutSeconds") or "0") or random.uniform(*_DEFAULT_SECONDS)  # noqa: S311 - spreads load
    response = await _opened(request)
    # From here to `listen` there is no await: no change falls between the past and the future.
    lines: asyncio.Queue[bytes] = asyncio.Queue()

    def tell(change: Change) -> None:
        inside = change.resource == resource.id and target.namespace in ("", change.namespace)
        if inside and (line := _line(change, match)):
            lines.put_nowait(line)

    try:
        for line in _past(store, target, since, match, flag(query, "sendInitialEvents")):
            lines.put_nowait(line)
    except ApiError as error:
        await response.write(_event("ERROR", error.status()))
        return response
    store.listen(tell)
    marks = _marks(lambda: lines.put_nowait(_bookmark(store, target)), seconds) if marked else []
    try:
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            async with asyncio.timeout(seconds):
                await _send(response, lines)
    finally:
        for handle in marks:
            handle.cancel()
        store.stop_listening(tell)
    return response


async def _opened(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    return response


def _marks(mark: Callable[[], None], seconds: float) -> list[asyncio.TimerHandle]:
    """Have `mark` called whenever a watch of so many seconds is due a bookmark."""
    last = seconds - _LAST_BOOKMARK_SECONDS
    times = [_BOOKMARK_SECONDS * count for count in range(1, int(last // _BOOKMARK_SECONDS) + 1)]
    loop = asyncio.get_running_loop()
    return [loop.call_later(after, mark) for after in (*times, last) if after >= 0]


async def _send(response: web.StreamResponse, lines: asyncio.Queue[bytes]) -> None:
    while True:
        line = await lines.get()
        while not lines.empty():
            line += lines.get_nowait()
        await response.write(line)


def _past(
    store: Store,
    target: Target,
    since: int | None,
    match: Match,
    initial: bool,  # noqa: FBT001 - passed on
) -> list[bytes]:
    if since is not None:
        changes = store.changes_since(since, target.resource.id)
        inside = (c for c in changes if target.namespace in ("", c.namespace))
        return [line for line in (_line(change, match) for change in inside) if line]
    items = store.items(target.resource.id, target.namespace)
    lines = [_event("ADDED", item) for item in items if match(item)]
    if initial:
        lines.append(_bookmark(store, target, {"k8s.io/initial-events-end": "true"}))
    return lines


def _line(change: Change, match: Match) -> bytes:
    """Give a change as this watch sees it; b'' where neither state is selected.

    An object that comes to match is ADDED to those who select it, one that ceases to is DELETED.
    """
    now = change.type != "DELETED" and match(change.object)
    before = change.previous is not None and match(change.previous)
    if not (now or before):
        return b""
    seen = "MODIFIED" if now and before else "ADDED" if now else "DELETED"
    return b'{"type":"' + seen.encode() + b'","object":' + change.text + b"}\n"


def _event(event_type: str, item: Json) -> bytes:
    return json.dumps({"type": event_type, "object": item}, separators=(",", ":")).encode() + b"\n"


def _bookmark(store: Store, target: Target, annotations: Json | None = None) -> bytes:
    metadata: Json = {"resourceVersion": str(store.revision), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    kind = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return _event("BOOKMARK", {**kind, "metadata": metadata})
