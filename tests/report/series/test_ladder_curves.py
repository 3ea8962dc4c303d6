import polars as pl
import pytest

from upwell.emergence.ladder.ladder import build_ladders, select_rows
from upwell.records import Table
from upwell.report.series.ladder_curves import build_curves

from .. import planted


@pytest.fixture
def table():
    params = planted.scales(6)
    rows = planted.rows("addition", "slope", params, missing=2)
    return planted.table([*rows, *planted.rows("text", "jump", params, shots=2)])


@pytest.mark.parametrize("axis", ["params", "tokens", "flops", "loss", "step", "shots"])
def test_means_are_those_that_the_judge_uses(table, axis):
    curves = {
        (*key, curve.metric.name): curve
        for key, group in build_curves(table, axis).items()
        for curve in group
    }
    judged = build_ladders(table, axis)
    assert judged
    for ladder in judged:
        curve = curves[ladder.family, ladder.ability, ladder.shots, ladder.metric.name]
        means = [rung.mean for rung in curve.rungs if rung.mean is not None]
        assert means == pytest.approx(ladder.value.tolist())
        assert curve.num_missing == ladder.missing


def test_models_without_training_are_no_rungs(table):
    assert (table.frame["tokens"] == 0).any()
    assert not (select_rows(table, "params")["tokens"] == 0).any()


def test_missing_values_keep_their_reason_and_are_no_zeros(table):
    curve = build_curves(table, "params")["decoder", "addition", 0][0]
    gaps = [seed for rung in curve.rungs for seed in rung.seeds if seed.value is None]
    assert len(gaps) == curve.num_missing == 1
    assert all(seed.reason == "the run ended early: loss was not finite" for seed in gaps)
    assert curve.rungs[0].mean is not None


def test_a_rung_without_any_value_has_no_mean(table):
    everything = table.frame.with_columns(
        pl.when(pl.col("params") == pl.col("params").min())
        .then(None)
        .otherwise(pl.col("value"))
        .alias("value")
    )
    curve = build_curves(Table(everything), "params")["decoder", "text", 2][0]
    assert curve.rungs[0].mean is None
    assert curve.num_missing == 3


def test_intervals_stay_within_the_bounds_of_the_metric(table):
    for group in build_curves(table, "params").values():
        for curve in group:
            for rung in curve.rungs:
                assert rung.low is not None and rung.high is not None
                assert curve.metric.low is None or rung.low >= curve.metric.low
                assert curve.metric.high is None or rung.high <= curve.metric.high


def test_unknown_noise_gives_no_interval():
    params = planted.scales(5)
    rows = planted.rows("text", "slope", params, seeds=1, metrics=("bits_per_byte",))
    curve = build_curves(planted.table(rows), "params")["decoder", "text", 0][0]
    assert all(rung.low is None and rung.high is None for rung in curve.rungs)


def test_sharp_metrics_come_first(table):
    names = [curve.metric.name for curve in build_curves(table, "params")["decoder", "addition", 0]]
    assert names == ["exact_match", "log_probability"]
