"""How large a model is, known before it is built."""

from __future__ import annotations

from dataclasses import dataclass

MAP = 0.25
"""A linear map or kernel, with what follows it, as a share of a decoder's layer: by what a step of
the smallest networks takes beside arithmetic."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What `count(spec, context)` of a family gives."""

    params: int
    """All parameters, embeddings counted once."""

    flops_per_token: float
    """Training compute, forward and backward, at the given context; per example where a row is
    a single example."""

    bytes: int
    """Of the weights, as stored."""

    activations: int | None = None
    """Bytes that training holds for each token or example beside weights; None where they are
    to be guessed from the dials `width` and `depth`."""

    layers: float | None = None
    """Layers that a step passes through, a decoder's counting one; None for the dial `depth`."""
