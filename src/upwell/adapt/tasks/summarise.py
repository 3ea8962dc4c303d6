"""Summaries: a shorter text of a long one, by an encoder-decoder; ROUGE-L chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...data.labelled import Row
from ...records import Adapt, Adapted, Score, Shown
from .. import speaking
from ..encoding import Encoded
from ..overlaps import rouge_l
from ..scoring import mean
from .translate import (
    FITTED,
    FORMATS,
    MOST_CHOOSING,
    READS,
    body,
    encode,
    labels_of,
    length,
    loaded,
    loss,
    outputs,
    read,
    row,
    shipped,
)

if TYPE_CHECKING:
    from ..material import Rows

__all__ = [
    "FITTED", "FORMATS", "MOST_CHOOSING", "READS", "body", "encode", "labels_of", "length",
    "loaded", "loss", "outputs", "read", "row", "shipped",
]  # fmt: skip


def scores(said: Sequence[str], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """ROUGE-L, the mean of its F-measure over rows, with an interval."""
    return (mean("rouge_l", _worth(said, rows)),)


def main_score(said: Sequence[str], rows: Rows, adapt: Adapt, several: bool) -> float:
    """The same, to choose by."""
    worth = _worth(said, rows)
    return sum(worth) / len(worth)


def shown(said: Sequence[str], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Rows with their summaries, worst first on a page."""
    return speaking.shown(said, rows.rows, _worth(said, rows))


def predictions(
    said: Sequence[str], rows: Sequence[Row], encoded: Encoded, adapted: Adapted
) -> list[dict[str, Any]]:
    """The summary of each text."""
    return speaking.predictions(said, rows, adapted)


def _worth(said: Sequence[str], rows: Rows) -> list[float]:
    return [rouge_l(text, str(row.truth)) for text, row in zip(said, rows.rows, strict=True)]
