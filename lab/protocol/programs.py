"""Each step's actions, in their order; a step with none changes nothing that the model knows."""

from collections.abc import Mapping

from lab.protocol.failback_steps import FAILBACK_ACTIONS
from lab.protocol.failover_steps import FAILOVER_ACTIONS
from lab.protocol.lock_and_gate import write_gate
from lab.protocol.step import Action

__all__ = ["KEYED", "MOVES_GATE", "PROGRAMS"]

# The fence's last layer ends a database that takes no writes any more: whatever follows, the world
# has it among its faults. The smoke checks' orders prove what wait_rollout and wait_primary found;
# the others tell people.
_SILENT = (
    "stop_primary",
    "smoke_standby",
    "smoke_primary",
    "smoke_dns",
    "record_run",
    "notify_operators",
    "request_approval",
    "resequence_primary",
)
PROGRAMS: Mapping[str, tuple[Action, ...]] = {
    **FAILOVER_ACTIONS,
    **FAILBACK_ACTIONS,
    **dict.fromkeys(_SILENT, ()),
}
# The steps that keep a session, and its advisory lock, in a database over several actions.
KEYED: Mapping[str, str] = {
    "promote_standby": "azure",
    "undo_failover": "azure",
    "admit_primary": "aws",
}
# The steps that write the gate, once they decided to.
MOVES_GATE = frozenset(step for step, program in PROGRAMS.items() if write_gate in program)
