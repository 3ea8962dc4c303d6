"""From a run to its models: one annealed model at each milestone, the untrained one first.

What a milestone made is kept before it is handed over, so a run that stops and starts again
goes on from the last model and the last checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import fmean
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from .. import models
from ..data import Loader, Tokenizer, tokenizer
from ..errors import SpecError
from ..models.answering import Answerer
from ..records import ModelRef, Progress, Run

if TYPE_CHECKING:
    from .trainer import Snapshot, Trainer

# torch is loaded by the functions that need it and not with the room: planning, and families
# without weights, do without.


class Folder(Protocol):
    """What training needs of the place where a run is kept; `upwell.store.RunFolder` is one."""

    def save_checkpoint(
        self, slot: str, tensors: Mapping[str, Any], state: Mapping[str, Any]
    ) -> None:
        """Replace a slot's checkpoint."""

    def load_checkpoint(self, slot: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """A slot's checkpoint, if there is one."""

    def drop_checkpoint(self, slot: str) -> None:
        """Delete a slot's checkpoint."""

    def save_model(self, ref: ModelRef, tensors: Mapping[str, Any]) -> ModelRef:
        """Keep a model."""

    def load_model(self, model_id: str) -> tuple[ModelRef, dict[str, Any]]:
        """A model that was kept."""

    def has_model(self, model_id: str) -> bool:
        """Whether a model was kept."""

    def progress(self, moment: Progress) -> None:
        """Append to the learning curve."""


def grow(run: Run, folder: Folder) -> Iterator[tuple[ModelRef, Answerer]]:
    """Each model of a run in the order of its milestones, with what answers for it.

    A model that the folder holds is not made again. The answerer is good until the next one
    is asked for. Raises SpecError for a run that cannot be carried out, RunError for one
    whose training breaks down.
    """
    family = models.named(run.model.family)
    if hasattr(family, "build"):
        yield from _trained(run, family, folder)
    else:
        yield from _as_it_is(run, family, folder)


def model_id(run: Run, tokens: int) -> str:
    """Name of the model that a run has made after so many training tokens."""
    return f"{run.id}-t{tokens}"


def _as_it_is(run: Run, family: ModuleType, folder: Folder) -> Iterator[tuple[ModelRef, Answerer]]:
    """Models of a family that needs no training: one for each milestone, or just one."""
    size = family.count(run.model, run.recipe.context)
    for tokens in run.milestones or (0,):
        ref = _ref(run, tokens, size, None)
        if not folder.has_model(ref.id):
            ref = folder.save_model(ref, {})
        yield ref, family.answerer(run.model, run.seed, tokens or None)


def _trained(run: Run, family: ModuleType, folder: Folder) -> Iterator[tuple[ModelRef, Answerer]]:
    words = _tokenizer(run)
    size = family.count(run.model, run.recipe.context)
    module = family.build(run.model, run.recipe, run.seed)
    if not folder.has_model(model_id(run, 0)):
        folder.save_model(_ref(run, 0, size, None), module.state_dict())
    ref, tensors = folder.load_model(model_id(run, 0))
    module.load_state_dict(tensors)
    yield ref, module.answerer(words)
    done = all(folder.has_model(model_id(run, tokens)) for tokens in run.milestones)
    trainer = None if done else _trainer(run, module, words, folder)
    for place, tokens in enumerate(run.milestones):
        trunk = trainer.latest if trainer else None
        if trainer and not folder.has_model(model_id(run, tokens)):
            module.train()
            trunk = _anneal(trainer, place, folder)
            ref = _ref(run, tokens, size, fmean(trainer.tail))
            folder.save_model(ref, module.state_dict())
            folder.drop_checkpoint(trainer.branches[place].slot)
        ref, tensors = folder.load_model(model_id(run, tokens))
        module.load_state_dict(tensors)
        yield ref, module.answerer(words)
        if trainer and trunk:
            trainer.restore(trunk)


def _trainer(run: Run, module: Any, words: Tokenizer | None, folder: Folder) -> Trainer:
    """A trainer at the start of the run, or at the last checkpoint of its trunk."""
    from .trainer import Snapshot, Trainer

    batches = Loader(run.data, words, run.recipe.context, run.recipe.batch, run.seed)

    def save(slot: str, snapshot: Snapshot) -> None:
        folder.save_checkpoint(slot, snapshot.tensors, snapshot.state)

    trainer = Trainer(run, module, module.roles(), batches, save, folder.progress)
    if (kept := folder.load_checkpoint("trunk")) is not None:
        trainer.restore(Snapshot(*kept))
    return trainer


def _anneal(trainer: Trainer, place: int, folder: Folder) -> Snapshot:
    """Train the trunk up to a branch and the branch to its end.

    Returns the trunk where the branch left it, from which the next milestone goes on.
    """
    from .trainer import Snapshot

    branch = trainer.branches[place]
    trainer.advance(branch.start, None)
    trunk = trainer.snapshot()
    trainer.save("trunk", trunk)
    kept = folder.load_checkpoint(branch.slot)
    trainer.restore(trunk if kept is None else Snapshot(*kept))
    trainer.advance(branch.end, branch)
    return trunk


def _ref(run: Run, tokens: int, size: Any, loss: float | None) -> ModelRef:
    return ModelRef(
        id=model_id(run, tokens),
        run=run.id,
        spec=run.model,
        made_by="train" if tokens else "init",
        seed=run.seed,
        params=size.params,
        tokens=tokens,
        flops=size.flops_per_token * tokens,
        bytes=size.bytes,
        weights=None,
        code=run.code,
        parent=run.parent,
        loss=loss,
        study=run.study,
    )


def _tokenizer(run: Run) -> Tokenizer | None:
    """What the family reads text with; None for a family that reads none."""
    asked, name = run.model.size.get("vocabulary"), run.model.tokenizer
    if name is None:
        if asked is None:
            return None
        raise SpecError(
            f"family {run.model.family!r} reads text; give its ModelSpec a tokenizer, "
            'e.g. "ascii" or "bytes"'
        )
    words = tokenizer(name)
    if asked not in (None, words.size):
        raise SpecError(
            f"run {run.id}: the model has {asked} tokens and tokenizer "
            f"{words.name!r} has {words.size}; give the model that vocabulary"
        )
    return words
