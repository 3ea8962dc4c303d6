"""Translation: a text in another language, by an encoder-decoder; chrF chooses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.files import FORMATS as FILES
from ...data.labelled.pairs import read_pairs
from ...records import Adapt, Adapted, Score, Shown
from .. import speaking
from ..encoding import Encoded
from ..given import Given
from ..network import Whole
from ..overlaps import chrf_and_bleu, chrf_each
from ..speaking import length, loss, outputs, row

if TYPE_CHECKING:
    from ..material import Rows

READS = "words"
FITTED = False
FORMATS = FILES

MOST_CHOOSING = 500
"""Rows that choose, at most: each is translated after every round."""

__all__ = ["length", "loss", "outputs", "row"]


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Rows of a CSV, TSV, JSON lines or Parquet file with a text and its translation."""
    return read_pairs(path, columns, labelled=labelled)


def labels_of(data: Labelled) -> tuple[str, ...]:
    """None: what is said is no label."""
    return ()


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Encoded:
    """Sources and targets as token ids."""
    return speaking.encode(rows, given, length)


def body(given: Given, adapt: Adapt) -> Whole:
    """The model as it is."""
    return speaking.body(given)


def loaded(given: Given) -> Whole:
    """The model of a folder that was shipped, in eval mode."""
    return speaking.body(given).eval()


def shipped(body: Whole, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers that was trained."""
    return body.model.eval()


def scores(said: Sequence[str], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """chrF and BLEU, 0 to 1, with intervals."""
    return chrf_and_bleu(said, [str(row.truth) for row in rows.rows])


def main_score(said: Sequence[str], rows: Rows, adapt: Adapt, several: bool) -> float:
    """chrF of all rows together."""
    return scores(said, rows, adapt, several)[0].value


def shown(said: Sequence[str], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Rows with their translations, worst first on a page."""
    worth = chrf_each(said, [str(row.truth) for row in rows.rows])
    return speaking.shown(said, rows.rows, worth)


def predictions(
    said: Sequence[str], rows: Sequence[Row], encoded: Encoded, adapted: Adapted
) -> list[dict[str, Any]]:
    """The translation of each text."""
    return speaking.predictions(said, rows, adapted)
