"""Table of all observations of a study, joined with their models.

Finished runs are read from Parquet, the others from their journals. What a failed run did not
measure is a row with a reason. Runs of an earlier plan are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from .. import evaluation
from ..records import ModelRef, Observation, Run, Table
from ..records.evaluation import TABLE_COLUMNS
from ..store import RunDir, Store
from .cost import is_trainable, model_size
from .measure import missing_observation
from .run_id import parse_rung
from .stages import train_size

COLUMN_TYPES = dict(zip(TABLE_COLUMNS, [
    "text", "text", "integer", "integer", "number", "integer", "number", "integer", "text",
    "integer",
    "text", "number", "text", "number", "integer", "integer", "number", "number",
], strict=True))  # fmt: skip
EXTRA_COLUMN_TYPES = {"train_rows": "integer", "run": "text", "id": "text"}
"""Training rows, the run, and the id of the ModelRef. The column `model` is the rung, which all
seeds and budgets share."""


def table(store: Store) -> Table:
    """All measurements of the study so far; null where unknown.

    The columns are `TABLE_COLUMNS`, `EXTRA_COLUMN_TYPES` and the numeric hyperparameters of the
    ladder. Raises StoreError for a damaged file.
    """
    # Imported here: workers are forked from a process that has loaded this package, and polars
    # starts threads on import, which a fork does not survive.
    import polars

    plan = store.plan()
    rows = [row for run in plan.runs for row in _run_rows(run, store.run(run.id))]
    kinds = {"text": polars.String, "integer": polars.Int64, "number": polars.Float64}
    columns = {**COLUMN_TYPES, **EXTRA_COLUMN_TYPES, **_hparam_column_types(plan.runs)}
    schema = {name: kinds[kind] for name, kind in columns.items()}
    return Table(polars.DataFrame(rows, schema=schema))


def _run_rows(run: Run, run_dir: RunDir) -> Iterator[dict[str, Any]]:
    result = run_dir.result()
    models = {ref.id: ref for ref in (result.models if result else run_dir.models())}
    observations = run_dir.observations()
    for observation in observations:
        yield _observation_row(run, models[observation.model], observation)
    if (failure := run_dir.failure()) is not None:
        measured = {(models[o.model].tokens, o.ability, o.shots, o.metric) for o in observations}
        yield from _missing_rows(run, failure.reason, measured)


def _missing_rows(
    run: Run, reason: str, measured: set[tuple[int, str, int, str]]
) -> Iterator[dict[str, Any]]:
    """Rows for everything that a failed run should have measured and did not."""
    size = model_size(run)
    budgets = (0, *run.milestones) if is_trainable(run) else run.milestones or (0,)
    for tokens, ability, shots in product(budgets, run.abilities, run.shots):
        ref = ModelRef(
            id="",
            run=run.id,
            spec=run.model,
            created_by="train",
            seed=run.seed,
            params=size.params,
            tokens=tokens,
            flops=size.flops_per_token * tokens,
            bytes=size.bytes,
            weights_sha256=None,
            code_version=run.code_version,
        )
        for metric in evaluation.load_ability(ability).metrics:
            if (tokens, ability, shots, metric) not in measured:
                yield _observation_row(
                    run, ref, missing_observation("", ability, shots, metric, reason)
                )


def _observation_row(run: Run, ref: ModelRef, observation: Observation) -> dict[str, Any]:
    tokens_per_step = run.recipe.batch_size * run.recipe.context_length
    hparams = {
        name: value for name, value in run.model.hparams.items() if not isinstance(value, str)
    }
    return {
        **hparams,
        "family": run.model.family,
        "model": parse_rung(run.id),
        "params": ref.params,
        "tokens": ref.tokens,
        "flops": ref.flops,
        "step": round(ref.tokens / tokens_per_step) if is_trainable(run) else None,
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
        "train_rows": train_size(run),
        "run": run.id,
        "id": ref.id or None,
    }


def _hparam_column_types(runs: Sequence[Run]) -> dict[str, str]:
    """Numeric hyperparameters that are no column yet, with their types."""
    kinds: dict[str, str] = {}
    for run in runs:
        for name, value in run.model.hparams.items():
            if isinstance(value, str) or name in COLUMN_TYPES:
                continue
            is_integer = isinstance(value, int) and kinds.get(name, "integer") == "integer"
            kinds[name] = "integer" if is_integer else "number"
    return kinds
