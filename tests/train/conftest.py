"""A tiny run, and a folder in memory that can be killed at any write."""

from __future__ import annotations

import pytest

from upwell.records import DataSpec, ModelSpec, Run, Train, TrainLogEntry


class Killed(BaseException):
    """Stands for a SIGKILL: nothing in the code under test may catch it."""


class Memory:
    """A run's folder in memory. After `lives` writes the process "dies"."""

    def __init__(self, lives: int | None = None) -> None:
        self.models, self.checkpoints, self.lines = {}, {}, []
        self.lives = lives

    def _write(self) -> None:
        if self.lives is not None:
            self.lives -= 1
            if self.lives < 0:
                raise Killed

    def save_checkpoint(self, slot, tensors, state):
        self._write()
        self.checkpoints[slot] = ({k: v.clone() for k, v in tensors.items()}, dict(state))

    def load_checkpoint(self, slot):
        kept = self.checkpoints.get(slot)
        return None if kept is None else ({k: v.clone() for k, v in kept[0].items()}, dict(kept[1]))

    def drop_checkpoint(self, slot):
        self._write()
        self.checkpoints.pop(slot, None)

    def save_model(self, ref, tensors):
        self._write()
        self.models[ref.id] = (ref, {k: v.clone() for k, v in tensors.items()})
        return ref

    def load_model(self, model_id):
        return self.models[model_id]

    def has_model(self, model_id):
        return model_id in self.models

    def progress(self, moment: TrainLogEntry):
        self._write()
        self.lines.append(moment)


def tiny(**recipe) -> Run:
    settings = {"context_length": 16, "batch_size": 4, "checkpoint_seconds": 0.0, **recipe}
    return Run(
        id="tiny-s0-00000000",
        study="tiny",
        recipe=Train(**settings),
        model=ModelSpec(
            family="decoder", hparams={"width": 16, "depth": 1, "vocab_size": 98}, tokenizer="ascii"
        ),
        data=(DataSpec(source="repeats"), DataSpec(source="arithmetic", weight=0.5)),
        seed=0,
        milestones=(4000, 6000, 8000),
        abilities=(),
        shots=(0,),
        code_version="test",
    )


@pytest.fixture
def folder():
    return Memory()
