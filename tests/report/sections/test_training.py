from dataclasses import replace

from upwell.records import TrainLogEntry
from upwell.report.sections.report_data import ReportData
from upwell.report.sections.training import figures, render
from upwell.report.series.runs import RunInfo
from upwell.report.series.training_curves import MAX_POINTS, group_run_curves

from .. import planted

PARAMS = planted.scales(4)
STUDY = planted.study(PARAMS)


def report_data(progress):
    rows = planted.rows("addition", "slope", PARAMS)
    return ReportData(
        study=STUDY,
        table=planted.join_runs(rows, STUDY, PARAMS),
        verdicts=[],
        plan=planted.plan(STUDY, PARAMS),
        progress=progress,
    )


def line(step, loss, **changes):
    known = TrainLogEntry(
        run="r",
        branch=0,
        step=step,
        tokens=step * 1000,
        loss=loss,
        lr_fraction=1.0,
        grad_norm=None,
        seconds=1.0,
    )
    return replace(known, **changes)


def test_there_is_one_figure_for_all_and_one_for_each_rung():
    names = [one.name for one in figures(report_data(planted.progress(STUDY, PARAMS)))]
    assert names[0] == "training"
    assert len(names) == 1 + len(PARAMS)


def test_of_a_step_that_was_done_again_the_last_entry_counts():
    [run_curves] = group_run_curves([line(1, 5.0), line(2, 4.0), line(2, 3.5)], {})
    assert run_curves.series[0].points() == [(1000, 5.0), (2000, 3.5)]


def test_incidents_are_listed_and_do_not_bend_the_curve():
    spike = line(2, 90.0, event="spike")
    lines = [line(1, 5.0), line(2, 4.0), spike, line(3, 3.9)]
    [run_curves] = group_run_curves(lines, {})
    assert [loss for _, loss in run_curves.series[0].points()] == [5.0, 4.0, 3.9]
    text = render(report_data(lines))
    assert "1 incident" in text and "loss spike" in text


def test_a_loss_that_is_not_finite_is_a_gap_with_a_word():
    text = render(report_data([line(1, 5.0), line(2, None, event="nan"), line(3, 4.0)]))
    assert "not finite" in text


def test_no_incident_is_reported_too():
    assert "No loss spiked" in render(report_data([line(1, 5.0), line(2, 4.0)]))


def test_long_curves_are_thinned():
    [run_curves] = group_run_curves([line(step, 5.0 - step / 1e4) for step in range(1, 5000)], {})
    assert 2 < len(run_curves.series[0].points()) <= MAX_POINTS


def test_rungs_come_smallest_first_and_unknown_runs_last():
    lines = [line(1, 5.0, run=run) for run in ("stranger", "large", "small")]
    known = {"small": RunInfo(rung="1K", size=1e3), "large": RunInfo(rung="1M", size=1e6)}
    assert [one.name for one in group_run_curves(lines, known)] == ["1K", "1M", "stranger"]


def test_a_curve_without_a_single_loss_is_named_as_such():
    text = render(report_data([line(1, None, event="nan")]))
    assert "no finite loss was logged" in text


def test_without_logs_there_is_a_sentence():
    assert "There are no training logs" in render(report_data([]))
    assert figures(report_data([])) == []


def test_losses_that_a_loss_is_the_sum_of_have_columns_of_their_own():
    components = {"masked": 3.5, "next_sentence": 0.5}
    text = render(report_data([line(1, 5.0), line(2, 4.0, loss_components=components)]))
    assert "last loss, masked" in text and "3.5" in text
    assert "last loss, masked" not in render(report_data([line(1, 5.0), line(2, 4.0)]))


def test_a_study_of_examples_does_not_mention_tokens():
    data = report_data(planted.progress(STUDY, PARAMS))
    images = replace(data, study=replace(STUDY, recipe=replace(STUDY.recipe, context_length=1)))
    assert "training tokens" in render(data) and "training examples" not in render(data)
    assert "training examples" in render(images) and "nats/example" in render(images)
    assert "token" not in render(images)
