"""Configuration of the ModernBERT family."""

from __future__ import annotations

from dataclasses import dataclass

from ....records import ModelSpec
from ...hparams import positive_int
from ...transformer_config import TransformerConfig, encoder_head_dim

MLM_PROBABILITY = 0.15
"""Fraction of positions whose token is predicted, for the cost estimate."""

DEFAULT_WINDOW = 8
"""Tokens that a layer with local attention attends to, half of them on each side."""

GLOBAL_ATTENTION_EVERY = 4
"""Every fourth layer attends to the whole text."""


@dataclass(frozen=True, kw_only=True)
class ModernBertModelConfig(TransformerConfig):
    """Hyperparameters of a ModernBERT; `intermediate_size` is the width of the gated layer."""

    window: int
    """Tokens that a layer with local attention attends to."""


def parse_config(spec: ModelSpec) -> ModernBertModelConfig:
    """The configuration of a spec; the gated layer is 2.5 times the width by default.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    return ModernBertModelConfig.from_spec(
        spec,
        encoder_head_dim,
        lambda width: width * 5 // 2,
        extra=("window",),
        window=positive_int(spec, "window", DEFAULT_WINDOW),
    )
