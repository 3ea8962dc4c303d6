"""How a ladder moves: most creep, some go faster, and some leap between two rungs.

A ladder that has leapt would be drawn back from where its last rung stands if it were taken
for one that creeps. Asked only of ladders whose rungs have several seeds: of a single run a
leap cannot be told from an odd run (measured in benchmarks/emergence). How common each pace
is, is learnt from the ladders that stand on the same rungs (empirical Bayes; Robbins 1956).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from .kriging import WANDERING, Kernel, ends, likelihood

Floats = npt.NDArray[np.float64]

SIZES = (1.0, 4.0, 16.0)
"""How many times as far as most a ladder may move between rungs."""

DOUBT = 2.0
"""Log-odds against each of them beside the one before, and against any leap beside none, prior
to any value."""

LEANS = 4.0
"""Ladders that this prior counts as, beside those of the table."""

ROUNDS = 10


def paces(rungs: int, kernel: Kernel) -> list[Kernel]:
    """The kernel at each size, then with a leap in each gap between rungs."""
    sized = [
        replace(kernel, line=s * kernel.line, level=s * kernel.level, slope=s * kernel.slope)
        for s in SIZES
    ]
    return sized + [replace(kernel, gap=gap) for gap in range(1, rungs)]


def probable(reach: Floats, value: Floats, noise: Floats) -> Floats:
    """(paces, ladders) how probable each pace is; the arguments of `kriging.ends`."""
    kernels = paces(reach.size, WANDERING)
    evidence = np.stack([likelihood(reach, value, noise, kernel) for kernel in kernels])
    usual = share = _usual(reach.size)
    for _ in range(ROUNDS):
        found = softmax(evidence + np.log(share), axis=0)
        share = (LEANS * usual + found.sum(axis=1, keepdims=True)) / (LEANS + len(value))
    return softmax(evidence + np.log(share), axis=0)


def _usual(rungs: int) -> Floats:
    """(paces, 1) how common each pace is where nothing was seen yet."""
    gaps = rungs - 1
    sizes = -DOUBT * np.arange(len(SIZES))
    leaps = np.full(gaps, -DOUBT - np.log(gaps))
    out: Floats = softmax(np.concatenate([sizes, leaps]))[:, None]
    return out


def paced(
    reach: Floats, value: Floats, noise: Floats, kernels: tuple[Kernel, ...]
) -> list[tuple[Floats, Floats]]:
    """(level, rate) at the last rung for each kernel, the mean over paces as they are probable."""
    weight = probable(reach, value, noise)[:, None]
    return [_mean(reach, value, noise, kernel, weight) for kernel in kernels]


def _mean(
    reach: Floats, value: Floats, noise: Floats, kernel: Kernel, weight: Floats
) -> tuple[Floats, Floats]:
    found = [ends(reach, value, noise, pace) for pace in paces(reach.size, kernel)]
    level, rate = (weight * np.array(found)).sum(axis=0)
    return level, rate
