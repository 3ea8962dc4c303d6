"""What the study was planned to take, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ..records import Cost, Plan, Progress
from . import numbers
from .markup import Markup, element, join, said
from .names import listed
from .ran import Ran, known_runs
from .story import Story
from .tabular import table

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one run has taken, as far as its records tell."""

    tokens: int | None
    flops: float | None
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A rung's runs together: planned and spent."""

    name: str
    runs: int
    planned: Cost | None
    planned_tokens: int | None
    spent: Spent


def shown(story: Story) -> Markup:
    """The section's content."""
    failures = _failures(story)
    if story.plan is None and not story.progress and not story.seconds:
        words = "Neither a plan nor records of training were handed over, so the cost is unknown."
        return join(element("p", words, class_="quiet"), failures)
    rows = bills(story)
    whole = _whole(rows, story.plan)
    head = [
        "rung", "runs", f"{story.unit}s planned", f"{story.unit}s spent",
        "FLOPs planned", "FLOPs spent", "time planned", "time spent",
    ]  # fmt: skip
    return join(
        element("p", _summary(whole, story), class_="lead"),
        table(head, [_cells(one) for one in rows], foot=_cells(whole)),
        failures,
    )


def bills(story: Story) -> list[Bill]:
    """One per rung, in the order of the plan, then of the table and of the progress."""
    runs = known_runs(story.plan, story.table)
    rungs: dict[str, list[str]] = {}
    for run in dict.fromkeys([*runs, *(one.run for one in story.progress), *story.seconds]):
        rungs.setdefault(runs[run].rung if run in runs else run, []).append(run)
    planned = _planned(story.plan)
    return [
        Bill(
            name=name,
            runs=len(ids),
            planned=_sum_of_costs([planned[run][0] for run in ids if run in planned]),
            planned_tokens=_sum([planned[run][1] for run in ids if run in planned]),
            spent=_together([spent(run, story, runs.get(run)) for run in ids]),
        )
        for name, ids in rungs.items()
    ]


def spent(run: str, story: Story, known: Ran | None) -> Spent:
    """What a run's records say it took; None where they say nothing.

    A branch costs the tokens after its fork: the trunk before it was paid for once.
    """
    tokens = _tokens([one for one in story.progress if one.run == run])
    rate = None if known is None else known.flops_per_token
    flops = None if rate is None or tokens is None else rate * tokens
    return Spent(tokens=tokens, flops=flops, seconds=story.seconds.get(run))


def _planned(plan: Plan | None) -> dict[str, tuple[Cost, int]]:
    """Cost and tokens of each planned run."""
    if plan is None:
        return {}
    return {
        run.id: (cost, _budget(run.milestones, run.recipe.decay))
        for run, cost in zip(plan.runs, plan.costs, strict=True)
    }


def _budget(milestones: tuple[int, ...], decay: float) -> int:
    """Tokens of a run: the trunk to where the last budget's decay begins, and every decay."""
    if not milestones:
        return 0
    return round(max(milestones) * (1 - decay) + sum(decay * one for one in milestones))


def _tokens(lines: Sequence[Progress]) -> int | None:
    if not lines:
        return None
    trunk = [one.tokens for one in lines if not one.branch]
    whole = max(trunk, default=0)
    for branch in {one.branch for one in lines if one.branch}:
        path = [one.tokens for one in lines if one.branch == branch]
        fork = max((tokens for tokens in trunk if tokens <= min(path)), default=0)
        whole += max(path) - fork
    return whole


def _together(all_: Sequence[Spent]) -> Spent:
    return Spent(
        tokens=_sum([one.tokens for one in all_]),
        flops=_sum([one.flops for one in all_]),
        seconds=_sum([one.seconds for one in all_]),
    )


def _sum(parts: Sequence[Number | None]) -> Number | None:
    """Of what is known; None where nothing is."""
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if known else None


def _sum_of_costs(costs: Sequence[Cost]) -> Cost | None:
    if not costs:
        return None
    return Cost(
        flops=sum(one.flops for one in costs),
        seconds=sum(one.seconds for one in costs),
        bytes=sum(one.bytes for one in costs),
        memory=max(one.memory for one in costs),
    )


def _whole(rows: Sequence[Bill], plan: Plan | None) -> Bill:
    """All rungs together; the plan's own total counts, because runs share workers."""
    planned = _sum_of_costs([one.planned for one in rows if one.planned is not None])
    return Bill(
        name="all together",
        runs=sum(one.runs for one in rows),
        planned=planned if plan is None else plan.cost,
        planned_tokens=_sum([one.planned_tokens for one in rows]),
        spent=_together([one.spent for one in rows]),
    )


def _cells(one: Bill) -> tuple[object, ...]:
    planned = one.planned
    return (
        said(one.name),
        f"{one.runs:,}",
        numbers.scale(one.planned_tokens, "tokens"),
        numbers.scale(one.spent.tokens, "tokens"),
        numbers.scale(None if planned is None else planned.flops, "flops"),
        numbers.scale(one.spent.flops, "flops"),
        numbers.UNKNOWN if planned is None else numbers.duration(planned.seconds),
        numbers.UNKNOWN if one.spent.seconds is None else numbers.duration(one.spent.seconds),
    )


def _summary(whole: Bill, story: Story) -> str:
    planned = _said_of_plan(whole.planned, story.plan)
    return f"{planned} {_said_of_spent(whole.spent, story.unit)}"


def _said_of_plan(planned: Cost | None, plan: Plan | None) -> str:
    if planned is None:
        return "No plan was handed over, so there is nothing to hold the cost against."
    where = "" if plan is None else f" on {numbers.many(plan.workers, 'worker')}"
    flops = numbers.scientific(planned.flops)
    return f"Planned: {flops} FLOPs in {numbers.duration(planned.seconds)}{where}."


def _said_of_spent(whole: Spent, unit: str) -> str:
    parts = [
        None if whole.flops is None else f"{numbers.scientific(whole.flops)} FLOPs",
        None if whole.tokens is None else f"{numbers.count(whole.tokens)} {unit}s",
        None
        if whole.seconds is None
        else f"{numbers.duration(whole.seconds)} of the runs' own time, all workers added up",
    ]
    known = [part for part in parts if part is not None]
    return f"Spent: {listed(known)}." if known else "What was spent was not recorded."


def _failures(story: Story) -> Markup | None:
    if not story.failures:
        return None
    count = numbers.many(len(story.failures), "run")
    return join(
        element("p", f"{count} could not be carried out:", class_="lead"),
        table(
            ["run", "reason"],
            [(said(one.run), said(one.reason)) for one in story.failures],
            words=2,
        ),
    )
