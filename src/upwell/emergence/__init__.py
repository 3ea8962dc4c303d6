"""What the measurements say: verdicts, and forecasts with intervals.

This room sees only records. It judges our table or anyone's, on a laptop, in seconds,
and cannot be bent by how the models were made. It refuses to guess: an unknown metric is
left out, a missing value is counted, a ladder that is too short or too noisy is undecided.
"""

from .backtesting import backtest, backtest_each
from .forecasting import forecast
from .judging import judge
from .scores import grade

__all__ = ["backtest", "backtest_each", "forecast", "grade", "judge"]
