"""What is wrong with a Functions host: a file says, read before each request, and a seed decides.

The file holds ``{CAUSE: {"ailment": NAME, "seed": N, "share": 0..1}}``; none: nothing is wrong.
``share`` is the part of all requests that it happens to. Several causes have their say together,
and one that ends leaves the others. What happened is appended, one JSON object a line, to the
file's neighbour ``symptoms.jsonl``.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

__all__ = ["Ailment", "Ailments", "Symptom", "prescribe", "symptoms"]

# How late an answer is, in seconds, and how often: at once, about the ten seconds that the
# orchestrator waits, and beyond them.
_LATE_SECONDS = ((0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (9.0, 11.0), (12.0, 15.0))
# What an app that was deployed wrongly, or whose name is somebody else's, has been seen to answer.
_PAGE = "<!DOCTYPE html><html><head><title>Your Azure Function App is up and running</title></head>"
_JUNK = (
    *("null", "[]", "1", '"1"', "{}", '{"state": 1}', '{"ready": "yes", "desired": {}}'),
    *('{"pods": null}', '{"vote": "maybe"}', '{"epoch": "one", "holder": null}', "{not json"),
)
_FURTHEST = 12  # a number that many small ones divide: each route is as likely
_VETOES = "/api/gate/veto-"


class Ailment(StrEnum):
    """What a host may suffer from."""

    WELL = "well"
    SLOW = "slow"
    ERRORING = "erroring"
    WRONG_ANSWER = "wrong-answer"
    FIRST_TWO_FAIL = "first-two-fail"  # of each route's calls but the vetoes'


@dataclass(frozen=True)
class Symptom:
    """What happens to one request. ``works`` is whether the app carries it out at all."""

    before_seconds: float = 0.0
    works: bool = True
    after_seconds: float = 0.0
    # What the caller gets in the place of the app's answer: a status of 0 is the app's own.
    status: int = 0
    body: str = ""
    kind: str = "text/plain"
    answer_lost: bool = False
    # The answer of the route that many further, among those that are read without a body.
    routes_further: int = 0


def prescribe(
    file: Path, ailment: Ailment, cause: str = "", *, seed: int = 0, share: float = 1.0
) -> None:
    """Let the host that looks at ``file`` suffer from this from its next request on.

    Again: the cause's new say; ``WELL`` takes it back.
    """
    given = _prescribed(file)
    given.pop(cause, None)
    if ailment is not Ailment.WELL:
        given[cause] = {"ailment": ailment, "seed": seed, "share": share}
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(given))
    fresh.rename(file)


def _prescribed(file: Path) -> dict[str, dict[str, Any]]:
    return dict(json.loads(file.read_text())) if file.exists() else {}


def combined(first: Symptom, second: Symptom) -> Symptom:
    """Return what two symptoms of one request are together: late by both, the first's answer."""
    answering = first if first.status or first.routes_further else second
    return Symptom(
        before_seconds=first.before_seconds + second.before_seconds,
        works=first.works and second.works,
        after_seconds=first.after_seconds + second.after_seconds,
        status=answering.status,
        body=answering.body,
        kind=answering.kind,
        answer_lost=first.answer_lost or second.answer_lost,
        routes_further=answering.routes_further,
    )


def symptoms(file: Path) -> list[dict[str, str]]:
    """Return what happened so far: ``route`` and the symptom's fields, oldest first."""
    log = file.with_name("symptoms.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


class Ailments:
    """The host's side: one symptom for each request."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._courses: dict[str, _Course] = {}

    def next(self, method: str, path: str) -> Symptom:
        """Return what happens to this request; a cause with another say begins anew."""
        given = _prescribed(self._file)
        kept = {cause: one for cause, one in self._courses.items() if one.told == given.get(cause)}
        self._courses = {cause: kept.get(cause) or _Course(told) for cause, told in given.items()}
        route, symptom = f"{method} {path}", Symptom()
        for course in self._courses.values():
            symptom = combined(symptom, course.next(route))
        if symptom != Symptom():
            with self._file.with_name("symptoms.jsonl").open("a") as log:
                log.write(json.dumps({"at": time.time(), "route": route, **asdict(symptom)}) + "\n")
        return symptom


class _Course:
    """What one cause does, request by request, as its seed decides."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self._random = random.Random(told["seed"])  # noqa: S311 - a lab's chance, from its seed
        self._calls: Counter[str] = Counter()

    def next(self, route: str) -> Symptom:
        if self._random.random() >= self.told["share"]:
            return Symptom()
        return self._symptom(Ailment(self.told["ailment"]), route)

    def _symptom(self, ailment: Ailment, route: str) -> Symptom:
        chance = self._random
        works = chance.random() < 0.5  # noqa: PLR2004 - one half
        if ailment is Ailment.SLOW:
            seconds = chance.uniform(*chance.choice(_LATE_SECONDS))
            return Symptom(after_seconds=seconds) if works else Symptom(before_seconds=seconds)
        if ailment is Ailment.ERRORING:
            return Symptom(works=works, status=chance.choice((500, 503)), body="Service Error")
        if ailment is Ailment.WRONG_ANSWER:
            return self._wrong(works=works)
        return self._in_turn(route)

    def _wrong(self, *, works: bool) -> Symptom:
        what = self._random.choice(("junk", "page", "other"))
        if what == "other":
            return Symptom(works=works, routes_further=self._random.randint(1, _FURTHEST))
        if what == "page":
            return Symptom(works=works, status=200, body=_PAGE, kind="text/html")
        junk = self._random.choice(_JUNK)
        return Symptom(works=works, status=200, body=junk, kind="application/json")

    def _in_turn(self, route: str) -> Symptom:
        if _VETOES in route:
            return Symptom()
        self._calls[route] += 1
        first, second = Symptom(answer_lost=True), Symptom(works=False, status=503)
        return {1: first, 2: second}.get(self._calls[route], Symptom())
