"""Evidence in a file, so that what a drill was judged by can be judged again."""

from pathlib import Path

from pydantic import TypeAdapter

from lab.judgement.evidence import Evidence

__all__ = ["read_evidence", "write_evidence"]

_EVIDENCE = TypeAdapter(Evidence)


def write_evidence(evidence: Evidence, path: Path) -> None:
    """Write it as JSON."""
    path.write_bytes(_EVIDENCE.dump_json(evidence, indent=1))


def read_evidence(path: Path) -> Evidence:
    """Return it; raise pydantic's ValidationError, which names the field that is not so."""
    return _EVIDENCE.validate_json(path.read_bytes())
