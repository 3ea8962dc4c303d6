"""How large a model is, known before it is built."""

from __future__ import annotations

from dataclasses import dataclass


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

    layers: int | None = None
    """Layers that a step passes through; None where that is the dial `depth`."""
