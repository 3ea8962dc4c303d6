"""One model trained as a study trains it, with nothing kept but the model; and its accuracy."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upwell.data import examples
from upwell.models.answering import Instance
from upwell.records import DataSpec, ModelRef, ModelSpec, Progress, Run, Train
from upwell.train import grow


@dataclass
class Nowhere:
    """A run's folder that holds its models in memory, and says how the loss falls."""

    told: bool = False
    kept: dict[str, tuple[ModelRef, Mapping[str, Any]]] = field(default_factory=dict)

    def save_checkpoint(self, slot: str, tensors: Any, state: Any) -> None:
        """Nothing goes on from here."""

    def load_checkpoint(self, slot: str) -> None:
        """There is none."""

    def drop_checkpoint(self, slot: str) -> None:
        """There is none."""

    def save_model(self, ref: ModelRef, tensors: Mapping[str, Any]) -> ModelRef:
        """Keep a copy."""
        self.kept[ref.id] = ref, {name: tensor.clone() for name, tensor in tensors.items()}
        return ref

    def load_model(self, model_id: str) -> Any:
        """The copy."""
        return self.kept[model_id]

    def has_model(self, model_id: str) -> bool:
        """Whether it was kept."""
        return model_id in self.kept

    def progress(self, moment: Progress) -> None:
        """A line of the learning curve."""
        if self.told and moment.step % 160 == 0:
            print(f"    step {moment.step}, loss {moment.loss}, {moment.event or ''}", flush=True)


@dataclass(frozen=True)
class Grown:
    """A trained model, asked."""

    right: NDArray[np.bool_]
    """Of each test example, whether it was put into its class."""

    params: int
    cpu_seconds: float
    """Reading, training and asking, on all threads."""

    seconds: float

    @property
    def accuracy(self) -> float:
        """Share of the test examples that were right."""
        return float(self.right.mean())


def grown(
    model: ModelSpec,
    data: DataSpec,
    recipe: Train,
    epochs: float,
    seed: int,
    test: DataSpec | None = None,
    told: bool = False,
) -> Grown:
    """Train on `data` for so many epochs and ask every example of its test part, or of `test`."""
    began, clock = time.process_time(), time.monotonic()
    rows = len(examples(data, None, 1))
    run = Run(
        id="bench", study="bench", recipe=recipe, model=model, data=(data,), seed=seed,
        milestones=(round(epochs * rows),), abilities=(), shots=(), code="",
    )  # fmt: skip
    asked = examples(replace(test or data, split="test", limit=None), None, 1).rows
    for ref, answerer in grow(run, Nowhere(told)):
        if ref.made_by == "init":
            continue
        shown = {name: array for name, array in asked.items() if name != "label"}
        instances = [
            Instance({name: array[row] for name, array in shown.items()})
            for row in range(len(asked["label"]))
        ]
        said = np.array([int(str(each)) for each in answerer.say(instances, 1, None)])
        params = ref.params
    took = time.process_time() - began
    return Grown(said == asked["label"], params, took, time.monotonic() - clock)


def interval(right: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float]:
    """Bootstrap interval of an accuracy over the test examples."""
    dice = np.random.default_rng(0)
    means = dice.binomial(len(right), right.mean(), size=10_000) / len(right)
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def spread(values: Sequence[float]) -> str:
    """Mean and the least and greatest of a few."""
    mean = float(np.mean(values))
    return f"{100 * mean:.2f} % ({100 * min(values):.2f} to {100 * max(values):.2f})"
