from dataclasses import replace

from upwell.records import Progress
from upwell.report.learning import MOST, learners
from upwell.report.ran import Ran
from upwell.report.story import Story
from upwell.report.training import drawings, shown

from . import planted

PARAMS = planted.scales(4)
ASKED = planted.study(PARAMS)


def story(progress):
    made = planted.rows("addition", "slope", PARAMS)
    return Story(
        study=ASKED,
        table=planted.joined(made, ASKED, PARAMS),
        verdicts=[],
        plan=planted.plan(ASKED, PARAMS),
        progress=progress,
    )


def line(step, loss, **changes):
    known = Progress(
        run="r", branch=0, step=step, tokens=step * 1000, loss=loss, rate=1.0, gradient=None,
        seconds=1.0,
    )  # fmt: skip
    return replace(known, **changes)


def test_there_is_one_figure_for_all_and_one_for_each_rung():
    names = [one.name for one in drawings(story(planted.progress(ASKED, PARAMS)))]
    assert names[0] == "training"
    assert len(names) == 1 + len(PARAMS)


def test_of_a_step_that_was_done_again_the_last_telling_counts():
    [learner] = learners([line(1, 5.0), line(2, 4.0), line(2, 3.5)], {})
    assert learner.strands[0].points() == [(1000, 5.0), (2000, 3.5)]


def test_incidents_are_listed_and_do_not_bend_the_curve():
    spike = line(2, 90.0, event="spike")
    lines = [line(1, 5.0), line(2, 4.0), spike, line(3, 3.9)]
    [learner] = learners(lines, {})
    assert [loss for _, loss in learner.strands[0].points()] == [5.0, 4.0, 3.9]
    text = shown(story(lines))
    assert "1 incident" in text and "loss spike" in text


def test_a_loss_that_is_not_finite_is_a_gap_with_a_word():
    text = shown(story([line(1, 5.0), line(2, None, event="nan"), line(3, 4.0)]))
    assert "not finite" in text


def test_no_incident_is_said_too():
    assert "No loss spiked" in shown(story([line(1, 5.0), line(2, 4.0)]))


def test_long_curves_are_thinned():
    [learner] = learners([line(step, 5.0 - step / 1e4) for step in range(1, 5000)], {})
    assert 2 < len(learner.strands[0].points()) <= MOST


def test_rungs_come_smallest_first_and_strangers_last():
    lines = [line(1, 5.0, run=run) for run in ("stranger", "large", "small")]
    known = {"small": Ran(rung="1K", size=1e3), "large": Ran(rung="1M", size=1e6)}
    assert [one.name for one in learners(lines, known)] == ["1K", "1M", "stranger"]


def test_a_curve_without_a_single_loss_is_said_to_be_so():
    text = shown(story([line(1, None, event="nan")]))
    assert "no finite loss was recorded" in text


def test_nothing_handed_over_is_said_in_words():
    assert "No learning curves were handed over" in shown(story([]))
    assert drawings(story([])) == []


def test_losses_that_a_loss_is_the_sum_of_have_columns_of_their_own():
    parts = {"masked": 3.5, "next_sentence": 0.5}
    text = shown(story([line(1, 5.0), line(2, 4.0, parts=parts)]))
    assert "of it masked" in text and "3.5" in text
    assert "of it masked" not in shown(story([line(1, 5.0), line(2, 4.0)]))


def test_a_study_of_examples_does_not_speak_of_tokens():
    told = story(planted.progress(ASKED, PARAMS))
    images = replace(told, study=replace(ASKED, recipe=replace(ASKED.recipe, context=1)))
    assert "training tokens" in shown(told) and "training examples" not in shown(told)
    assert "training examples" in shown(images) and "nats/example" in shown(images)
    assert "token" not in shown(images)
