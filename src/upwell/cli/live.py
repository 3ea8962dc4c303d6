"""What a person sees while runs are carried out.

On a terminal one live table: rungs, tokens, losses, speed, time left. Elsewhere a plain line
now and then, so that a log stays readable. With JSON on standard output, on standard error.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import telling

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Grid

    from ..records import Plan, Run
    from ..store import Store
    from ..study import Event, Standing, Status

LINE_SECONDS = 10.0
"""Between two lines where there is no terminal."""

DRAW_SECONDS = 0.5
SHOWN = 12
"""Rows of a live table; the rest is counted."""


def watched(store: Store, planned: Plan, runs: Sequence[Run], json: str | None) -> None:
    """Carry the runs out and show how it goes."""
    from ..study import Status, execute

    costs = {run.id: cost for run, cost in zip(planned.runs, planned.costs, strict=True)}
    status = Status.of(runs, [costs[run.id] for run in runs], planned.workers)
    view = View(telling.out(json), status)
    with view:
        execute(runs, store, planned.workers, view.take)
    view.close()


class View:
    """Takes events, keeps the status, draws it now and then."""

    def __init__(self, console: Console, status: Status) -> None:
        from rich.live import Live

        self.console, self.status = console, status
        self.drawn = time.monotonic()
        self.began = self.drawn
        self.live = (
            Live(console=console, auto_refresh=False, transient=True)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> View:
        if self.live is not None:
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()

    def take(self, event: Event) -> None:
        """Something happened."""
        self.status = self.status.after(event)
        if event.kind in ("failed", "retried"):
            telling.say(self.console, f"{event.run}: {event.kind}: {event.reason}", "yellow")
        pause = LINE_SECONDS if self.live is None else DRAW_SECONDS
        if time.monotonic() - self.drawn < pause:
            return
        self.drawn = time.monotonic()
        if self.live is None:
            telling.say(self.console, line(self.status))
        else:
            self.live.update(grid(self.status), refresh=True)

    def close(self) -> None:
        """One last line."""
        done, failed = len(self.status.at("done")), len(self.status.at("failed"))
        broken = f", {failed} failed" if failed else ""
        took = telling.duration(time.monotonic() - self.began)
        telling.say(
            self.console, f"{done} of {len(self.status.standings)} runs done{broken}, {took}"
        )


def line(status: Status) -> str:
    """Where everything stands, in one line under 80 columns."""
    done, unit = len(status.at("done")), _unit(status)
    losses = [s.loss for s in status.at("running") if s.loss is not None]
    parts = [
        f"{done}/{len(status.standings)} runs",
        f"{status.tokens / 1e6:.1f}/{status.tokens_total / 1e6:.1f}M {unit}s",
    ]
    if (speed := status.tokens_per_second) is not None:
        parts.append(f"{speed / 1e3:.1f}k {unit}s/s")
    if losses:
        parts.append("loss " + " ".join(f"{loss:.2f}" for loss in losses))
    parts.append(f"{telling.duration(status.seconds_left)} left")
    return ", ".join(parts)


def grid(status: Status) -> Grid:
    """A row a run that is not waiting, and one line for all."""
    from rich.table import Table as Grid

    shown = Grid(
        box=None, pad_edge=False, padding=(0, 2, 0, 0), title=line(status), title_justify="left"
    )
    counted = f"{_unit(status)}s"
    for name in ("run", "", counted, "loss"):
        shown.add_column(
            name, justify="right" if name in (counted, "loss") else "left", no_wrap=True
        )
    begun = [*status.at("running"), *status.at("failed"), *reversed(status.at("done"))]
    for standing in begun[:SHOWN]:
        shown.add_row(*_row(standing))
    rest = len(status.standings) - min(len(begun), SHOWN)
    if rest:
        shown.add_row(f"and {rest} more")
    return shown


def _unit(status: Status) -> str:
    """What training counts: tokens, or examples."""
    return next((each.run.recipe.unit for each in status.standings.values()), "token")


def _row(standing: Standing) -> tuple[str, ...]:
    full = round(16 * standing.share)
    bar = "━" * full + "·" * (16 - full) if standing.stage == "running" else standing.stage
    loss = "" if standing.loss is None else f"{standing.loss:.3f}"
    return standing.run.id, bar, f"{standing.tokens / 1e6:.2f}M", loss
