"""A dip is found where it was planted, with a p-value that noise alone respects."""

import pytest

from upwell.emergence.detection.dips import find_dip
from upwell.emergence.ladder.ladder import build_ladders

from ..planted import SCALES, curve, slope, table


def test_a_planted_dip_is_found() -> None:
    def dipped(scale: float) -> float:
        return 0.4 if scale == SCALES[6] else 0.8

    found = find_dip(build_ladders(table(curve(dipped, items=500)), "params")[0])
    assert found.scale == SCALES[6]
    assert found.depth == pytest.approx(0.4, abs=0.1)
    assert found.p_value < 1e-6


def test_noise_alone_seldom_dips() -> None:
    rows = [r for i in range(200) for r in curve(slope(0.4, 0.6), ability=str(i), seed=i)]
    found = [find_dip(ladder) for ladder in build_ladders(table(rows), "params")]
    assert sum(d is not None for d in found) <= 10


def test_unknown_noise_has_no_dip() -> None:
    rows = curve(lambda s: 3.0 if s == SCALES[4] else 1.0, metric="loss", noise=0.0)
    assert find_dip(build_ladders(table(rows), "params")[0]) is None
