"""Configuration of the in-context learner."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ....errors import SpecError
from ....records import ModelSpec
from ...hparams import check_hparams, choice, positive_int

FEATURE_EXTRACTORS = ("mlp", "cnn", "recurrent")

DEFAULT_HEAD_DIM = 16
"""Default width of an attention head, if the width allows it."""


@dataclass(frozen=True, kw_only=True)
class InContextLearnerConfig:
    """Hyperparameters of an in-context learner, with every default filled in."""

    inputs: int
    """Numbers per example."""

    num_classes: int
    """Maximum number of classes of a task."""

    width: int
    depth: int
    """Layers of attention."""

    num_heads: int
    feature_extractor: str
    """Network from an example to features; "cnn" and "recurrent" read it as a square image."""

    @property
    def image_size(self) -> int:
        """Pixels per side, if an example is a square image."""
        return math.isqrt(self.inputs)


def parse_config(spec: ModelSpec) -> InContextLearnerConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    check_hparams(spec, ("inputs", "num_classes", "width"), ("depth", "heads", "features"))
    width = positive_int(spec, "width")
    config = InContextLearnerConfig(
        inputs=positive_int(spec, "inputs"),
        num_classes=positive_int(spec, "num_classes"),
        width=width,
        depth=positive_int(spec, "depth", 2),
        num_heads=positive_int(spec, "heads", max(1, width // DEFAULT_HEAD_DIM)),
        feature_extractor=choice(spec, "features", FEATURE_EXTRACTORS, "mlp"),
    )
    if width % config.num_heads:
        raise SpecError(
            f"family {spec.family!r}: width {width} is not a multiple of {config.num_heads} heads; "
            "change one of them"
        )
    if config.feature_extractor != "mlp" and config.image_size**2 != config.inputs:
        raise SpecError(
            f"family {spec.family!r}: features {config.feature_extractor!r} read square images and "
            f"{config.inputs} inputs are not a square; use 'mlp'"
        )
    return config
