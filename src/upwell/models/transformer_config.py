"""The hyperparameters that every Transformer family has, and their checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..errors import SpecError
from ..records import ModelSpec
from .hparams import check_hparams, positive_int

REQUIRED = ("width", "depth", "vocab_size")
OPTIONAL = ("head_dim", "intermediate_size")


@dataclass(frozen=True, kw_only=True)
class TransformerConfig:
    """Hyperparameters of a Transformer, with every default filled in."""

    width: int
    """Size of the hidden states."""

    depth: int
    """Number of layers."""

    head_dim: int
    """Width of an attention head."""

    intermediate_size: int
    """Width of the feed-forward layer."""

    vocab_size: int

    @property
    def num_heads(self) -> int:
        """Attention heads per layer."""
        return self.width // self.head_dim

    @classmethod
    def from_spec(
        cls,
        spec: ModelSpec,
        default_head_dim: Callable[[int], int],
        default_intermediate_size: Callable[[int], int],
        extra: Sequence[str] = (),
        **fields: Any,
    ) -> Self:
        """The configuration of a spec. The defaults are functions of the width.

        `extra` are further optional hyperparameters, and `fields` the values of further fields.
        Raises SpecError for a missing, unknown or wrong hyperparameter, or a width that is not a
        multiple of `head_dim`.
        """
        check_hparams(spec, REQUIRED, (*OPTIONAL, *extra))
        width = positive_int(spec, "width")
        head_dim = positive_int(spec, "head_dim", default_head_dim(width))
        if width % head_dim:
            raise SpecError(
                f"family {spec.family!r}: width {width} is not a multiple of head_dim {head_dim}; "
                "choose a width that is, or set head_dim"
            )
        return cls(
            width=width,
            depth=positive_int(spec, "depth"),
            head_dim=head_dim,
            intermediate_size=positive_int(
                spec, "intermediate_size", default_intermediate_size(width)
            ),
            vocab_size=positive_int(spec, "vocab_size"),
            **fields,
        )


def swiglu_intermediate_size(width: int) -> int:
    """8/3 of the width, rounded up to a multiple of 8.

    Three matrices of a gated layer (SwiGLU) then have as many parameters as two of 4 times the
    width.
    """
    return -(-8 * width // 24) * 8


def encoder_head_dim(width: int) -> int:
    """Default width of an attention head of an encoder: 16 below a width of 128, else 32."""
    return 16 if width < 128 else 32
