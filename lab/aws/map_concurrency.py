"""Map states, where the emulator (ministack 1.5.33) differs from life.

- MaxConcurrencyPath is not read, so all items of a Map whose limit is in its input go at once.
"""

# ruff: noqa: SLF001 - the emulator has no public interface for what is mended here

from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

__all__ = ["reading_the_concurrency"]

State = dict[str, Any]


def reading_the_concurrency(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``_run_map_items``: MaxConcurrencyPath is read from the state's input."""

    def run(state: State, raw_input: Any, execution: State, context: State) -> Any:
        path = state.get("MaxConcurrencyPath")
        if path:
            data = stepfunctions._apply_input_path(state, raw_input, context)
            limit = stepfunctions._resolve_path_or_ctx(path, data, context)
            state = {**state, "MaxConcurrency": int(limit)}
        return original(state, raw_input, execution, context)

    return run
