"""Train one model as a study does, keep only the model, and evaluate it on test examples."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from upwell.data import load_examples
from upwell.models.protocols import ArrayInput
from upwell.records import DataSpec, ModelRef, ModelSpec, Run, Train, TrainLogEntry
from upwell.train import grow


@dataclass
class MemoryStorage:
    """Run storage that keeps models in memory, and can print the training loss."""

    verbose: bool = False
    models: dict[str, tuple[ModelRef, Mapping[str, Any]]] = field(default_factory=dict)

    def save_checkpoint(self, slot: str, tensors: Any, state: Any) -> None:
        """Saves nothing."""

    def load_checkpoint(self, slot: str) -> None:
        """There is none."""

    def drop_checkpoint(self, slot: str) -> None:
        """There is none."""

    def save_model(self, ref: ModelRef, tensors: Mapping[str, Any]) -> ModelRef:
        """Keep a copy."""
        self.models[ref.id] = ref, {name: tensor.clone() for name, tensor in tensors.items()}
        return ref

    def load_model(self, model_id: str) -> Any:
        """The copy."""
        return self.models[model_id]

    def has_model(self, model_id: str) -> bool:
        """Whether a model is saved."""
        return model_id in self.models

    def progress(self, log_entry: TrainLogEntry) -> None:
        """Print every 160th step."""
        if self.verbose and log_entry.step % 160 == 0:
            event = log_entry.event or ""
            print(f"    step {log_entry.step}, loss {log_entry.loss}, {event}", flush=True)


@dataclass(frozen=True)
class TrainedModel:
    """A trained model and its evaluation."""

    correct: NDArray[np.bool_]
    """Whether each test example is classified correctly."""

    params: int
    cpu_seconds: float
    """Reading, training and evaluation, on all threads."""

    seconds: float

    @property
    def accuracy(self) -> float:
        """Fraction of correct test examples."""
        return float(self.correct.mean())


def train_and_evaluate(
    model: ModelSpec,
    data: DataSpec,
    recipe: Train,
    epochs: float,
    seed: int,
    test: DataSpec | None = None,
    verbose: bool = False,
) -> TrainedModel:
    """Train on `data` for `epochs` epochs, and evaluate on its test split or that of `test`."""
    start_time, clock = time.process_time(), time.monotonic()
    rows = len(load_examples(data, None, 1))
    run = Run(
        id="bench", study="bench", recipe=recipe, model=model, data=(data,), seed=seed,
        milestones=(round(epochs * rows),), abilities=(), shots=(), code_version="",
    )  # fmt: skip
    test_rows = load_examples(replace(test or data, split="test", limit=None), None, 1).rows
    for ref, lm in grow(run, MemoryStorage(verbose)):
        if ref.created_by == "init":
            continue
        inputs = {name: array for name, array in test_rows.items() if name != "label"}
        prompts = [
            ArrayInput({name: array[row] for name, array in inputs.items()})
            for row in range(len(test_rows["label"]))
        ]
        predicted = np.array([int(str(each)) for each in lm.generate(prompts, 1, None)])
        params = ref.params
    cpu_seconds = time.process_time() - start_time
    correct = predicted == test_rows["label"]
    return TrainedModel(correct, params, cpu_seconds, time.monotonic() - clock)


def interval(correct: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float]:
    """Bootstrap interval of an accuracy over the test examples."""
    rng = np.random.default_rng(0)
    means = rng.binomial(len(correct), correct.mean(), size=10_000) / len(correct)
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def format_spread(values: Sequence[float]) -> str:
    """Mean, smallest and largest value in percent."""
    mean = float(np.mean(values))
    return f"{100 * mean:.2f} % ({100 * min(values):.2f} to {100 * max(values):.2f})"
