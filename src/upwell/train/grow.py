"""From a run to its models: the untrained one, then one annealed model per milestone.

Each model is saved before it is yielded. A run that is stopped resumes from its last model and its
last checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import fmean
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from .. import models
from ..data import Loader, Tokenizer, load_tokenizer
from ..errors import SpecError
from ..models.protocols import LM
from ..records import ModelRef, Run, TrainLogEntry

if TYPE_CHECKING:
    from .trainer import Snapshot, Trainer

# torch is imported by the functions that need it: planning, and families without weights, do
# without.


class RunStorage(Protocol):
    """What training needs of a run's folder; `upwell.store.RunDir` is one."""

    def save_checkpoint(
        self, slot: str, tensors: Mapping[str, Any], state: Mapping[str, Any]
    ) -> None:
        """Replace the checkpoint of a slot."""

    def load_checkpoint(self, slot: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Checkpoint of a slot; None without one."""

    def drop_checkpoint(self, slot: str) -> None:
        """Delete the checkpoint of a slot."""

    def save_model(self, ref: ModelRef, tensors: Mapping[str, Any]) -> ModelRef:
        """Save a model."""

    def load_model(self, model_id: str) -> tuple[ModelRef, dict[str, Any]]:
        """A saved model and its tensors."""

    def has_model(self, model_id: str) -> bool:
        """Whether a model is saved."""

    def progress(self, log_entry: TrainLogEntry) -> None:
        """Append to the training log."""


def grow(run: Run, storage: RunStorage) -> Iterator[tuple[ModelRef, LM]]:
    """Models of a run in the order of its milestones, each with a language model to evaluate it.

    Saved models are not trained again. The language model is valid until the next one is taken.
    Raises SpecError for an impossible run, RunError if training diverges.
    """
    family = models.load_family(run.model.family)
    if models.is_trainable(run.model.family):
        yield from _trained_models(run, family, storage)
    else:
        yield from _untrained_models(run, family, storage)


def model_id(run: Run, tokens: int) -> str:
    """Id of a run's model after `tokens` training tokens."""
    return f"{run.id}-t{tokens}"


def _untrained_models(
    run: Run, family: ModuleType, storage: RunStorage
) -> Iterator[tuple[ModelRef, LM]]:
    """Models of a family without training: one per milestone, or one."""
    size = family.count(run.model, run.recipe.context_length)
    for tokens in run.milestones or (0,):
        ref = _model_ref(run, tokens, size, None)
        if not storage.has_model(ref.id):
            ref = storage.save_model(ref, {})
        yield ref, family.build_lm(run.model, run.seed, tokens or None)


def _trained_models(
    run: Run, family: ModuleType, storage: RunStorage
) -> Iterator[tuple[ModelRef, LM]]:
    tokenizer = _load_tokenizer(run)
    size = family.count(run.model, run.recipe.context_length)
    module = family.build(run.model, run.recipe, run.seed)
    if not storage.has_model(model_id(run, 0)):
        storage.save_model(_model_ref(run, 0, size, None), module.state_dict())
    ref, tensors = storage.load_model(model_id(run, 0))
    module.load_state_dict(tensors)
    yield ref, family.as_lm(module, tokenizer)
    is_done = all(storage.has_model(model_id(run, tokens)) for tokens in run.milestones)
    trainer = None if is_done else _build_trainer(run, module, tokenizer, storage)
    for index, tokens in enumerate(run.milestones):
        trunk = trainer.latest_snapshot if trainer else None
        if trainer and not storage.has_model(model_id(run, tokens)):
            module.train()
            trunk = _anneal(trainer, index, storage)
            ref = _model_ref(run, tokens, size, fmean(trainer.tail_losses))
            storage.save_model(ref, module.state_dict())
            storage.drop_checkpoint(trainer.branches[index].slot)
        ref, tensors = storage.load_model(model_id(run, tokens))
        module.load_state_dict(tensors)
        yield ref, family.as_lm(module, tokenizer)
        if trainer and trunk:
            trainer.restore(trunk)


def _build_trainer(
    run: Run, module: Any, tokenizer: Tokenizer | None, storage: RunStorage
) -> Trainer:
    """A trainer at the start of the run, or at the last checkpoint of its trunk."""
    from .trainer import Snapshot, Trainer

    batches = Loader(
        run.data, tokenizer, run.recipe.context_length, run.recipe.batch_size, run.seed
    )

    def save(slot: str, snapshot: Snapshot) -> None:
        storage.save_checkpoint(slot, snapshot.tensors, snapshot.state)

    trainer = Trainer(run, module, module.param_roles(), batches, save, storage.progress)
    if (checkpoint := storage.load_checkpoint("trunk")) is not None:
        trainer.restore(Snapshot(*checkpoint))
    return trainer


def _anneal(trainer: Trainer, index: int, storage: RunStorage) -> Snapshot:
    """Train the trunk up to a branch, and the branch to its end.

    Returns a snapshot of the trunk at the start of the branch, for the next milestone.
    """
    from .trainer import Snapshot

    branch = trainer.branches[index]
    trainer.advance(branch.start, None)
    trunk = trainer.snapshot()
    trainer.save("trunk", trunk)
    checkpoint = storage.load_checkpoint(branch.slot)
    trainer.restore(trunk if checkpoint is None else Snapshot(*checkpoint))
    trainer.advance(branch.end, branch)
    return trunk


def _model_ref(run: Run, tokens: int, size: Any, loss: float | None) -> ModelRef:
    return ModelRef(
        id=model_id(run, tokens),
        run=run.id,
        spec=run.model,
        created_by="train" if tokens else "init",
        seed=run.seed,
        params=size.params,
        tokens=tokens,
        flops=size.flops_per_token * tokens,
        bytes=size.bytes,
        weights_sha256=None,
        code_version=run.code_version,
        parent=run.parent,
        loss=loss,
        study=run.study,
    )


def _load_tokenizer(run: Run) -> Tokenizer | None:
    """Tokenizer of the run; None for a family that reads no text."""
    vocab_size, name = run.model.hparams.get("vocab_size"), run.model.tokenizer
    if name is None:
        if vocab_size is None:
            return None
        raise SpecError(
            f"family {run.model.family!r} reads text; give its ModelSpec a tokenizer, "
            'e.g. "ascii" or "bytes"'
        )
    loaded = load_tokenizer(name)
    if vocab_size not in (None, loaded.size):
        raise SpecError(
            f"run {run.id}: the model has vocab_size {vocab_size} and tokenizer "
            f"{loaded.name!r} has {loaded.size} tokens; set vocab_size to {loaded.size}"
        )
    return loaded
