from dataclasses import replace

import pytest

from upwell.records import DataSpec
from upwell.report.sections.cost import compute_rung_costs, render
from upwell.report.sections.report_data import ReportData
from upwell.report.series.runs import collect_runs
from upwell.store import RunFailure

from .. import planted

PARAMS = planted.scales(3)
STUDY = planted.study(PARAMS, seeds=2)


@pytest.fixture
def data():
    rows = planted.rows("addition", "slope", PARAMS, seeds=2, tokens=(0, 1_500_000))
    return ReportData(
        study=STUDY,
        table=planted.join_runs(rows, STUDY, PARAMS),
        verdicts=[],
        plan=planted.plan(STUDY, PARAMS),
        progress=planted.progress(STUDY, PARAMS),
        seconds=planted.seconds(STUDY, PARAMS),
    )


def test_tokens_of_a_branch_count_from_its_fork(data):
    smallest = compute_rung_costs(data)[0]
    trunk, branches = 1_200_000, 0.2 * (400_000 + 800_000 + 1_500_000)
    assert smallest.spent.tokens == pytest.approx(2 * (trunk + branches), rel=0.02)
    assert smallest.planned_tokens == 2 * (trunk + branches)


def test_compute_is_tokens_times_what_a_token_takes(data):
    for rung_cost, size in zip(compute_rung_costs(data), PARAMS, strict=True):
        assert rung_cost.spent.flops == pytest.approx(6 * size * rung_cost.spent.tokens)


def test_time_is_what_the_runs_recorded(data):
    assert sum(rung_cost.spent.seconds for rung_cost in compute_rung_costs(data)) == sum(
        data.seconds.values()
    )


def test_what_was_not_recorded_is_unknown_and_not_free(data):
    unrecorded = replace(data, progress=(), seconds={})
    assert all(
        rung_cost.spent.tokens is None and rung_cost.spent.flops is None
        for rung_cost in compute_rung_costs(unrecorded)
    )
    assert "The cost was not recorded." in render(unrecorded)


def test_without_a_plan_there_is_nothing_to_compare_the_cost_with(data):
    assert "There is no plan to compare the cost with" in render(replace(data, plan=None))


def test_nothing_known_is_a_sentence(data):
    text = render(replace(data, plan=None, progress=(), seconds={}))
    assert "the cost is unknown" in text and "<table" not in text


def test_failed_runs_are_named_with_their_reason(data):
    text = render(replace(data, failures=[RunFailure(run="r7", reason="out of memory")]))
    assert "1 run failed" in text and "out of memory" in text


def test_runs_are_named_by_the_parameters_that_the_table_knows(data):
    known = collect_runs(data.plan, data.table)
    assert {one.rung for one in known.values()} == {
        "4.2K parameters", "29.7K parameters", "210K parameters",
    }  # fmt: skip
    without = collect_runs(data.plan, planted.table(data.table.frame.drop("run").to_dicts()))
    assert {one.rung for one in without.values()} >= {"width 8 depth 1"}


def test_along_rows_a_rung_is_a_size_of_the_training_set(data):
    study = replace(STUDY, axis="train_rows", train_sizes=(100, 200))
    runs = tuple(
        replace(run, data=(DataSpec(source="digits", limit=100 * (1 + index % 2)),))
        for index, run in enumerate(data.plan.runs)
    )
    known = collect_runs(replace(data.plan, study=study, runs=runs), data.table)
    assert {each.rung for each in known.values()} == {"100 rows", "200 rows"}
    assert {each.size for each in known.values()} == {100, 200}
    usual = collect_runs(replace(data.plan, runs=runs), data.table)
    assert all("parameters" in each.rung for each in usual.values())
