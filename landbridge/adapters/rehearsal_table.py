"""A rehearsal's end as a table for a terminal."""

from rich.table import Table

from landbridge.domain.foreign import printable
from landbridge.domain.rehearsal_record import Rehearsed

__all__ = ["rehearsal_table"]


def rehearsal_table(done: Rehearsed) -> Table:
    """Return what was shown, what is left and what changed; each with its remedy."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text in _rows(done):
        table.add_row(name, printable(text))
    return table


def _rows(done: Rehearsed) -> list[tuple[str, str]]:
    seen, judged = done.progress.seen, done.verdict
    rows = [("rehearsal", f"{done.run}: {'passed' if judged.passed else 'NOT PASSED'}")]
    if judged.failed:
        rows.append(("failed", f"{judged.failed}. Remedy: {judged.remedy or 'try again'}"))
    if "cloned" in seen:
        copied = seen["cloned"]
        rows.append(("copied", f"{copied['bytes']:,} bytes in {copied['seconds']} s"))
    if "promoted" in seen:
        one = seen["promoted"]
        rows.append(("promoted", f"to timeline {one['timeline']} in {one['seconds']} s"))
    if "smoke" in seen:
        one = seen["smoke"]
        rows.append(("workload", f"ready after {one['ready_seconds']} s, order {one['order']}"))
    if "used" in seen:
        one = seen["used"]
        who = ", ".join(map(str, one["by"]))
        rows.append(("clone used by", f"{who}; transactions that wrote: {one['transactions']}"))
    known = {None: "was not asked about it", False: "does not know it", True: "knows it"}
    if "smoke" in seen:
        rows.append(("that order", f"the site that serves {known[done.after.order_known]}"))
    rows += [("LEFT", f"{leak.name}. Remedy: {leak.remedy}") for leak in judged.leaks]
    rows += [("CHANGED", one) for one in judged.differences]
    if not judged.leaks:
        rows.append(("left", "nothing: no Job, pod, disk, connection or slot"))
    if not judged.differences:
        gate = done.after.gate
        same = f"gate {gate.get('state')} in epoch {gate.get('epoch')}, DNS {done.after.dns}"
        rows.append(("production", f"as it was: {same}, replication and slots unchanged"))
    rows.append(("took", f"{done.seconds:.1f} s"))
    return rows
