"""Configuration of the decoder family."""

from __future__ import annotations

from ....errors import SpecError
from ....records import ModelSpec
from ...transformer_config import TransformerConfig, swiglu_intermediate_size

BASE_HEAD_DIM = 16
"""Head width of narrow models, at which attention scores have the scale 1/sqrt(head_dim)."""


class DecoderConfig(TransformerConfig):
    """Hyperparameters of a decoder; `intermediate_size` is the width of the gated layer."""


def parse_config(spec: ModelSpec) -> DecoderConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter, or an odd `head_dim`.
    """
    config = DecoderConfig.from_spec(spec, default_head_dim, swiglu_intermediate_size)
    if config.head_dim % 2:
        raise SpecError(
            f"family {spec.family!r}: head_dim {config.head_dim} is odd and rotary positions pair "
            "its numbers; choose an even one"
        )
    return config


def default_head_dim(width: int) -> int:
    """Default width of an attention head: 16 below a width of 256, 32 below 512, else 64."""
    if width < 256:
        return BASE_HEAD_DIM
    return 32 if width < 512 else 64
