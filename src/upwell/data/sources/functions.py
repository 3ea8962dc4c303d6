"""Few-shot regression tasks: the four function classes of Garg et al. 2022 (arXiv 2208.01066).

Inputs have a standard normal distribution. Values are scaled to a variance of 1 over all functions
of the class, so that predicting 0 has a squared error of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..source import Rows, TaskSource
from .episodes import Ints, task_rng

LICENSE = "made by Upwell"

FUNCTION_KINDS = ("linear", "sparse", "network", "tree")

Floats = NDArray[np.float32]
Rng = np.random.Generator


@final
@dataclass(frozen=True, kw_only=True)
class Source(TaskSource):
    """`features` [tasks, examples, inputs] float32 and `target` [tasks, examples] float32."""

    kind: str = "linear"
    """"linear"; "sparse": linear in a few of the inputs; "network": two layers with a ReLU between;
    "tree": a decision tree whose nodes test the sign of one input."""

    inputs: int = 5
    noise: float = 0.0
    """Standard deviation of the noise that is added to every value."""

    nonzero: int = 2
    """Number of inputs that a sparse function depends on."""

    hidden_size: int = 20
    """Units of the hidden layer of a network."""

    depth: int = 3
    """Depth of a tree."""

    def __post_init__(self) -> None:
        if self.kind not in FUNCTION_KINDS:
            raise SpecError(
                f"source 'functions': kind is one of {', '.join(FUNCTION_KINDS)}, found "
                f"{self.kind!r}"
            )
        if min(self.nonzero, self.hidden_size, self.depth) < 1 or not self.nonzero <= self.inputs:
            raise SpecError(
                "source 'functions': hidden_size and depth are at least 1 and nonzero is 1 to "
                "inputs, "
                f"found {self.hidden_size}, {self.depth} and {self.nonzero} of {self.inputs}"
            )
        if self.noise < 0:
            raise SpecError(f"source 'functions': noise is {self.noise}, expected at least 0")

    def episodes(self, tasks: Ints, split: str, context: int, rng: Rng) -> Rows:
        """Newly drawn inputs of every function, and its values there."""
        x = rng.standard_normal((len(tasks), context, self.inputs), dtype=np.float32)
        pairs = zip(tasks.tolist(), x, strict=True)
        values = np.stack([self._evaluate(split, task, own) for task, own in pairs])
        if self.noise:
            values += np.float32(self.noise) * rng.standard_normal(values.shape, np.float32)
        return {"features": x, "target": values}

    def _evaluate(self, split: str, task: int, x_NI: Floats) -> Floats:
        return _FUNCTIONS[self.kind](self, task_rng("functions", task, split), x_NI)


def _evaluate_linear(source: Source, rng: Rng, x_NI: Floats) -> Floats:
    return _scale_dot(x_NI, _sample_normal(rng, source.inputs), source.inputs)


def _evaluate_sparse(source: Source, rng: Rng, x_NI: Floats) -> Floats:
    weight = np.zeros(source.inputs, dtype=np.float32)
    indices = rng.permutation(source.inputs)[: source.nonzero]
    weight[indices] = _sample_normal(rng, source.nonzero)
    return _scale_dot(x_NI, weight, source.nonzero)


def _evaluate_network(source: Source, rng: Rng, x_NI: Floats) -> Floats:
    inward, outward = (
        _sample_normal(rng, source.inputs, source.hidden_size),
        _sample_normal(rng, source.hidden_size),
    )
    # On average a ReLU passes half of the square of a normal number.
    return _scale_dot(np.maximum(x_NI @ inward, 0), outward, source.hidden_size * source.inputs / 2)


def _evaluate_tree(source: Source, rng: Rng, x_NI: Floats) -> Floats:
    split_inputs = rng.integers(source.inputs, size=2**source.depth - 1)
    leaves = _sample_normal(rng, 2**source.depth)
    node = np.zeros(len(x_NI), dtype=np.int64)
    for _ in range(source.depth):
        node = 2 * node + 1 + (x_NI[np.arange(len(x_NI)), split_inputs[node]] > 0)
    return leaves[node - len(split_inputs)]


_FUNCTIONS: dict[str, Any] = {
    "linear": _evaluate_linear,
    "sparse": _evaluate_sparse,
    "network": _evaluate_network,
    "tree": _evaluate_tree,
}


def _sample_normal(rng: Rng, *shape: int) -> Floats:
    return rng.standard_normal(shape, dtype=np.float32)


def _scale_dot(x_NI: Floats, weight: Floats, variance: float) -> Floats:
    scaled: Floats = x_NI @ (weight / np.float32(variance**0.5))
    return scaled
