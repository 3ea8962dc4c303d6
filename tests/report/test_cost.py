from dataclasses import replace

import pytest

from upwell.records import DataSpec
from upwell.report.cost import bills, shown
from upwell.report.ran import known_runs
from upwell.report.story import Story
from upwell.store import Failure

from . import planted

PARAMS = planted.scales(3)
ASKED = planted.study(PARAMS, seeds=2)


@pytest.fixture
def story():
    made = planted.rows("addition", "slope", PARAMS, seeds=2, tokens=(0, 1_500_000))
    return Story(
        study=ASKED,
        table=planted.joined(made, ASKED, PARAMS),
        verdicts=[],
        plan=planted.plan(ASKED, PARAMS),
        progress=planted.progress(ASKED, PARAMS),
        seconds=planted.seconds(ASKED, PARAMS),
    )


def test_tokens_of_a_branch_count_from_its_fork(story):
    smallest = bills(story)[0]
    trunk, branches = 1_200_000, 0.2 * (400_000 + 800_000 + 1_500_000)
    assert smallest.spent.tokens == pytest.approx(2 * (trunk + branches), rel=0.02)
    assert smallest.planned_tokens == 2 * (trunk + branches)


def test_compute_is_tokens_times_what_a_token_takes(story):
    for bill, size in zip(bills(story), PARAMS, strict=True):
        assert bill.spent.flops == pytest.approx(6 * size * bill.spent.tokens)


def test_time_is_what_the_runs_told(story):
    assert sum(bill.spent.seconds for bill in bills(story)) == sum(story.seconds.values())


def test_what_was_not_recorded_is_unknown_and_not_free(story):
    silent = replace(story, progress=(), seconds={})
    assert all(bill.spent.tokens is None and bill.spent.flops is None for bill in bills(silent))
    assert "What was spent was not recorded." in shown(silent)


def test_without_a_plan_there_is_nothing_to_hold_the_cost_against(story):
    assert "No plan was handed over" in shown(replace(story, plan=None))


def test_nothing_known_is_said_in_words(story):
    text = shown(replace(story, plan=None, progress=(), seconds={}))
    assert "the cost is unknown" in text and "<table" not in text


def test_failed_runs_are_named_with_their_reason(story):
    text = shown(replace(story, failures=[Failure(run="r7", reason="out of memory")]))
    assert "1 run could not be carried out" in text and "out of memory" in text


def test_runs_are_named_by_the_parameters_that_the_table_knows(story):
    known = known_runs(story.plan, story.table)
    assert {one.rung for one in known.values()} == {
        "4.2K parameters", "29.7K parameters", "210K parameters",
    }  # fmt: skip
    without = known_runs(story.plan, planted.table(story.table.frame.drop("run").to_dicts()))
    assert {one.rung for one in without.values()} >= {"width 8 depth 1"}


def test_along_rows_a_rung_is_a_size_of_the_training_set(story):
    asked = replace(ASKED, axis="rows", rows=(100, 200))
    runs = tuple(
        replace(run, data=(DataSpec(source="digits", limit=100 * (1 + place % 2)),))
        for place, run in enumerate(story.plan.runs)
    )
    known = known_runs(replace(story.plan, study=asked, runs=runs), story.table)
    assert {each.rung for each in known.values()} == {"100 rows", "200 rows"}
    assert {each.size for each in known.values()} == {100, 200}
    usual = known_runs(replace(story.plan, runs=runs), story.table)
    assert all("parameters" in each.rung for each in usual.values())
