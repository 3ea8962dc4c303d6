"""What a study expected is ticked, and what it did not expect is said."""

from dataclasses import replace

from upwell.emergence import judge
from upwell.records import ExampleAnswer, ExampleQuestion, Expectation
from upwell.report import check_expectations, study_page

from .. import planted

PARAMS = planted.scales(8)
EXPECTED = {"induction": "emergent", "addition": "smooth", "text": "flat"}


def page(**options):
    study = planted.study(PARAMS, expected=EXPECTED)
    entries = planted.rows(
        "induction", "jump", PARAMS, metrics=("accuracy", "choice_probability")
    ) + planted.rows("addition", "slope", PARAMS, metrics=("accuracy", "choice_probability"))
    results = planted.join_runs(entries, study, PARAMS)
    return study_page(study, results, judge(results, with_fits=False), **options)


def test_expectations_are_ticked_crossed_or_not_judged():
    study = planted.study(PARAMS, expected=EXPECTED)
    entries = planted.rows(
        "induction", "jump", PARAMS, metrics=("accuracy", "choice_probability")
    ) + planted.rows("addition", "flat", PARAMS, metrics=("accuracy", "choice_probability"))
    rows = check_expectations(study, judge(planted.table(entries), with_fits=False))
    assert [row.met for row in rows] == [True, False, False]
    assert rows[2] == Expectation(ability="text", expected="flat", observed=None)


def test_the_main_verdict_counts_and_not_that_on_another_metric():
    study = planted.study(PARAMS, expected={"induction": "emergent"})
    entries = planted.rows("induction", "jump", PARAMS, metrics=("accuracy", "choice_probability"))
    sharp, calm = sorted(judge(planted.table(entries), with_fits=False), key=lambda v: v.metric)
    assert (sharp.metric, calm.metric) == ("accuracy", "choice_probability")
    for order in ([sharp, replace(calm, kind="smooth")], [replace(calm, kind="smooth"), sharp]):
        assert check_expectations(study, order)[0].observed == "emergent"


def test_the_page_says_what_is_as_expected():
    text = page()
    assert "of 3 verdicts are as expected" in text
    assert "\u2713 as expected" in text
    assert "not judged" in text


def test_the_page_shows_a_question_with_the_answer_of_each_size():
    example = ExampleQuestion(
        ability="addition",
        shots=0,
        question="27+35=",
        target="62",
        answers=(
            ExampleAnswer(scale=4200, text="41\n<b>", correct=False),
            ExampleAnswer(scale=210_000, text="62", correct=True),
            ExampleAnswer(scale=300_000, text="no answer: too long", correct=None),
        ),
    )
    text = page(examples=[example])
    assert "27+35=" in text
    assert "\u2717 wrong" in text and "\u2713 right" in text
    assert "41\\n&lt;b&gt;" in text
    assert text.count("First question") == 1
