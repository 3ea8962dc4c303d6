"""The update of all parameters: AdamW or SGD, or Muon on matrices and AdamW on the rest."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ..errors import SpecError
from ..records import Train
from .adamw import AdamW
from .flat import Flat, Group
from .momentum import Momentum
from .muon import Muon

CHOICES = ("muon", "adamw", "sgd")


class Optimiser:
    """Penalises, clips, updates and clears; its whole state is a few named tensors."""

    def __init__(self, flat: Flat, recipe: Train) -> None:
        if recipe.optimiser not in CHOICES:
            raise SpecError(f"optimiser is {recipe.optimiser!r}; choices: {', '.join(CHOICES)}")
        self.flat, self.recipe = flat, recipe
        self.muons = [
            Muon(group.weight, group.gathered, group.stretch)
            for group in flat.groups
            if group.stretch is not None and recipe.optimiser == "muon"
        ]
        rest = [g for g in flat.groups if g.stretch is None or recipe.optimiser != "muon"]
        self.peaks = [_peak(group, recipe) for group in rest]
        by_sgd = rest if recipe.optimiser == "sgd" else []
        self.momenta = [Momentum(g.weight, g.gathered, recipe.betas[0]) for g in by_sgd]
        self.adamw = None if by_sgd or not rest else AdamW(rest, recipe)

    def step(self, share: float) -> float:
        """Update with `share` of the peak rates and clear the gradient.

        Returns the gradient's norm before clipping. Nothing is changed when it is not finite.
        """
        self._penalise()
        norm = self.flat.norm()
        if norm != norm or norm == float("inf"):
            self.flat.clear()
            return norm
        if norm > self.recipe.clip:
            self.flat.scale(self.recipe.clip / norm)
        decay = self.recipe.weight_decay
        for muon in self.muons:
            muon.step(self.recipe.learning_rate * share, decay)
        for momentum, peak in zip(self.momenta, self.peaks[: len(self.momenta)], strict=True):
            momentum.step(peak * share, decay)
        if self.adamw is not None:
            self.adamw.step([peak * share for peak in self.peaks])
        self.flat.clear()
        return norm

    def _penalise(self) -> None:
        """Add the gradient of the recipe's penalties, which are for matrices alone."""
        l1, l2 = self.recipe.l1, self.recipe.l2
        if not (l1 or l2):
            return
        for group in self.flat.groups:
            if group.kind == "matrix":
                for weight, grad in group.pairs():
                    grad.add_(weight, alpha=l2).add_(weight.sign(), alpha=l1)

    def tensors(self) -> dict[str, Tensor]:
        """Live views of the state, by name."""
        named = {f"muon.{i}": muon.momentum for i, muon in enumerate(self.muons)}
        named |= {f"sgd.{i}": momentum.momentum for i, momentum in enumerate(self.momenta)}
        for i, state in enumerate([] if self.adamw is None else self.adamw.states):
            named |= {f"adamw.{i}.{name}": value for name, value in state.items()}
        return named

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Copy a state taken by `tensors` back in."""
        for name, value in self.tensors().items():
            value.copy_(tensors[name])


def _peak(group: Group, recipe: Train) -> float:
    """The rate of a group: that of its kind, times what its role asks for."""
    peak = recipe.learning_rate if group.kind == "matrix" else recipe.vector_rate
    return peak * group.rate
