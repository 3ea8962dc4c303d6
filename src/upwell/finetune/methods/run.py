"""The run record of a method: recipe, spec, data and id."""

from __future__ import annotations

from dataclasses import replace

from ...plugins import code_version
from ...records import DataSpec, FinetuneSpec, ModelSpec, Run, Train
from ..data.dataset import FinetuneData
from ..defaults import default_recipe, total_examples
from ..inputs.encoded import EncodedSplit
from ..run_id import HASHED_PACKAGES, run_id


def plan_run(
    data: FinetuneData, method: str, rows: EncodedSplit, stop_after_epoch: int | None
) -> Run:
    """The run that trains with `method` on `rows`.

    `stop_after_epoch` is an epoch selected before; None selects one on the dev rows.
    """
    requested_spec = replace(data.spec, method=method, stop_after_epoch=stop_after_epoch)
    recipe, spec = default_recipe(
        requested_spec,
        # Also when refitting on all rows: the epochs were selected for this number.
        len(data.train.rows),
        data.config.hyperparameters,
        from_scratch=data.base_model.from_scratch,
        scratch_batch_size=data.task.scratch_batch_size,
    )
    return build_run(data, recipe, spec, rows)


def build_run(data: FinetuneData, recipe: Train, spec: FinetuneSpec, rows: EncodedSplit) -> Run:
    """The run with a given recipe and spec. Its id hashes everything that the result depends on."""
    config, base_model = data.config, data.base_model
    columns = rows.dataset.columns
    # The dev rows only matter if they select the epoch.
    dev_digest = data.dev.dataset.digest if spec.stop_after_epoch is None else ""
    data_spec = DataSpec(
        source="labeled",
        options={
            "path": str(config.data),
            "text": columns.text_columns[0],
            "label": columns.label_column,
        },
        revision=rows.dataset.digest,
    )
    version = code_version(HASHED_PACKAGES)
    name = run_id(
        base_model.name,
        config.task,
        spec.method,
        config.seed,
        recipe,
        spec,
        data_spec.revision,
        dev_digest,
        columns.label_separator,
        base_model.weights_hash,
        version,
    )
    return Run(
        id=name,
        study="finetune",
        recipe=recipe,
        model=ModelSpec(family="pretrained", hparams={"path": str(base_model.path.resolve())}),
        data=(data_spec,),
        seed=config.seed,
        milestones=(total_examples(recipe, spec, len(rows.encoded)),),
        abilities=(),
        shots=(),
        code_version=version,
        parent=base_model.ref or f"{base_model.name}@{base_model.weights_hash[:16]}",
        finetune=spec,
    )
