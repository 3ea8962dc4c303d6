"""How many tokens of a target are the most probable ones; what two abilities share."""

from __future__ import annotations

from collections.abc import Sequence

from ...metrics.extras import ARGMAX_MATCHES_KEY
from ...models.protocols import LM, NoAnswer
from ..item import Item


def num_argmax_matches(items: Sequence[Item], lm: LM) -> list[dict[str, float] | NoAnswer]:
    """`ARGMAX_MATCHES_KEY` of each item; no extra from a model without most probable tokens."""
    predictions = lm.argmax_tokens([(item.prompt, item.target) for item in items])
    if isinstance(predictions, NoAnswer):
        return [{} for _ in items]
    return [
        predicted
        if isinstance(predicted, NoAnswer)
        else {
            ARGMAX_MATCHES_KEY: float(
                sum(a == b for a, b in zip(predicted, item.target, strict=True))
            )
        }
        for item, predicted in zip(items, predictions, strict=True)
    ]
