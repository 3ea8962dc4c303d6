"""Verdicts and forecasts from tables of measurements.

This package uses only records and no torch. It judges our tables and those of others on a laptop,
in seconds. It does not guess: unknown metrics are left out, missing values are counted, and ladders
that are too short or too noisy are undecided.
"""

from .detection.verdicts import judge
from .forecasting.backtest import backtest, backtest_each_family
from .forecasting.forecast import forecast
from .forecasting.scoring import grade

__all__ = ["backtest", "backtest_each_family", "forecast", "grade", "judge"]
