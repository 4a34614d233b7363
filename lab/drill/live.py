"""The drill on the terminal: phases with their clocks, writes per second, who serves."""

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from lab.drill.traffic import Traffic
from lab.users.ledger import LedgerTail

__all__ = ["LiveDrill"]

_SITE_STYLES = {"aws": "dark_orange3", "azure": "dodger_blue2"}
_WINDOW_SECONDS = 1.0


class LiveDrill:
    """A live panel; ``phase`` begins one, ``detail`` is what shows beneath it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._phases: list[tuple[str, float, float | None]] = []
        self._detail: Callable[[], RenderableType | None] = lambda: None
        self._traffic: _Rates | None = None
        self._live = Live(console=console, refresh_per_second=5, get_renderable=self._render)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._end_phase()
        self._live.stop()

    def phase(self, sentence: str) -> None:
        """End the phase that is on and begin the next."""
        self._end_phase()
        self._phases.append((sentence, time.monotonic(), None))
        if not self._console.is_terminal:
            self._console.print(f"{time.monotonic() - self._began:6.1f} s  {sentence}")

    def watch_ledger(self, traffic: Traffic | None) -> None:
        """Show writes per second and who acknowledged them; None: no more."""
        self._traffic = _Rates(traffic.ledger) if traffic else None

    def detail(self, render: Callable[[], RenderableType | None]) -> None:
        """Show what ``render`` returns beneath the phases."""
        self._detail = render

    def _end_phase(self) -> None:
        if self._phases and self._phases[-1][2] is None:
            sentence, began, _ = self._phases[-1]
            self._phases[-1] = (sentence, began, time.monotonic())

    def _render(self) -> RenderableType:
        now = time.monotonic()
        table = Table(box=None, show_header=False, pad_edge=False)
        for sentence, began, ended in self._phases:
            mark: RenderableType = Text("✓", "green") if ended else Spinner("dots")
            table.add_row(
                mark,
                Text(f"{began - self._began:5.1f} s", "dim"),
                Text(f"{(ended or now) - began:5.1f} s"),
                sentence,
            )
        parts: list[RenderableType] = [table]
        traffic = self._traffic
        if traffic is not None:
            parts.append(traffic.line(time.time()))
        detail = self._detail()
        if detail is not None:
            parts.append(detail)
        return Group(*parts)


class _Rates:
    """The last second of the ledger, as one line."""

    def __init__(self, ledger: Path) -> None:
        self._tail = LedgerTail(ledger)
        self._recent: list[tuple[float, str]] = []

    def line(self, now: float) -> Text:
        for event in self._tail.read():
            if event["event"] in {"acknowledged", "failed"}:
                self._recent.append((event["t"], event.get("site", "failed")))
        self._recent = [(t, who) for t, who in self._recent if now - t <= _WINDOW_SECONDS]
        by = {who: sum(w == who for _, w in self._recent) for who in ("aws", "azure", "failed")}
        text = Text("writes/s  ")
        for site, style in _SITE_STYLES.items():
            text.append(f"{site} {by[site]:4d}  ", style if by[site] else "dim")
        text.append(f"failed {by['failed']:4d}", "bold red" if by["failed"] else "dim")
        serving = [site for site in _SITE_STYLES if by[site]]
        text.append(f"   serving: {' and '.join(serving) or 'nobody'}", "bold")
        return text
