"""What may be asked of a rehearsal."""

import pytest

from landbridge.domain.errors import InvalidEventError
from landbridge.domain.rehearsal_request import RehearsalRequest, Wish, parse_rehearsal_request
from tests.malformed.mutations import Case, spoilt

BEGIN = {"action": "begin", "run": "rehearsal-1", "seconds": 900}
ORDER = "0b5a1b1e-0000-4000-8000-000000000001"


def test_good_requests_are_taken() -> None:
    """What the command asks for."""
    assert parse_rehearsal_request(BEGIN) == RehearsalRequest(Wish.BEGIN, "rehearsal-1", 900)
    assert parse_rehearsal_request({"action": "look"}).wish is Wish.LOOK
    assert parse_rehearsal_request({"action": "observe", "order": ORDER}).order == ORDER
    for action in ("watch", "remove", "clean"):
        assert parse_rehearsal_request({**BEGIN, "action": action}).run == "rehearsal-1"
    kept = parse_rehearsal_request({"action": "keep", "run": "rehearsal-1", "report": {"a": 1}})
    assert (kept.wish, kept.report) == (Wish.KEEP, {"a": 1})


@pytest.mark.parametrize("case", spoilt(BEGIN, 11, 80), ids=lambda c: f"{c.field}-{c.what[:12]!a}")
def test_a_spoilt_request_is_refused_by_name_or_sound(case: Case) -> None:
    """No other error, and nothing out of bounds."""
    try:
        document = case.document()
    except (ValueError, RecursionError):
        return  # never JSON: it does not come as far as this
    try:
        request = parse_rehearsal_request(document)
    except InvalidEventError as error:
        refused = error
        request = None
    if request is None:
        assert refused.remedy
        return
    assert 60 <= request.seconds <= 7200
    assert request.run.isascii()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"action": "drop"}, "action"),
        ({"action": None}, "action"),
        ({"run": "failover-1"}, "run"),
        ({"run": "rehearsal-1; rm"}, "run"),
        ({"seconds": 59}, "seconds"),
        ({"seconds": True}, "seconds"),
        ({"order": "../health"}, "order"),
        ({"epoch": 3}, "epoch"),
        ({"report": {}}, "report"),
        ({"action": "keep"}, "report"),
        ({"action": "keep", "report": []}, "report"),
        ({"action": "clean", "run": "failover-1"}, "run"),
    ],
)
def test_each_wrong_field_is_named(change: dict[str, object], field: str) -> None:
    """A path, a real run's name, a time without end: none is passed on."""
    with pytest.raises(InvalidEventError, match=f"^{field}: "):
        parse_rehearsal_request(BEGIN | change)
