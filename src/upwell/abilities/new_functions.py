"""Functions that training never showed: what is their value somewhere, after a few values?

A shot is a pair of arguments and value. Beside the model's squared error stand, on the same items
and in the same units, those of predictors that need no training: guessing 0, the nearest
neighbours, least squares, lasso on sparse functions, and for linear ones the best there is (Garg
et al. 2022, arXiv 2208.01066). Guessing and the best are the chance and the ceiling of
`squared_error`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Any, Final

import numpy

from ..data import Rows, task_source
from ..data.sources import functions
from ..errors import DataError
from ..models.answering import Answerer, Instance
from ..records import Answer, DataSpec
from . import predictors
from .item import Item

ITEMS: Final = 500
METRICS: Final = ("squared_error",)
MOST_SHOTS: Final = 64

GUESS, BEST = "error of guessing", "error of the best"


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """One question a function of the test split; it and its shots are the same whatever their
    number, fewer being the first of many. Raises DataError for data that are no functions."""
    source = task_source(data[0])
    if not isinstance(source, functions.Source):
        raise DataError(
            f"source {data[0].source!r} makes no functions; ask about the source 'functions'"
        )
    dice = numpy.random.default_rng(ITEMS)
    rows = source.episodes(numpy.arange(ITEMS), "test", MOST_SHOTS + 1, dice)
    return [
        _item(number, {name: each[number] for name, each in rows.items()}, shots, source)
        for number in range(ITEMS)
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """The errors of guessing and of the best predictor on these items; None where unknown."""
    return _mean(GUESS, answers), _mean(BEST, answers)


def _item(number: int, row: Rows, shots: int, source: functions.Source) -> Item:
    """The last argument of the row is asked about."""
    x_NI, y_N = row["features"], row["target"]
    shown, query, value = (x_NI[:shots], y_N[:shots]), x_NI[-1], float(y_N[-1])
    return Item(
        id=f"{number:03d}",
        prompt=Instance({"features": numpy.vstack([shown[0], query]), "target": shown[1]}),
        target=f"{value:.7g}",
        speak=1,
        notes={name: (said - value) ** 2 for name, said in _said(source, *shown, query).items()},
    )


def _said(source: functions.Source, x_NI: Any, y_N: Any, query_I: Any) -> dict[str, float]:
    """What each predictor says."""
    found = {
        GUESS: 0.0,
        "error of neighbours": predictors.neighbours(x_NI, y_N, query_I),
        "error of least squares": predictors.least_squares(x_NI, y_N, query_I),
    }
    if source.kind == "sparse":
        found["error of lasso"] = predictors.lasso(x_NI, y_N, query_I)
    if source.kind == "linear":
        # Weights have variance 1 / inputs.
        found[BEST] = predictors.ridge(x_NI, y_N, query_I, source.noise**2 * source.inputs)
    return found


def _mean(note: str, answers: Sequence[Answer]) -> float | None:
    found = [answer.notes[note] for answer in answers if note in answer.notes]
    return fsum(found) / len(found) if found else None
