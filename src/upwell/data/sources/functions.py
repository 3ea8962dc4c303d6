"""Functions to be learnt from a few of their values: the four classes of Garg et al. 2022.

Arguments are normal; values are scaled so that their variance is 1 over the whole class, and a
squared error is a share of that: guessing 0 gets 1, knowing the function gets 0 (arXiv 2208.01066).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ..episodes import Ints, task_dice
from ..source import Rows

LICENCE = "made by Upwell"

KINDS = ("linear", "sparse", "network", "tree")

Floats = NDArray[np.float32]
Dice = np.random.Generator


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`features` [tasks, examples, inputs] float32 and `target` [tasks, examples] float32."""

    kind: str = "linear"
    """"linear"; "sparse": linear in a few of the arguments; "network": two layers, ReLU between;
    "tree": a decision tree whose every node looks at the sign of one argument."""

    inputs: int = 5
    noise: float = 0.0
    """Standard deviation of what is added to every value."""

    nonzero: int = 2
    """Arguments that a sparse function depends on."""

    hidden: int = 20
    """Units of a network's hidden layer."""

    depth: int = 3
    """Levels of a tree."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SpecError(
                f"source 'functions': kind is one of {', '.join(KINDS)}, found {self.kind!r}"
            )
        if min(self.nonzero, self.hidden, self.depth) < 1 or not self.nonzero <= self.inputs:
            raise SpecError(
                "source 'functions': hidden and depth are at least 1 and nonzero is 1 to inputs, "
                f"found {self.hidden}, {self.depth} and {self.nonzero} of {self.inputs}"
            )
        if self.noise < 0:
            raise SpecError(f"source 'functions': noise is {self.noise}, expected at least 0")

    def episodes(self, tasks: Ints, split: str, context: int, dice: Dice) -> Rows:
        """Fresh arguments of every function, and its values there."""
        x = dice.standard_normal((len(tasks), context, self.inputs), dtype=np.float32)
        pairs = zip(tasks.tolist(), x, strict=True)
        values = np.stack([self._values(split, task, own) for task, own in pairs])
        if self.noise:
            values += np.float32(self.noise) * dice.standard_normal(values.shape, np.float32)
        return {"features": x, "target": values}

    def _values(self, split: str, task: int, x_NI: Floats) -> Floats:
        return _OF_KIND[self.kind](self, task_dice("functions", task, split), x_NI)


def _linear(source: Source, dice: Dice, x_NI: Floats) -> Floats:
    return _dot(x_NI, _normal(dice, source.inputs), source.inputs)


def _sparse(source: Source, dice: Dice, x_NI: Floats) -> Floats:
    weight = np.zeros(source.inputs, dtype=np.float32)
    chosen = dice.permutation(source.inputs)[: source.nonzero]
    weight[chosen] = _normal(dice, source.nonzero)
    return _dot(x_NI, weight, source.nonzero)


def _network(source: Source, dice: Dice, x_NI: Floats) -> Floats:
    inward, outward = _normal(dice, source.inputs, source.hidden), _normal(dice, source.hidden)
    # Half the square of a normal number passes a ReLU on average.
    return _dot(np.maximum(x_NI @ inward, 0), outward, source.hidden * source.inputs / 2)


def _tree(source: Source, dice: Dice, x_NI: Floats) -> Floats:
    looked_at = dice.integers(source.inputs, size=2**source.depth - 1)
    leaves = _normal(dice, 2**source.depth)
    node = np.zeros(len(x_NI), dtype=np.int64)
    for _ in range(source.depth):
        node = 2 * node + 1 + (x_NI[np.arange(len(x_NI)), looked_at[node]] > 0)
    return leaves[node - len(looked_at)]


_OF_KIND: dict[str, Any] = {
    "linear": _linear,
    "sparse": _sparse,
    "network": _network,
    "tree": _tree,
}


def _normal(dice: Dice, *shape: int) -> Floats:
    return dice.standard_normal(shape, dtype=np.float32)


def _dot(x_NI: Floats, weight: Floats, variance: float) -> Floats:
    scaled: Floats = x_NI @ (weight / np.float32(variance**0.5))
    return scaled
