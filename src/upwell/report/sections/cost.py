"""Planned and actual cost of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ...formatting import (
    UNKNOWN,
    format_axis_value,
    format_count,
    format_duration,
    format_scientific,
    pluralize,
)
from ...records import Cost, Plan, TrainLogEntry
from ..html.markup import Markup, element, isolate, join
from ..html.tables import table
from ..series.runs import RunInfo, collect_runs
from ..titles import join_with_and
from .report_data import ReportData

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True)
class RunUsage:
    """Resources that one run has used; None where its records do not say."""

    tokens: int | None
    flops: float | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class RungCost:
    """Planned and actual cost of all runs of a rung."""

    name: str
    runs: int
    planned: Cost | None
    planned_tokens: int | None
    spent: RunUsage


def render(data: ReportData) -> Markup:
    """The section's content."""
    failures = _failures(data)
    if data.plan is None and not data.progress and not data.seconds:
        message = "There is neither a plan nor a training log, so the cost is unknown."
        return join(element("p", message, class_="quiet"), failures)
    rung_costs = compute_rung_costs(data)
    total = _total_cost(rung_costs, data.plan)
    head = [
        "rung", "runs", f"{data.unit}s planned", f"{data.unit}s used",
        "FLOPs planned", "FLOPs used", "time planned", "time used",
    ]  # fmt: skip
    return join(
        element("p", _summary(total, data), class_="lead"),
        table(head, [_cells(one) for one in rung_costs], foot=_cells(total)),
        failures,
    )


def compute_rung_costs(data: ReportData) -> list[RungCost]:
    """One per rung, in the order of the plan, then of the table and of the training log."""
    runs = collect_runs(data.plan, data.table)
    rungs: dict[str, list[str]] = {}
    for run in dict.fromkeys([*runs, *(one.run for one in data.progress), *data.seconds]):
        rungs.setdefault(runs[run].rung if run in runs else run, []).append(run)
    planned = _planned_costs(data.plan)
    return [
        RungCost(
            name=name,
            runs=len(ids),
            planned=_sum_of_costs([planned[run][0] for run in ids if run in planned]),
            planned_tokens=_sum([planned[run][1] for run in ids if run in planned]),
            spent=_sum_usage([compute_usage(run, data, runs.get(run)) for run in ids]),
        )
        for name, ids in rungs.items()
    ]


def compute_usage(run: str, data: ReportData, known: RunInfo | None) -> RunUsage:
    """Resources that a run has used.

    A branch costs the tokens after its fork; the trunk before it is counted once.
    """
    tokens = _spent_tokens([one for one in data.progress if one.run == run])
    flops_per_token = None if known is None else known.flops_per_token
    flops = None if flops_per_token is None or tokens is None else flops_per_token * tokens
    return RunUsage(tokens=tokens, flops=flops, seconds=data.seconds.get(run))


def _planned_costs(plan: Plan | None) -> dict[str, tuple[Cost, int]]:
    """Cost and tokens of each planned run, by its id."""
    if plan is None:
        return {}
    return {
        run.id: (cost, _planned_tokens(run.milestones, run.recipe.decay_fraction))
        for run, cost in zip(plan.runs, plan.costs, strict=True)
    }


def _planned_tokens(milestones: tuple[int, ...], decay: float) -> int:
    """Tokens of a run: the trunk up to the decay of the largest budget, and every decay."""
    if not milestones:
        return 0
    return round(max(milestones) * (1 - decay) + sum(decay * one for one in milestones))


def _spent_tokens(entries: Sequence[TrainLogEntry]) -> int | None:
    if not entries:
        return None
    trunk = [one.tokens for one in entries if not one.branch]
    total = max(trunk, default=0)
    for branch in {one.branch for one in entries if one.branch}:
        path = [one.tokens for one in entries if one.branch == branch]
        fork = max((tokens for tokens in trunk if tokens <= min(path)), default=0)
        total += max(path) - fork
    return total


def _sum_usage(usages: Sequence[RunUsage]) -> RunUsage:
    return RunUsage(
        tokens=_sum([one.tokens for one in usages]),
        flops=_sum([one.flops for one in usages]),
        seconds=_sum([one.seconds for one in usages]),
    )


def _sum(parts: Sequence[Number | None]) -> Number | None:
    """Sum of the known parts; None where none is known."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if known else None


def _sum_of_costs(costs: Sequence[Cost]) -> Cost | None:
    if not costs:
        return None
    return Cost(
        flops=sum(one.flops for one in costs),
        seconds=sum(one.seconds for one in costs),
        disk_bytes=sum(one.disk_bytes for one in costs),
        memory_bytes=max(one.memory_bytes for one in costs),
    )


def _total_cost(rung_costs: Sequence[RungCost], plan: Plan | None) -> RungCost:
    """All rungs together; the planned time is that of the plan, because runs share workers."""
    planned = _sum_of_costs([one.planned for one in rung_costs if one.planned is not None])
    return RungCost(
        name="total",
        runs=sum(one.runs for one in rung_costs),
        planned=planned if plan is None else plan.total_cost,
        planned_tokens=_sum([one.planned_tokens for one in rung_costs]),
        spent=_sum_usage([one.spent for one in rung_costs]),
    )


def _cells(rung_cost: RungCost) -> tuple[object, ...]:
    planned = rung_cost.planned
    return (
        isolate(rung_cost.name),
        f"{rung_cost.runs:,}",
        format_axis_value(rung_cost.planned_tokens, "tokens"),
        format_axis_value(rung_cost.spent.tokens, "tokens"),
        format_axis_value(None if planned is None else planned.flops, "flops"),
        format_axis_value(rung_cost.spent.flops, "flops"),
        UNKNOWN if planned is None else format_duration(planned.seconds),
        UNKNOWN if rung_cost.spent.seconds is None else format_duration(rung_cost.spent.seconds),
    )


def _summary(total: RungCost, data: ReportData) -> str:
    planned = _plan_sentence(total.planned, data.plan)
    return f"{planned} {_spent_sentence(total.spent, data.unit)}"


def _plan_sentence(planned: Cost | None, plan: Plan | None) -> str:
    if planned is None:
        return "There is no plan to compare the cost with."
    workers = "" if plan is None else f" on {pluralize(plan.workers, 'worker')}"
    flops = format_scientific(planned.flops)
    return f"Planned: {flops} FLOPs in {format_duration(planned.seconds)}{workers}."


def _spent_sentence(total: RunUsage, unit: str) -> str:
    parts = [
        None if total.flops is None else f"{format_scientific(total.flops)} FLOPs",
        None if total.tokens is None else f"{format_count(total.tokens)} {unit}s",
        None
        if total.seconds is None
        else f"{format_duration(total.seconds)} of run time, summed over workers",
    ]
    known = [part for part in parts if part is not None]
    return f"Used: {join_with_and(known)}." if known else "The cost was not recorded."


def _failures(data: ReportData) -> Markup | None:
    if not data.failures:
        return None
    count = pluralize(len(data.failures), "run")
    return join(
        element("p", f"{count} failed:", class_="lead"),
        table(
            ["run", "reason"],
            [(isolate(one.run), isolate(one.reason)) for one in data.failures],
            num_text_columns=2,
        ),
    )
