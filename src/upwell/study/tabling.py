"""Observations joined with their models: the table that everybody reasons about.

Finished runs are read from their Parquet, the others from their journals. What a failed run
did not measure stands in the table with its reason. Runs of an earlier plan are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from .. import abilities
from ..records import ModelRef, Observation, Run, Table
from ..records.asking import TABLE_COLUMNS
from ..store import RunFolder, Store
from .cost import size_of, trainable
from .identity import rung_of
from .measuring import unmeasured
from .places import rows_of

COLUMNS = dict(zip(TABLE_COLUMNS, [
    "text", "text", "whole", "whole", "number", "whole", "number", "whole", "text", "whole",
    "text", "number", "text", "number", "whole", "whole", "number", "number",
], strict=True))  # fmt: skip
EXTRA = {"rows": "whole", "run": "text", "id": "text"}
"""Rows of the training set, the run, and the ModelRef itself: `model` is the rung, the same for
all seeds and budgets."""


def table(store: Store) -> Table:
    """All that the study has measured so far: `TABLE_COLUMNS`, the run, the model's id, and
    every dial of the ladder that is a number. Unknown is null.

    Raises StoreError where a file is damaged.
    """
    # Imported here: workers are forked from a process that has loaded this room, and polars
    # starts threads on import, which a fork does not survive.
    import polars

    plan = store.plan()
    rows = [row for run in plan.runs for row in _rows(run, store.run(run.id))]
    kinds = {"text": polars.String, "whole": polars.Int64, "number": polars.Float64}
    columns = {**COLUMNS, **EXTRA, **_dials(plan.runs)}
    schema = {name: kinds[kind] for name, kind in columns.items()}
    return Table(polars.DataFrame(rows, schema=schema))


def _rows(run: Run, folder: RunFolder) -> Iterator[dict[str, Any]]:
    result = folder.result()
    models = {ref.id: ref for ref in (result.models if result else folder.models())}
    observations = folder.observations()
    for observation in observations:
        yield _row(run, models[observation.model], observation)
    if (failure := folder.failure()) is not None:
        seen = {(models[o.model].tokens, o.ability, o.shots, o.metric) for o in observations}
        yield from _missing(run, failure.reason, seen)


def _missing(
    run: Run, reason: str, seen: set[tuple[int, str, int, str]]
) -> Iterator[dict[str, Any]]:
    """A row for all that a failed run should have measured and did not."""
    size = size_of(run)
    budgets = (0, *run.milestones) if trainable(run) else run.milestones or (0,)
    for tokens, ability, shots in product(budgets, run.abilities, run.shots):
        ref = ModelRef(
            id="",
            run=run.id,
            spec=run.model,
            made_by="train",
            seed=run.seed,
            params=size.params,
            tokens=tokens,
            flops=size.flops_per_token * tokens,
            bytes=size.bytes,
            weights=None,
            code=run.code,
        )
        for metric in abilities.named(ability).METRICS:
            if (tokens, ability, shots, metric) not in seen:
                yield _row(run, ref, unmeasured("", ability, shots, metric, reason))


def _row(run: Run, ref: ModelRef, observation: Observation) -> dict[str, Any]:
    each = run.recipe.batch * run.recipe.context
    dials = {name: value for name, value in run.model.size.items() if not isinstance(value, str)}
    return {
        **dials,
        "family": run.model.family,
        "model": rung_of(run.id),
        "params": ref.params,
        "tokens": ref.tokens,
        "flops": ref.flops,
        "step": round(ref.tokens / each) if trainable(run) else None,
        "loss": ref.loss,
        "seed": ref.seed,
        "ability": observation.ability,
        "shots": observation.shots,
        "metric": observation.metric,
        "value": observation.value,
        "reason": observation.reason,
        "stderr": observation.stderr,
        "items": observation.items,
        "missing": observation.missing,
        "chance": observation.chance,
        "ceiling": observation.ceiling,
        "rows": rows_of(run),
        "run": run.id,
        "id": ref.id or None,
    }


def _dials(runs: Sequence[Run]) -> dict[str, str]:
    """Numeric dials of the ladder that are no column yet, with the type that holds them all."""
    kinds: dict[str, str] = {}
    for run in runs:
        for name, value in run.model.size.items():
            if isinstance(value, str) or name in COLUMNS:
                continue
            whole = isinstance(value, int) and kinds.get(name, "whole") == "whole"
            kinds[name] = "whole" if whole else "number"
    return kinds
