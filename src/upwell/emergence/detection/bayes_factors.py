"""Posterior probabilities of the hypotheses, for each ladder by itself.

Every shape of `hypotheses` is a linear model with Gaussian amplitudes. Its marginal likelihood has
a closed form, so thousands of ladders are evaluated at once without an optimizer. Item noise is
known; the noise between models beyond it is marginalized over six levels. Noise that rungs share
is given in the basis in which it is independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, logsumexp

from .hypotheses import CandidateShapes, flat_shapes, jump_shapes, smooth_shapes, u_shapes

Floats = npt.NDArray[np.float64]

HYPOTHESES = ("flat", "smooth", "jump", "u_shape", "fall")

HYPOTHESIS_PRIOR = {"flat": 0.26, "smooth": 0.37, "jump": 0.2, "u_shape": 0.05, "fall": 0.12}
"""Prior probabilities. One ability in five jumps; of the 135 tasks that Wei et al. 2022 label, it
is a quarter."""

AMPLITUDE_PRIOR_SD = 0.35
"""Standard deviation of an amplitude, in units of the metric."""

MIN_JUMP = 0.1
"""Minimum height of a jump, in units of the metric."""

MODEL_NOISE_LEVELS = (0.003, 0.01, 0.02, 0.04, 0.08, 0.16)
"""Standard deviations between models beyond item noise, in units of the metric."""

MODEL_NOISE_PRIOR = (0.25, 0.25, 0.22, 0.16, 0.08, 0.04)


@dataclass(frozen=True, kw_only=True)
class HypothesisEvidence:
    """Evidence from a batch of ladders with the same rungs."""

    posterior: dict[str, Floats]
    """(ladders,) posterior probability of each hypothesis; they sum to 1."""

    location_posterior: Floats
    """(ladders, gaps) probability of each location of the jump, given a jump."""

    locations: Floats
    """(gaps,) log-scale of the center of each gap between rungs."""

    evidence_z: Floats
    """(ladders,) height of the jump above the best trend, over its standard error."""

    jump_height: Floats
    """(ladders,) height of the jump in units of the metric, given a jump."""

    trend_z: Floats
    """(ladders,) change of a line from the first to the last rung, over its standard error."""

    trend_sd: Floats
    """(ladders,) standard error of that change, in units of the metric."""


@dataclass(frozen=True)
class _MarginalLikelihood:
    log_evidence: Floats  # (ladders, shapes) log evidence, marginalized over model noise
    mean: Floats  # (ladders, shapes) posterior mean of the signed amplitude
    sd: Floats  # (ladders, shapes)
    log_evidence_positive: Floats  # (ladders, shapes) log evidence of a positive amplitude
    log_evidence_negative: Floats


def compare_hypotheses(
    log_scale: Floats, value: Floats, se: Floats, basis: Floats | None = None
) -> HypothesisEvidence:
    """Evidence for ladders that share their rungs.

    `log_scale` is (rungs,). `value` and its standard error `se` are (ladders, rungs), in units of
    the metric and signed such that larger is better; `se` is NaN where unknown.

    With a `basis`, (rungs, rungs) with orthonormal columns, `se` is the noise along these columns:
    the square roots of the eigenvalues of a covariance. Without one, rungs are independent.
    """
    centered = value - np.median(value, axis=1, keepdims=True)
    item_se = np.where(np.isnan(se), 0.0, se)
    flat_fit, smooth_fit = (
        _marginal_likelihood(candidates(log_scale), centered, item_se, basis)
        for candidates in (flat_shapes, smooth_shapes)
    )
    jump_candidates = jump_shapes(log_scale)
    jump_fit = _marginal_likelihood(jump_candidates, centered, item_se, basis)
    has_no_trend = ~jump_candidates.trend.any(axis=1)
    u_fit = _marginal_likelihood(u_shapes(log_scale), centered, item_se, basis)
    log_evidence = {
        "flat": _log_mean_evidence(flat_fit.log_evidence),
        "smooth": _log_mean_evidence(smooth_fit.log_evidence_positive),
        "jump": _log_mean_evidence(jump_fit.log_evidence_positive),
        "u_shape": _log_mean_evidence(u_fit.log_evidence_positive),
        # A drop within a rise is a dip, so only drops without a trend count as a fall.
        "fall": _log_mean_evidence(
            np.concatenate(
                [smooth_fit.log_evidence_negative, jump_fit.log_evidence_negative[:, has_no_trend]],
                axis=1,
            )
        ),
    }
    joint = np.stack([log_evidence[name] + np.log(HYPOTHESIS_PRIOR[name]) for name in HYPOTHESES])
    posterior = np.exp(joint - logsumexp(joint, axis=0))
    return _build_evidence(
        jump_candidates, jump_fit, smooth_fit, dict(zip(HYPOTHESES, posterior, strict=True))
    )


def _build_evidence(
    candidates: CandidateShapes,
    jump_fit: _MarginalLikelihood,
    smooth_fit: _MarginalLikelihood,
    posterior: dict[str, Floats],
) -> HypothesisEvidence:
    locations = np.unique(candidates.center)
    weights = np.exp(
        jump_fit.log_evidence_positive
        - logsumexp(jump_fit.log_evidence_positive, axis=1, keepdims=True)
    )
    location_posterior = np.stack(
        [weights[:, candidates.center == p].sum(axis=1) for p in locations], axis=1
    )
    has_trend = candidates.trend.any(axis=1)
    best = np.where(has_trend, jump_fit.log_evidence_positive, -np.inf).argmax(axis=1)
    row = np.arange(len(best))
    return HypothesisEvidence(
        posterior=posterior,
        location_posterior=location_posterior,
        locations=locations,
        evidence_z=jump_fit.mean[row, best] / jump_fit.sd[row, best],
        jump_height=(weights * jump_fit.mean).sum(axis=1),
        trend_z=smooth_fit.mean[:, 0] / smooth_fit.sd[:, 0],
        trend_sd=smooth_fit.sd[:, 0],
    )


def _log_mean_evidence(log_evidence: Floats) -> Floats:
    """(ladders,) log of the mean evidence over shapes, which have equal prior probability."""
    out: Floats = logsumexp(log_evidence, axis=1) - np.log(log_evidence.shape[1])
    return out


def _marginal_likelihood(
    shapes: CandidateShapes, value: Floats, item_se: Floats, basis: Floats | None
) -> _MarginalLikelihood:
    design = np.stack([np.ones_like(shapes.column), shapes.trend, shapes.column], axis=1)
    if basis is not None:
        design, value = design @ basis, value @ basis
    levels = [
        _fit_at_noise_level(design, value, item_se**2 + model_sd**2)
        for model_sd in MODEL_NOISE_LEVELS
    ]
    log_evidence = np.stack([level[0] for level in levels])
    log_evidence = log_evidence + np.log(np.array(MODEL_NOISE_PRIOR))[:, None, None]
    mean, sd = (np.stack([level[i] for level in levels]) for i in (1, 2))
    ratio = mean / sd
    weights = np.exp(log_evidence - logsumexp(log_evidence, axis=0))
    min_amplitude = MIN_JUMP if shapes.kind == "jump" else 0.0
    above_minimum = log_evidence - log_ndtr(-min_amplitude / AMPLITUDE_PRIOR_SD)
    return _MarginalLikelihood(
        log_evidence=logsumexp(log_evidence, axis=0),
        mean=(weights * mean).sum(axis=0),
        sd=np.sqrt((weights * sd**2).sum(axis=0)),
        log_evidence_positive=logsumexp(
            above_minimum + log_ndtr((mean - min_amplitude) / sd), axis=0
        ),
        log_evidence_negative=logsumexp(log_evidence + np.log(2) + log_ndtr(-ratio), axis=0),
    )


def _fit_at_noise_level(
    design: Floats, value: Floats, variance: Floats
) -> tuple[Floats, Floats, Floats]:
    """(log evidence, mean, standard deviation) of the amplitude, each (ladders, shapes).

    `design` is (shapes, 3, rungs): a constant, the trend and the shape itself.
    """
    weight = 1.0 / variance
    shape = (len(value), len(design), 3)
    products = (design[:, :, None, :] * design[:, None, :, :]).reshape(-1, design.shape[2])
    matrix = (weight @ products.T).reshape(*shape, 3)
    vector = ((weight * value) @ design.reshape(-1, design.shape[2]).T).reshape(shape)
    matrix[..., range(3), range(3)] += (
        1.0 / np.array([1.0, AMPLITUDE_PRIOR_SD, AMPLITUDE_PRIOR_SD]) ** 2
    )
    determinant, explained, mean, sd = _solve_normal_equations(matrix, vector)
    fixed = np.log(variance).sum(axis=1) + (weight * value**2).sum(axis=1)
    return 0.5 * (explained - determinant - fixed[:, None]), mean, sd


def _solve_normal_equations(
    matrix: Floats, vector: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """(log-determinant, v'M^-1 v, mean, standard deviation), the last two of the last coefficient.

    Gaussian elimination over all ladders and shapes at once. The pivot of the last coefficient is
    the inverse of its variance.
    """
    size = vector.shape[-1]
    determinant = np.zeros(vector.shape[:-1])
    explained = np.zeros(vector.shape[:-1])
    for i in range(size):
        pivot = matrix[..., i, i]
        determinant += np.log(pivot)
        explained += vector[..., i] ** 2 / pivot
        for j in range(i + 1, size):
            factor = matrix[..., j, i] / pivot
            matrix[..., j, i:] -= factor[..., None] * matrix[..., i, i:]
            vector[..., j] -= factor * vector[..., i]
    last = matrix[..., -1, -1]
    return determinant, explained, vector[..., -1] / last, 1.0 / np.sqrt(last)
