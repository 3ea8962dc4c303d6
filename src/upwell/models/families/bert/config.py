"""Configuration of the BERT family."""

from __future__ import annotations

from ....records import ModelSpec
from ...transformer_config import TransformerConfig, encoder_head_dim

NUM_SEGMENTS = 2
"""The first text of a pair and the second."""

MLM_PROBABILITY = 0.15
"""Fraction of positions whose token is predicted, for the cost estimate."""


class BertModelConfig(TransformerConfig):
    """Hyperparameters of a BERT."""


def parse_config(spec: ModelSpec) -> BertModelConfig:
    """The configuration of a spec; the feed-forward layer is 4 times the width by default.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    return BertModelConfig.from_spec(spec, encoder_head_dim, lambda width: 4 * width)
