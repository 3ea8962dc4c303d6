"""Chinchilla scaling law: loss from parameters and tokens, L = E + A/N^alpha + B/D^beta.

The fit is that of Hoffmann et al. 2022 (arXiv 2203.15556), as corrected by Besiroglu et al. 2024
(arXiv 2404.10102): the summed Huber loss of log-losses, minimized to convergence from several
starts. Standard errors are bootstrapped over models. Models with too few tokens per parameter are
left out and counted; other outliers are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from ...errors import DataError

Floats = npt.NDArray[np.float64]

HUBER_DELTA = 1e-3
"""Differences of log-losses above this count linearly."""

STARTING_POINTS = tuple(
    np.array([np.log(A), np.log(B), np.log(E), slope, slope])
    for E in (0.5, 1.5)
    for A, B, slope in ((50.0, 50.0, 0.2), (500.0, 2000.0, 0.35), (5000.0, 20000.0, 0.5))
)

MIN_TOKENS_PER_PARAM = 0.43
"""Minimum tokens per parameter; below it the law does not hold. It leaves out the same five models
as Besiroglu et al.; with them beta is 0.45 instead of 0.37."""

MIN_MODELS = 10


@dataclass(frozen=True, kw_only=True)
class LossLaw:
    """L = E + A / params^alpha + B / tokens^beta, in the unit of the losses."""

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    stderr: Mapping[str, float]
    """Bootstrap standard errors by name."""

    models: int
    excluded_models: int
    """Models with too few tokens per parameter."""

    def loss(self, params: Floats, tokens: Floats) -> Floats:
        """Expected losses of models."""
        out: Floats = self.E + self.A / params**self.alpha + self.B / tokens**self.beta
        return out


def fit(
    params: Floats, tokens: Floats, loss: Floats, n_bootstrap: int = 40, seed: int = 0
) -> LossLaw:
    """Fit the law to models with `params`, training `tokens` and `loss`, each (models,).

    Raises DataError for fewer than ten models, or for a number that is not positive.
    """
    numbers = np.stack([params, tokens, loss])
    if numbers.shape[1] < MIN_MODELS or not (np.isfinite(numbers) & (numbers > 0)).all():
        raise DataError(
            f"a loss law needs at least {MIN_MODELS} models with positive params, tokens and loss, "
            f"found {numbers.shape[1]} models with a smallest number of {numbers.min():.3g}"
        )
    has_enough_tokens = tokens >= MIN_TOKENS_PER_PARAM * params
    log_data = np.log(numbers[:, has_enough_tokens])
    best = min(
        (_minimize_loss(start, log_data) for start in STARTING_POINTS), key=lambda pair: pair[1]
    )[0]
    rng = np.random.default_rng(seed)
    size = log_data.shape[1]
    refits = [
        _minimize_loss(best, log_data[:, rng.integers(0, size, size)])[0]
        for _ in range(n_bootstrap)
    ]
    values = _params_by_name(best[:, None])
    spread = _params_by_name(np.array(refits).T) if n_bootstrap else {}
    return LossLaw(
        **{name: float(value[0]) for name, value in values.items()},
        stderr={name: float(np.std(value, ddof=1)) for name, value in spread.items()},
        models=size,
        excluded_models=int((~has_enough_tokens).sum()),
    )


def _params_by_name(theta: Floats) -> dict[str, Floats]:
    """Parameters by name from the search space (5, fits)."""
    return {
        "E": np.exp(theta[2]),
        "A": np.exp(theta[0]),
        "B": np.exp(theta[1]),
        "alpha": theta[3],
        "beta": theta[4],
    }


def _minimize_loss(start: Floats, log_data: Floats) -> tuple[Floats, float]:
    # Summed, not averaged, and to a tight tolerance: the estimate published in 2022 was wrong
    # because the optimizer stopped early.
    options = {"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-10}
    result = minimize(_loss, start, args=(log_data,), jac=True, method="L-BFGS-B", options=options)
    return result.x, float(result.fun)


def _loss(theta: Floats, log_data: Floats) -> tuple[float, Floats]:
    """Summed Huber loss and its gradient."""
    a, b, e, alpha, beta = theta
    terms = np.stack(
        [a - alpha * log_data[0], b - beta * log_data[1], np.full(log_data.shape[1], e)]
    )
    predicted = logsumexp(terms, axis=0)
    error = predicted - log_data[2]
    inside = np.abs(error) <= HUBER_DELTA
    value = np.where(
        inside, 0.5 * error**2, HUBER_DELTA * (np.abs(error) - 0.5 * HUBER_DELTA)
    ).sum()
    residual_gradient = np.where(inside, error, HUBER_DELTA * np.sign(error)) * np.exp(
        terms - predicted
    )
    slopes = residual_gradient.sum(axis=1)
    gradient = np.array(
        [
            *slopes,
            -(residual_gradient[0] * log_data[0]).sum(),
            -(residual_gradient[1] * log_data[1]).sum(),
        ]
    )
    return float(value) / HUBER_DELTA, gradient / HUBER_DELTA
