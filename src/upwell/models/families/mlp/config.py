"""Configuration of the multilayer perceptron."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ....records import ModelSpec
from ...hparams import check_hparams, choice, positive_int

ACTIVATIONS = ("relu", "gelu", "tanh", "sigmoid")


@dataclass(frozen=True, kw_only=True)
class MLPConfig:
    """Hyperparameters of a perceptron, with every default filled in."""

    inputs: int
    """Numbers per example: pixels times channels of an image, or features."""

    width: int
    depth: int
    """Hidden layers."""

    num_classes: int
    activation: str

    @property
    def layer_dims(self) -> list[tuple[int, int]]:
        """(fan-in, fan-out) of every linear map."""
        widths = [self.inputs, *[self.width] * self.depth, self.num_classes]
        return list(pairwise(widths))


def parse_config(spec: ModelSpec) -> MLPConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    check_hparams(spec, ("inputs", "num_classes", "width"), ("depth", "activation"))
    return MLPConfig(
        inputs=positive_int(spec, "inputs"),
        width=positive_int(spec, "width"),
        depth=positive_int(spec, "depth", 1),
        num_classes=positive_int(spec, "num_classes"),
        activation=choice(spec, "activation", ACTIVATIONS, "relu"),
    )
