"""Functions that training never showed: their value at a point, after a few values.

A shot is a pair of arguments and value. On the same items and in the same units stand the squared
errors of predictors that need no training: 0, nearest neighbors, least squares, lasso on sparse
functions, and the optimal predictor of linear ones (Garg et al. 2022, arXiv 2208.01066). The
errors of 0 and of the optimal predictor are the chance and the ceiling of `squared_error`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Any, Final

import numpy

from ...data import Rows, load_task_source
from ...data.sources import functions
from ...errors import DataError
from ...models.protocols import LM, ArrayInput
from ...records import Answer, DataSpec
from ..base import Ability, Bounds, DataAbility
from ..item import Item
from . import baseline_predictors

BASELINE_PREFIX = "squared_error_"
"""Followed by the name of a baseline predictor: its squared error on the item."""

ZERO_ERROR_KEY = f"{BASELINE_PREFIX}zero"
OPTIMAL_ERROR_KEY = f"{BASELINE_PREFIX}optimal"


class NewFunctions(DataAbility):
    """One query per function of the test split of the first source.

    A function and its shots are the same for any number of shots, and fewer shots are the first
    of many. Raises DataError for a source other than `functions`.
    """

    num_items = 500
    max_shots = 64
    metrics = ("squared_error",)

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """The value of each function at a point, after `shots` values."""
        source = load_task_source(data[0])
        if not isinstance(source, functions.Source):
            raise DataError(
                f"source {data[0].source!r} has no functions; choose the source 'functions'"
            )
        rng = numpy.random.default_rng(self.num_items)
        rows = source.episodes(numpy.arange(self.num_items), "test", self.max_shots + 1, rng)
        return [
            _build_item(
                number, {name: values[number] for name, values in rows.items()}, shots, source
            )
            for number in range(self.num_items)
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Mean error of predicting 0 and of the optimal predictor on these items."""
        return _mean_extra(ZERO_ERROR_KEY, answers), _mean_extra(OPTIMAL_ERROR_KEY, answers)


def _build_item(number: int, row: Rows, shots: int, source: functions.Source) -> Item:
    """The last argument of the row is the query."""
    x_NI, y_N = row["features"], row["target"]
    examples, query, value = (x_NI[:shots], y_N[:shots]), x_NI[-1], float(y_N[-1])
    return Item(
        id=f"{number:03d}",
        prompt=ArrayInput({"features": numpy.vstack([examples[0], query]), "target": examples[1]}),
        target=f"{value:.7g}",
        max_new_tokens=1,
        extras={
            name: (prediction - value) ** 2
            for name, prediction in _baseline_predictions(source, *examples, query).items()
        },
    )


def _baseline_predictions(
    source: functions.Source, x_NI: Any, y_N: Any, query_I: Any
) -> dict[str, float]:
    """{name of the extra: value that the predictor gives for the query}."""
    predictions = {
        ZERO_ERROR_KEY: 0.0,
        f"{BASELINE_PREFIX}knn": baseline_predictors.knn(x_NI, y_N, query_I),
        f"{BASELINE_PREFIX}least_squares": baseline_predictors.least_squares(x_NI, y_N, query_I),
    }
    if source.kind == "sparse":
        predictions[f"{BASELINE_PREFIX}lasso"] = baseline_predictors.lasso(x_NI, y_N, query_I)
    if source.kind == "linear":
        # Weights have variance 1 / inputs.
        predictions[OPTIMAL_ERROR_KEY] = baseline_predictors.ridge(
            x_NI, y_N, query_I, source.noise**2 * source.inputs
        )
    return predictions


def _mean_extra(key: str, answers: Sequence[Answer]) -> float | None:
    values = [answer.extras[key] for answer in answers if key in answer.extras]
    return fsum(values) / len(values) if values else None


ABILITIES: Final[dict[str, Ability]] = {"new_functions": NewFunctions()}
