"""Which few-shot examples a row gets."""

import random

import pytest

from upwell.errors import DataError
from upwell.evaluation.task_files import EvalTask, FewshotSampling
from upwell.evaluation.task_files.fewshot import LM_EVAL_SEED, sample_fewshot
from upwell.evaluation.task_files.task import PromptTemplate

ROWS = [{"n": number} for number in range(12)]


def task(**changes):
    fields = {
        "name": "t", "output_type": "generate_until", "rows": ROWS[:6], "examples": ROWS,
        "prompt_template": PromptTemplate(doc_to_text="{{n}}", doc_to_target="{{n}}"),
        "metrics": (), "fewshot_from_test": True,
    }  # fmt: skip
    return EvalTask(**(fields | changes))


def test_few_shots_are_the_beginning_of_many():
    few, many = (sample_fewshot(task(), shots, FewshotSampling()) for shots in (3, 8))
    assert [each[:3] for each in many] == few


def test_a_question_is_never_its_own_example():
    for sampling in (
        FewshotSampling(),
        FewshotSampling(lm_eval=True),
        FewshotSampling(shared=True),
    ):
        for row, examples in zip(task().rows, sample_fewshot(task(), 11, sampling), strict=True):
            assert row not in examples
            assert len({each["n"] for each in examples}) == 11


def test_draws_differ_and_repeat():
    first, again, second = (
        sample_fewshot(task(), 4, FewshotSampling(draw=draw)) for draw in (0, 0, 1)
    )
    assert first == again != second


def test_orders_shuffle_the_same_examples():
    plain, shuffled = (sample_fewshot(task(), 5, FewshotSampling(order=order)) for order in (0, 1))
    assert plain != shuffled
    for a, b in zip(plain, shuffled, strict=True):
        assert sorted(each["n"] for each in a) == sorted(each["n"] for each in b)


def test_all_questions_can_have_the_same_examples():
    examples = sample_fewshot(task(fewshot_from_test=False), 4, FewshotSampling(shared=True))
    assert all(each == examples[0] for each in examples)


def test_first_n_takes_the_first_examples():
    examples = sample_fewshot(task(fewshot_first_n=True), 3, FewshotSampling())
    assert [[each["n"] for each in shot] for shot in examples[:2]] == [[1, 2, 3], [0, 2, 3]]


def test_the_harness_draws_from_one_stream():
    rng = random.Random(LM_EVAL_SEED)
    expected = [rng.sample(ROWS, 4) for _ in range(6)]
    assert (
        sample_fewshot(task(fewshot_from_test=False), 4, FewshotSampling(lm_eval=True)) == expected
    )


def test_too_few_examples_are_an_error():
    with pytest.raises(DataError, match="12 examples to draw from; 12 shots need one more"):
        sample_fewshot(task(), 12, FewshotSampling())
