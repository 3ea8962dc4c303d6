"""What guessing gets and what perfection gets, for questions with a written answer."""

from __future__ import annotations

import math


def bounds(metric: str, choices: int) -> tuple[float | None, float | None]:
    """Chance and ceiling of a metric where one of `choices` is right; None if unknown.

    The chance of writing a whole number right without knowing is taken as 0.
    """
    known: dict[str, tuple[float | None, float | None]] = {
        "exact_match": (0.0, 1.0),
        "digit_accuracy": (0.1, 1.0),
        "token_edit_distance": (None, 0.0),
        "accuracy": (1 / choices, 1.0),
        "log_probability": (None, 0.0),
        "choice_probability": (1 / choices, 1.0),
        "log_loss": (math.log(choices), 0.0),
        "calibration_error": (None, 0.0),
        # All choices equally probable: (1 - 1/n)^2 + (n - 1) / n^2.
        "brier": (1 - 1 / choices, 0.0),
    }
    return known.get(metric, (None, None))
