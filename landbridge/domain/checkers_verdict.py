"""What Route 53's health checkers see of AWS, read from the zone: a vantage that needs no API.

The zone has a failover pair under a name of its own. Its first record hangs on the check of AWS's
health and says up, its second on no check and says down. Route 53's name servers and checkers are
its data plane, which goes on when no API of AWS answers (Route 53 Developer Guide, "Resilience").
The addresses are of RFC 5737's documentation block: nobody is ever sent there.
"""

from collections.abc import Iterable, Mapping

from landbridge.domain.votes import Ballot, Vote

__all__ = ["DOWN_ADDRESS", "UP_ADDRESS", "WITNESS", "ballot_of_answers", "verdict_name"]

WITNESS = "checkers"
UP_ADDRESS, DOWN_ADDRESS = "192.0.2.1", "192.0.2.2"
_VOTES: Mapping[tuple[str, ...], Vote] = {(UP_ADDRESS,): Vote.UP, (DOWN_ADDRESS,): Vote.DOWN}


def verdict_name(health_name: str) -> str:
    """Return the name that says what the checkers see of who answers at ``health_name``."""
    return f"verdict-{health_name}"


def ballot_of_answers(name: str, said: Mapping[str, tuple[str, ...] | Exception]) -> Ballot:
    """Return the checkers' vote by what each name server answered for ``name``.

    Servers that do not agree, or answer something else, or nothing, do not know.
    """
    seen = {_VOTES.get(one) if isinstance(one, tuple) else None for one in said.values()}
    words = "; ".join(f"{server}: {_words(one)}" for server, one in sorted(said.items()))
    if len(seen) == 1 and (vote := next(iter(seen))) is not None:
        return Ballot(WITNESS, vote, f"Route 53's health checkers see AWS {vote.value} ({name})")
    return Ballot(WITNESS, Vote.UNKNOWN, f"{name}: {words or 'no name server'}")


def _words(answer: Iterable[str] | Exception) -> str:
    if isinstance(answer, Exception):
        return f"unknown ({answer})"
    return ", ".join(answer) or "nothing"
