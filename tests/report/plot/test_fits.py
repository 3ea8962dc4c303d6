import numpy as np
import pytest

from upwell.emergence import judge
from upwell.records import Fit
from upwell.report.plot.fits import build_fit_lines
from upwell.report.series.ladder_curves import build_curves

from .. import planted


def one_curve(shape="jump", rungs=8):
    table = planted.table(planted.rows("addition", shape, planted.scales(rungs)))
    verdict = next(one for one in judge(table) if one.metric == "exact_match")
    return verdict, build_curves(table, "params")["decoder", "addition", 0][0]


def test_a_fit_line_follows_the_parameters_of_the_fit():
    verdict, curve = one_curve("slope")
    fit = next(one for one in verdict.fits if one.curve == "linear")
    [line] = build_fit_lines((fit,), curve)
    logs = np.log([scale for scale, _ in line.points])
    values = [value for _, value in line.points]
    means = {rung.scale: rung.mean for rung in curve.rungs}
    interpolated = np.interp(np.log(list(means)), logs, values)
    expected = fit.params["offset"] + fit.params["height"] * np.log(list(means))
    assert interpolated == pytest.approx(expected, abs=1e-6)


def test_the_best_line_and_its_rival_are_of_two_camps():
    verdict, curve = one_curve("jump")
    best, alternative = build_fit_lines(verdict.fits, curve)
    assert not best.is_alternative and best.name in ("step", "logistic", "broken law")
    assert alternative.is_alternative and alternative.name in ("power law", "log-linear", "flat")


def test_lines_end_where_the_rungs_end():
    verdict, curve = one_curve()
    scales = [scale for line in build_fit_lines(verdict.fits, curve) for scale, _ in line.points]
    assert min(scales) == pytest.approx(curve.rungs[0].scale)
    assert max(scales) == pytest.approx(curve.rungs[-1].scale)


def test_a_curve_without_a_formula_has_no_line():
    _, curve = one_curve()
    unknown_fit = Fit(curve="spline", params={"knots": 3.0}, loss=0.1, loo_mse=0.1, n_points=8)
    assert build_fit_lines((unknown_fit,), curve) == []


def test_a_fit_that_left_nothing_out_cannot_be_ranked():
    _, curve = one_curve()
    unranked = Fit(curve="flat", params={"offset": 0.5, "height": 0.0}, loss=0.1, n_points=8)
    assert build_fit_lines((unranked,), curve) == []
