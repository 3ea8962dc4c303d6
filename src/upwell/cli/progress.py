"""Progress of a study: a live table on a terminal, a plain line now and then elsewhere.

Shows runs, tokens, losses, speed and the time left. With JSON on standard output it goes to
standard error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..formatting import format_duration
from .console import print_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

    from ..workflows.run_study import Event, RunStatus, StudyStatus

LINE_INTERVAL_SECONDS = 10.0
"""Between two lines where there is no terminal."""

REDRAW_SECONDS = 0.5
MAX_TABLE_ROWS = 12
"""Rows of a live table; the rest is counted."""


@contextmanager
def show_progress(console: Console, status: StudyStatus) -> Iterator[Callable[[Event], None]]:
    """Show the progress of runs while their events come in."""
    view = ProgressView(console, status)
    with view:
        yield view.on_event
    view.close()


class ProgressView:
    """Follows the events of a study and draws its status now and then."""

    def __init__(self, console: Console, status: StudyStatus) -> None:
        from rich.live import Live

        self.console, self.status = console, status
        self.last_redraw_at = time.monotonic()
        self.started_at = self.last_redraw_at
        self.live = (
            Live(console=console, auto_refresh=False, transient=True)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> ProgressView:
        if self.live is not None:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()

    def on_event(self, event: Event) -> None:
        """Update the status; redraw if the last drawing is old."""
        self.status = self.status.apply(event)
        if event.kind in ("failed", "retried"):
            print_line(self.console, f"{event.run}: {event.kind}: {event.reason}", "yellow")
        pause = LINE_INTERVAL_SECONDS if self.live is None else REDRAW_SECONDS
        if time.monotonic() - self.last_redraw_at < pause:
            return
        self.last_redraw_at = time.monotonic()
        if self.live is None:
            print_line(self.console, status_line(self.status))
        else:
            self.live.update(status_table(self.status), refresh=True)

    def close(self) -> None:
        """Print the final line."""
        done, failed = len(self.status.in_stage("done")), len(self.status.in_stage("failed"))
        failure_note = f", {failed} failed" if failed else ""
        elapsed = format_duration(time.monotonic() - self.started_at)
        print_line(
            self.console,
            f"{done} of {len(self.status.run_statuses)} runs done{failure_note}, {elapsed}",
        )


def status_line(status: StudyStatus) -> str:
    """The state of all runs, in one line under 80 columns."""
    done, unit = len(status.in_stage("done")), _progress_unit(status)
    losses = [s.loss for s in status.in_stage("running") if s.loss is not None]
    parts = [
        f"{done}/{len(status.run_statuses)} runs",
        f"{status.tokens / 1e6:.1f}/{status.tokens_total / 1e6:.1f}M {unit}s",
    ]
    if (speed := status.tokens_per_second) is not None:
        parts.append(f"{speed / 1e3:.1f}k {unit}s/s")
    if losses:
        parts.append("loss " + " ".join(f"{loss:.2f}" for loss in losses))
    parts.append(f"{format_duration(status.seconds_left)} left")
    return ", ".join(parts)


def status_table(status: StudyStatus) -> RichTable:
    """A row a run that is not waiting, and one line for all."""
    from rich.table import Table as RichTable

    run_table = RichTable(
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        title=status_line(status),
        title_justify="left",
    )
    unit_column = f"{_progress_unit(status)}s"
    for name in ("run", "", unit_column, "loss"):
        run_table.add_column(
            name, justify="right" if name in (unit_column, "loss") else "left", no_wrap=True
        )
    started = [
        *status.in_stage("running"),
        *status.in_stage("failed"),
        *reversed(status.in_stage("done")),
    ]
    for run_status in started[:MAX_TABLE_ROWS]:
        run_table.add_row(*_run_row(run_status))
    rest = len(status.run_statuses) - min(len(started), MAX_TABLE_ROWS)
    if rest:
        run_table.add_row(f"and {rest} more")
    return run_table


def _progress_unit(status: StudyStatus) -> str:
    """What training counts: tokens, or examples."""
    return next(
        (run_status.run.recipe.unit for run_status in status.run_statuses.values()), "token"
    )


def _run_row(run_status: RunStatus) -> tuple[str, ...]:
    filled = round(16 * run_status.fraction_done)
    bar = "━" * filled + "·" * (16 - filled) if run_status.stage == "running" else run_status.stage
    loss = "" if run_status.loss is None else f"{run_status.loss:.3f}"
    return run_status.run.id, bar, f"{run_status.tokens / 1e6:.2f}M", loss
