from dataclasses import replace

import polars as pl
import pytest

from upwell.emergence import judge
from upwell.records import Table, Verdict
from upwell.report.sections.controls import check_planted, check_untrained

from .. import planted

SCALES = planted.scales(8, 1e5, 1e9)


def ruler(step="jump", slope="slope"):
    rows = planted.rows("step", step, SCALES) + planted.rows("slope", slope, SCALES)
    return {one.name: one for one in check_planted(judge(planted.table(rows), with_fits=False))}


def test_a_judge_that_finds_the_step_and_not_the_slope_passes():
    controls = ruler()
    assert controls["Planted step"].passed
    assert controls["Planted slope"].passed


def test_a_step_that_is_taken_out_is_not_passed():
    assert not ruler(step="slope")["Planted step"].passed


def test_a_slope_that_is_called_a_jump_is_not_passed():
    assert not ruler(slope="jump")["Planted slope"].passed


def test_a_control_that_was_not_run_is_not_passed():
    names = {one.name: one.passed for one in check_planted([])}
    assert names == {"Planted step": None, "Planted slope": None}


def test_a_mistake_on_any_metric_fails_the_control():
    fine = Verdict(
        ability="slope", metric="exact_match", axis="params", kind="smooth", explanation=""
    )
    wrong = replace(fine, metric="log_probability", kind="emergent")
    assert check_planted([fine])[1].passed
    assert not check_planted([fine, wrong])[1].passed


def untrained_at(value, items=200, chance=0.1):
    rows = planted.rows("induction", "flat", SCALES, metrics=("accuracy",), tokens=(0,))
    frame = planted.table(rows).frame.with_columns(
        pl.lit(value, pl.Float64).alias("value"),
        pl.lit(items, pl.Int64).alias("items"),
        pl.lit(chance, pl.Float64).alias("chance"),
        pl.lit("out of memory").alias("reason"),
    )
    [control] = check_untrained(Table(frame))
    return control


def test_an_untrained_model_at_chance_passes():
    assert untrained_at(0.11).passed
    assert untrained_at(0.0).passed


def test_an_untrained_model_far_above_chance_fails():
    assert untrained_at(0.3).passed is False


def test_one_lucky_item_does_not_fail_a_control_without_chance():
    assert untrained_at(0.005, chance=0.0).passed
    assert untrained_at(0.1, chance=0.0).passed is False


@pytest.mark.parametrize("change", [{"items": None}, {"value": None}])
def test_what_cannot_be_graded_is_not_passed(change):
    assert untrained_at(**{"value": 0.1, **change}).passed is None


def test_a_table_without_untrained_models_says_so():
    rows = planted.rows("induction", "flat", SCALES, tokens=(1000,))
    [control] = check_untrained(planted.table(rows))
    assert control.passed is None
    assert control.result == "no untrained model was measured"
