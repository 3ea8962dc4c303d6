"""Configuration of the encoder-decoder family."""

from __future__ import annotations

from ....records import ModelSpec
from ...transformer_config import TransformerConfig, swiglu_intermediate_size
from ..decoder.config import default_head_dim

NUM_BUCKETS = 32
"""Classes of distance between two positions that a head tells apart, near ones one by one."""


class EncoderDecoderConfig(TransformerConfig):
    """Hyperparameters of an encoder-decoder.

    `depth` is the number of layers of each half; `vocab_size` covers both languages.
    """


def parse_config(spec: ModelSpec) -> EncoderDecoderConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    return EncoderDecoderConfig.from_spec(spec, default_head_dim, swiglu_intermediate_size)
