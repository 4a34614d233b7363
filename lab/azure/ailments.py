"""What is wrong with a Functions host: a file says, read before each request, and a seed decides.

The file holds ``{"ailment": NAME, "seed": N, "share": 0..1}``; none, or ``well``: nothing is wrong.
``share`` is the part of all requests that it happens to. What happened is appended, one JSON object
a line, to the file's neighbour ``symptoms.jsonl``.
"""

import json
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

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


def prescribe(file: Path, ailment: Ailment, *, seed: int = 0, share: float = 1.0) -> None:
    """Let the host that looks at ``file`` suffer from this from its next request on."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"ailment": ailment, "seed": seed, "share": share}))
    fresh.rename(file)


def symptoms(file: Path) -> list[dict[str, str]]:
    """Return what happened so far: ``route`` and the symptom's fields, oldest first."""
    log = file.with_name("symptoms.jsonl")
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


class Ailments:
    """The host's side: one symptom for each request."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._told = ""
        self._random = random.Random(0)  # noqa: S311 - a lab's chance, from its seed
        self._calls: Counter[str] = Counter()

    def next(self, method: str, path: str) -> Symptom:
        """Return what happens to this request; a new text in the file begins anew."""
        told = self._file.read_text() if self._file.exists() else ""
        given = json.loads(told or "{}")
        if told != self._told:
            self._told = told
            self._random.seed(given.get("seed", 0))
            self._calls.clear()
        ailment = Ailment(given.get("ailment", Ailment.WELL))
        if ailment is Ailment.WELL or self._random.random() >= given["share"]:
            return Symptom()
        route = f"{method} {path}"
        symptom = self._symptom(ailment, route)
        if symptom != Symptom():
            with self._file.with_name("symptoms.jsonl").open("a") as log:
                log.write(json.dumps({"at": time.time(), "route": route, **asdict(symptom)}) + "\n")
        return symptom

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
