"""A study that never ran, with every input of a page: planted, seeded, a few kilobytes.

Shapes are planted in log-odds, so sharp and continuous metrics rise from one cause.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import polars as pl

from upwell.records import Cost, Forecast, ModelSpec, Plan, Run, Study, Table, Train, TrainLogEntry
from upwell.records.evaluation import TABLE_COLUMNS

SHAPES = ("jump", "slope", "flat", "fall", "dip")


def scales(rungs: int, smallest: float = 4.2e3, largest: float = 2.1e5) -> list[int]:
    ratio = (largest / smallest) ** (1 / max(rungs - 1, 1))
    return [round(smallest * ratio**i) for i in range(rungs)]


def odds(shape: str, position: float) -> float:
    """Log-odds of the correct answer; `position` runs from 0 to 1 along the ladder."""
    if shape == "jump":
        return -4.0 if position < 0.55 else 2.6
    if shape == "slope":
        return -6.0 + 8.5 * position
    if shape == "fall":
        return 1.0 - 4.0 * position
    if shape == "dip":
        return 1.5 - 5.0 * math.sin(math.pi * position)
    return -1.0


def rows(
    ability: str,
    shape: str,
    params: Sequence[int],
    *,
    seeds: int = 3,
    shots: int = 0,
    metrics: Sequence[str] = ("exact_match", "log_probability"),
    items: int = 200,
    tokens: Sequence[int] = (0, 400_000, 1_500_000),
    family: str | None = "decoder",
    missing: int = 0,
    seed: int = 0,
) -> list[dict[str, object]]:
    rng = random.Random(f"{ability}{shape}{seed}{shots}")
    entries: list[dict[str, object]] = []
    for i, size in enumerate(params):
        for one in range(seeds):
            for budget in tokens:
                grown = i / max(len(params) - 1, 1) * budget / max(max(tokens), 1)
                z = (odds(shape, grown) if budget else -6.0) + rng.gauss(0, 0.3)
                p = 1 / (1 + math.exp(-z))
                for metric in metrics:
                    entries.append(
                        _row(ability, metric, p, size, one, budget, items, shots, family, rng)
                    )
    gaps = [row for row in entries if row["tokens"] == max(tokens)][:missing]
    for row in gaps:
        row.update(value=None, stderr=None, reason="the run ended early: loss was not finite")
    return entries


def _row(
    ability: str, metric: str, p: float, size: int, seed: int, tokens: int, items: int,
    shots: int, family: str | None, rng: random.Random,
) -> dict[str, object]:  # fmt: skip
    right = sum(rng.random() < p for _ in range(items)) / items
    value, stderr, chance, ceiling = {
        "exact_match": (right, math.sqrt(right * (1 - right) / items), 0.0, 1.0),
        "accuracy": (0.1 + 0.9 * right, 0.02, 0.1, 1.0),
        "choice_probability": (0.1 + 0.9 * p + rng.gauss(0, 0.01), 0.01, 0.1, 1.0),
        "log_probability": (math.log(p) * 1.4 + rng.gauss(0, 0.05), 0.06, None, 0.0),
        "bits_per_byte": (6.5 - 3.2 * p + rng.gauss(0, 0.03), None, 8.0, None),
        "token_edit_distance": (3 * (1 - right), 0.05, 3.0, 0.0),
    }[metric]
    if metric == "choice_probability":
        value = min(max(value, 0.0), 1.0)
    return {
        "family": family, "model": f"{family}-{size}", "params": float(size), "tokens": tokens,
        "flops": 6.0 * size * tokens, "step": tokens // 1024, "loss": 5.5 - 3 * p, "seed": seed,
        "ability": ability, "shots": shots, "metric": metric, "value": value, "reason": None,
        "stderr": stderr, "items": items, "missing": 0, "chance": chance, "ceiling": ceiling,
    }  # fmt: skip


def join_runs(entries: Sequence[dict[str, object]], study_: Study, params: Sequence[int]) -> Table:
    """The table with the run of each row."""
    ids = {(params[study_.ladder.index(run.model)], run.seed): run.id for run in runs(study_)}
    return table([{**row, "run": ids[row["params"], row["seed"]]} for row in entries])  # type: ignore[index]


def table(entries: Sequence[dict[str, object]]) -> Table:
    numbers = dict.fromkeys(("value", "stderr", "chance", "ceiling", "loss"), pl.Float64)
    strings = dict.fromkeys(("family", "reason"), pl.String)
    frame = pl.DataFrame(
        list(entries), infer_schema_length=None, schema_overrides={**numbers, **strings}
    )
    assert set(TABLE_COLUMNS) <= set(frame.columns)
    return Table(frame)


def study(params: Sequence[int], seeds: int = 3, **changes: object) -> Study:
    known: dict[str, object] = {
        "name": "First light",
        "question": (
            "Which abilities well up between four thousand and two hundred thousand parameters, "
            "and does two-digit addition arrive all at once or only look as if it did?"
        ),
        "hypothesis": (
            "Induction jumps at the first rung with two layers. Addition looks sudden on exact "
            "match and even on log-probability. Text only gets smoothly better."
        ),
        "ladder": tuple(
            ModelSpec(family="decoder", hparams={"width": 8 * (i + 1), "depth": 1 + i // 2})
            for i, _ in enumerate(params)
        ),
        "abilities": ("induction", "addition", "text"),
        "seeds": tuple(range(seeds)),
        "milestones": (400_000, 800_000, 1_500_000),
    }
    return Study(**{**known, **changes})  # type: ignore[arg-type]


def runs(study_: Study) -> list[Run]:
    return [
        Run(
            id=f"{study_.name.lower().replace(' ', '-')}-r{i}-s{seed}-a1b2c3",
            study=study_.name, recipe=Train(), model=spec, data=(), seed=seed,
            milestones=study_.milestones, abilities=study_.abilities, shots=study_.shots,
            code_version="0.1.0+5f3c9e",
        )
        for i, spec in enumerate(study_.ladder)
        for seed in study_.seeds
    ]  # fmt: skip


def plan(study_: Study, params: Sequence[int]) -> Plan:
    entries = runs(study_)
    costs = [
        Cost(
            flops=6.0 * params[study_.ladder.index(run.model)] * 1.8e6,
            seconds=4.0 + params[study_.ladder.index(run.model)] / 6e3,
            disk_bytes=4_000_000,
            memory_bytes=300_000_000,
        )
        for run in entries
    ]
    whole = Cost(
        flops=sum(cost.flops for cost in costs),
        seconds=sum(cost.seconds for cost in costs) / 2,
        disk_bytes=sum(cost.disk_bytes for cost in costs),
        memory_bytes=300_000_000,
    )
    return Plan(
        study=study_, runs=tuple(entries), costs=tuple(costs), workers=2, total_cost=whole,
        smallest_jump=0.12, forecast_width=0.2,
    )  # fmt: skip


def seconds(study_: Study, params: Sequence[int]) -> dict[str, float | None]:
    return {run.id: 5.0 + params[study_.ladder.index(run.model)] / 5e3 for run in runs(study_)}


def progress(study_: Study, params: Sequence[int]) -> list[TrainLogEntry]:
    entries: list[TrainLogEntry] = []
    for run in runs(study_):
        rng = random.Random(run.id)
        floor = 4.6 - 0.55 * math.log10(params[study_.ladder.index(run.model)])
        for branch in (0, *study_.milestones):
            start, end = (8_192, 1_200_000) if not branch else (round(branch * 0.8), branch)
            steps = max(2, (end - start) // 16_384)
            for i in range(steps + 1):
                tokens = start + (end - start) * i // steps
                annealed = 0.25 * i / steps if branch else 0.0
                loss = floor + 3.2 * (tokens / 8_192) ** -0.35 - annealed + rng.gauss(0, 0.03)
                entries.append(
                    TrainLogEntry(
                        run=run.id,
                        branch=branch,
                        step=tokens // 1024,
                        tokens=tokens,
                        loss=loss,
                        lr_fraction=1.0,
                        grad_norm=0.5,
                        seconds=tokens / 90_000,
                    )
                )
    spike, broken = entries[20], entries[len(entries) // 2]
    entries.append(_incident(spike, "spike", 9.1))
    entries.append(_incident(broken, "nan", None))
    return entries


def _incident(line: TrainLogEntry, event: str, loss: float | None) -> TrainLogEntry:
    return TrainLogEntry(
        run=line.run, branch=line.branch, step=line.step, tokens=line.tokens, loss=loss,
        lr_fraction=line.lr_fraction, grad_norm=None, seconds=line.seconds, event=event,
    )  # fmt: skip


def forecasts(target: float) -> list[Forecast]:
    common = {
        "axis": "params",
        "target": target,
        "family": "decoder",
        "created_at": "2025-11-23T18:02:11Z",
    }
    why = "a quarter of the recent slope; width from 14 forecasts of earlier rungs"
    return [
        Forecast(
            ability="addition",
            metric="exact_match",
            value=0.86,
            interval_low=0.7,
            interval_high=1.0,
            actual=0.93,
            noise_floor=0.024,
            method="last value plus a share of the slope",
            explanation=why,
            **common,
        ),
        Forecast(
            ability="induction",
            metric="exact_match",
            value=0.94,
            interval_low=0.9,
            interval_high=0.98,
            actual=0.81,
            noise_floor=0.02,
            explanation=why,
            **common,
        ),
        Forecast(
            ability="addition",
            metric="log_probability",
            value=-0.31,
            interval_low=-0.6,
            interval_high=-0.1,
            actual=None,
            explanation=why,
            **common,
        ),
        Forecast(
            ability="text",
            metric="bits_per_byte",
            value=None,
            interval_low=None,
            interval_high=None,
            forecastable=False,
            explanation="there are too few earlier rungs to learn an interval from",
            **common,
        ),
    ]  # type: ignore[arg-type]
