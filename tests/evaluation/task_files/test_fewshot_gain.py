"""Gains from few-shot examples: paired, with intervals of the right coverage, none unplanted."""

import numpy
import pytest

from upwell.evaluation.task_files import EvalTask, Variant, VariantAnswer
from upwell.evaluation.task_files.fewshot_gain import estimate_gain
from upwell.evaluation.task_files.task import MetricSpec, PromptTemplate
from upwell.records import Answer

METRIC = MetricSpec(metric="log_probability")
TASK = EvalTask(
    name="t",
    output_type="loglikelihood",
    rows=[],
    prompt_template=PromptTemplate(doc_to_text="", doc_to_target=""),
    metrics=(METRIC,),
)


def variant_answers(values, shots, draw=0):
    return [
        VariantAnswer(
            variant=Variant(shots=shots, draw=draw),
            answer=Answer(model="m", ability="t", item=str(item), shots=shots, prompt="",
                          target="x", token_logprobs=(float(value),)),
        )
        for item, value in enumerate(values)
    ]  # fmt: skip


def test_a_gain_is_paired_by_item():
    rng = numpy.random.default_rng(0)
    difficulty = 10 * rng.normal(size=60)
    gain = estimate_gain(
        TASK,
        variant_answers(difficulty, 0),
        variant_answers(difficulty + 1 + 0.1 * rng.normal(size=60), 4),
        METRIC,
    )
    assert gain.value == pytest.approx(1, abs=0.05)
    assert gain.interval_high - gain.interval_low < 0.1


def test_intervals_have_their_coverage():
    rng, covered = numpy.random.default_rng(1), 0
    for _ in range(400):
        before = rng.normal(size=20)
        after = before + rng.normal(size=20)
        gain = estimate_gain(TASK, variant_answers(before, 0), variant_answers(after, 2), METRIC)
        covered += gain.interval_low <= 0 <= gain.interval_high
    assert 0.86 < covered / 400 < 0.94


def test_draws_of_an_item_are_averaged_first():
    both = [*variant_answers([1, 2], 2), *variant_answers([3, 6], 2, draw=1)]
    gain = estimate_gain(TASK, variant_answers([0, 0], 0), both, METRIC)
    assert (gain.value, gain.items) == (3, 2)


def test_where_no_item_differs_there_is_no_interval():
    gain = estimate_gain(TASK, variant_answers([1, 2, 3], 0), variant_answers([1, 2, 3], 1), METRIC)
    assert (gain.value, gain.interval_low, gain.interval_high) == (0, None, None)


def test_one_item_is_no_comparison():
    assert estimate_gain(TASK, variant_answers([1], 0), variant_answers([2], 1), METRIC) is None
