"""Events and status of a running study, as values for a live view.

`StudyStatus` is a pure fold over events. A view keeps the last status and shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ..records import Cost, Run, TrainLogEntry
from .cost import Workload, workload

EventKind = Literal["skipped", "started", "progress", "finished", "failed", "retried"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """An event of one run."""

    kind: EventKind
    """"skipped" means that the run was finished before."""

    run: str
    seconds: float
    """Seconds since the execution started."""

    progress: TrainLogEntry | None = None
    """Line of the training log, for "progress"."""

    reason: str | None = None
    """One sentence, for "failed" and "retried"."""


EventListener = Callable[[Event], None]


@dataclass(frozen=True, kw_only=True)
class RunStatus:
    """Status of one run."""

    run: Run
    cost: Cost
    workload: Workload
    stage: Literal["waiting", "running", "done", "failed"] = "waiting"
    reached: Mapping[int, int] = field(default_factory=dict)
    """Tokens reached on the trunk (0) and on each branch."""

    tokens_before: int | None = None
    """Tokens trained before this execution started the run; None until it starts."""

    loss: float | None = None
    """Last finite loss, nats per token; None before the first."""

    reason: str | None = None

    @property
    def tokens(self) -> int:
        """Tokens trained so far, trunk and branches."""
        return (
            self.workload.total_tokens
            if self.stage == "done"
            else self.workload.trained_tokens(self.reached)
        )

    @property
    def fraction_done(self) -> float:
        """Fraction of the run that is done, 0 to 1."""
        if self.stage == "done":
            return 1.0
        return self.tokens / self.workload.total_tokens if self.workload.total_tokens else 0.0

    @property
    def new_tokens(self) -> int:
        """Tokens trained in this execution."""
        return 0 if self.tokens_before is None else self.tokens - self.tokens_before


@dataclass(frozen=True, kw_only=True)
class StudyStatus:
    """Status of all runs."""

    run_statuses: Mapping[str, RunStatus]
    workers: int
    seconds: float = 0.0
    """Seconds since the execution started, up to the last event."""

    @classmethod
    def from_runs(cls, runs: Sequence[Run], costs: Sequence[Cost], workers: int) -> StudyStatus:
        """Status before the first event."""
        run_statuses = {
            run.id: RunStatus(run=run, cost=cost, workload=workload(run))
            for run, cost in zip(runs, costs, strict=True)
        }
        return cls(run_statuses=run_statuses, workers=workers)

    def apply(self, event: Event) -> StudyStatus:
        """Status after an event. Events of unknown runs change only the time."""
        status = replace(self, seconds=max(self.seconds, event.seconds))
        if event.run not in self.run_statuses:
            return status
        run_status = _apply(self.run_statuses[event.run], event)
        return replace(status, run_statuses={**self.run_statuses, event.run: run_status})

    def in_stage(self, stage: str) -> list[RunStatus]:
        """The runs that are "waiting", "running", "done" or "failed"."""
        return [
            run_status for run_status in self.run_statuses.values() if run_status.stage == stage
        ]

    @property
    def tokens(self) -> int:
        """Tokens trained so far, in this execution and before."""
        return sum(run_status.tokens for run_status in self.run_statuses.values())

    @property
    def tokens_total(self) -> int:
        """Tokens of all runs."""
        return sum(run_status.workload.total_tokens for run_status in self.run_statuses.values())

    @property
    def tokens_per_second(self) -> float | None:
        """Speed of all workers together in this execution; None before the first tokens."""
        new_tokens = sum(run_status.new_tokens for run_status in self.run_statuses.values())
        return new_tokens / self.seconds if self.seconds > 0 and new_tokens else None

    @property
    def seconds_left(self) -> float:
        """Estimated seconds left: the plan's estimate, corrected by the speed so far."""
        unfinished = [*self.in_stage("waiting"), *self.in_stage("running")]
        remaining = [
            run_status.cost.seconds * (1 - run_status.fraction_done) for run_status in unfinished
        ]
        if not remaining:
            return 0.0
        return max(sum(remaining) / self.workers, *remaining) * self._slowdown()

    def _slowdown(self) -> float:
        """Ratio of actual to planned worker-seconds; 1 while too little is known."""
        planned = sum(
            run_status.cost.seconds * run_status.new_tokens / run_status.workload.total_tokens
            for run_status in self.run_statuses.values()
            if run_status.workload.total_tokens
        )
        busy = self.seconds * self.workers
        return busy / planned if planned > 0.02 * self._planned_seconds() else 1.0

    def _planned_seconds(self) -> float:
        return sum(run_status.cost.seconds for run_status in self.run_statuses.values())


def _apply(run_status: RunStatus, event: Event) -> RunStatus:
    if event.kind == "skipped":
        return replace(run_status, stage="done", tokens_before=run_status.workload.total_tokens)
    if event.kind == "finished":
        return replace(run_status, stage="done", tokens_before=run_status.tokens_before or 0)
    if event.kind == "failed":
        return replace(run_status, stage="failed", reason=event.reason)
    if event.kind == "started":
        tokens_before = (
            run_status.tokens if run_status.tokens_before is None else run_status.tokens_before
        )
        return replace(run_status, stage="running", tokens_before=tokens_before)
    if event.kind == "retried":
        return replace(run_status, stage="waiting", reason=event.reason)
    assert event.progress is not None
    log_entry = event.progress
    furthest = max(log_entry.tokens, run_status.reached.get(log_entry.branch, 0))
    loss = run_status.loss if log_entry.loss is None else log_entry.loss
    return replace(
        run_status, reached={**run_status.reached, log_entry.branch: furthest}, loss=loss
    )
