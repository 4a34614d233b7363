"""What hypothesis draws the domain's values from: the same examples every time, a bounded lot."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from landbridge.domain.database import DatabaseLook, StandbyConnection, unreachable
from landbridge.domain.gate import Gate, GateState

__all__ = [
    "AWS_LOOKS",
    "AZURE_LOOKS",
    "BOUNDED",
    "GATES",
    "JSON",
    "MANY",
    "MAYBE_GATES",
    "POSITIONS",
    "TEXTS",
]

BOUNDED = settings(derandomize=True, max_examples=200, deadline=None, database=None)
# Enough of them to say that what the strategies draw is worth drawing.
MANY = settings(BOUNDED, max_examples=2_000)

POSITIONS = st.integers(0, 2**64 - 1)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
_ACTIVE = {GateState.CLOSED: "aws", GateState.ENGAGED: "none", GateState.OPEN: "azure"}
GATES = st.builds(
    lambda state, epoch: Gate(state, _ACTIVE[state], epoch, "a run", "2026-11-23T12:00:00Z"),
    st.sampled_from(GateState),
    st.integers(1, 5),
)
MAYBE_GATES = st.integers(0, 5).flatmap(lambda n: GATES if n else st.none())
_MAYBE = st.none() | st.booleans()
_LSNS = st.sampled_from([None, 0, 900, 1_000, 1_000, 1_100])
_STREAMS = StandbyConnection("azure", "streaming", "sync", 1_000)
_ODD_STANDBYS = st.lists(
    st.builds(
        StandbyConnection,
        st.sampled_from(["azure", "azure", "aws", "backup"]),
        st.sampled_from(["streaming", "streaming", "catchup", "startup"]),
        st.sampled_from(["sync", "async", "quorum", "potential"]),
        _LSNS,
    ),
    max_size=2,
).map(tuple)
# What may be odd about a look; the rest of it is as in a world that is well.
_ODD: dict[str, st.SearchStrategy[Any]] = {
    "reachable": st.booleans(),
    "in_recovery": _MAYBE,
    "read_only": _MAYBE,
    "timeline": st.none() | st.integers(1, 3),
    "current_lsn": _LSNS,
    "received_lsn": _LSNS,
    "replayed_lsn": _LSNS,
    "replay_paused": _MAYBE,
    "replay_starved": _MAYBE,
    "synchronous_standby_names": st.sampled_from([None, "", "azure", "ANY 1 (*)", "backup"]),
    "standbys": _ODD_STANDBYS,
    "heartbeat_at": st.none() | st.floats(0, 100),
    "epoch": st.none() | st.integers(1, 5),
}
_PRIMARY = {
    "in_recovery": False,
    "read_only": False,
    "timeline": 1,
    "current_lsn": 1_000,
    "synchronous_standby_names": "azure",
    "standbys": (_STREAMS,),
    "heartbeat_at": 50.0,
    "epoch": 3,
}
_STANDBY = {
    "in_recovery": True,
    "read_only": False,
    "timeline": 1,
    "received_lsn": 1_000,
    "replayed_lsn": 1_000,
    "replay_paused": False,
    "synchronous_standby_names": "",
    "heartbeat_at": 50.0,
    "epoch": 2,
}


def _looks(site: str) -> st.SearchStrategy[DatabaseLook]:
    names = st.lists(st.sampled_from(sorted(_ODD)), max_size=4, unique=True)
    odd = names.flatmap(lambda some: st.fixed_dictionaries({name: _ODD[name] for name in some}))
    seen = st.builds(
        lambda well, changes: DatabaseLook(site, **{"reachable": True, **well, **changes}),
        st.sampled_from(
            [
                _PRIMARY,
                _STANDBY,
                {**_PRIMARY, "synchronous_standby_names": ""},
                {**_PRIMARY, "read_only": True},
            ]
        ),
        odd,
    )
    return st.integers(0, 9).flatmap(lambda n: seen if n else st.just(unreachable(site, "silent")))


AWS_LOOKS, AZURE_LOOKS = _looks("aws"), _looks("azure")
