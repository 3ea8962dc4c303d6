"""Chance and ceiling of metrics, for questions with one correct answer."""

from __future__ import annotations

import math


def bounds(metric: str, num_choices: int) -> tuple[float | None, float | None]:
    """(chance, ceiling) of a metric where one of `num_choices` is correct; None if unknown.

    The chance of generating the correct text by guessing is taken as 0.
    """
    known: dict[str, tuple[float | None, float | None]] = {
        "exact_match": (0.0, 1.0),
        "digit_accuracy": (0.1, 1.0),
        "token_edit_distance": (None, 0.0),
        "accuracy": (1 / num_choices, 1.0),
        "log_probability": (None, 0.0),
        "choice_probability": (1 / num_choices, 1.0),
        "log_loss": (math.log(num_choices), 0.0),
        "calibration_error": (None, 0.0),
        # All choices equally probable: (1 - 1/n)^2 + (n - 1) / n^2.
        "brier": (1 - 1 / num_choices, 0.0),
    }
    return known.get(metric, (None, None))
