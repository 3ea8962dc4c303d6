"""Held-out texts to be translated, judged against the translations that stand beside them.

The questions come from the test split of the run's own pairs, whatever its limit; sources of a
mixture that have no pairs are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..data import PairSource, pairs, source
from ..errors import SpecError
from ..models.answering import Answerer
from ..records import Answer, DataSpec
from . import guessing
from .item import Item

ITEMS: Final = 200
MOST_SHOTS: Final = 0
METRICS: Final = ("chrf", "bleu", "log_probability", "loss")

SPEAK: Final = 64
"""Most tokens of a translation."""


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """At most `ITEMS` held-out pairs: the first text is shown, the second would be right.

    Raises SpecError where no source has pairs.
    """
    having = [spec for spec in data if isinstance(source(spec), PairSource)]
    if not having:
        raise SpecError(
            "ability 'translation' asks about pairs of texts, and no source of the study has any; "
            "give it the source 'pairs'"
        )
    each = max(1, ITEMS // len(having))
    return [
        Item(id=f"{place}-{number:04d}", prompt=shown, target=right, speak=SPEAK)
        for place, spec in enumerate(having)
        for number, (shown, right) in enumerate(
            pairs(replace(spec, split="test", revision=None), each)
        )
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """What perfection gets; what guessing gets is not known, and copying is no guess."""
    if metric in ("chrf", "bleu"):
        return None, 100.0
    return (None, 0.0) if metric == "loss" else guessing.bounds(metric, 1)
