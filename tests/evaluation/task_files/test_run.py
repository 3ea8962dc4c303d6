"""Variants of a request, and models that give less than they could."""

import pytest

from upwell.evaluation.task_files import FewshotSampling, Variant, evaluate_task
from upwell.evaluation.task_files.requests import build_request
from upwell.evaluation.task_files.run import TRUNCATED_TOKENS_KEY
from upwell.metrics.extras import IS_GREEDY_PREFIX
from upwell.models.lm.hf_causal import HFCausalLM
from upwell.models.lm.hf_tokenizer import HFTokenizer

from .test_cache import ROWS, TASK
from .test_lm_eval import shapes


def prompt_of(**variant):
    return build_request(TASK, 0, Variant(**variant), ROWS[1:4], "m").pairs[0][0]


def test_examples_stand_before_the_question():
    assert prompt_of(shots=3) == "2+2=4\n3+2=5\n4+2=6\n1+2="


def test_wrong_labels_change_the_target_of_every_example():
    assert prompt_of(shots=3, labels="wrong") == "2+2=7\n3+2=8\n4+2=9\n1+2="


def test_a_model_without_argmax_leaves_is_greedy_out():
    from ..fake_models import Counting, as_lm

    (first, *_) = evaluate_task(as_lm(Counting()), "m", TASK)
    assert first.answer.logprobs
    assert not [name for name in first.answer.extras if name.startswith(IS_GREEDY_PREFIX)]


def test_truncated_tokens_are_counted():
    tokenizer = HFTokenizer(shapes.tokenizer("gpt2"))
    lm = HFCausalLM(shapes.network("gpt2"), tokenizer, 24)
    answers = evaluate_task(
        lm, "m", TASK, [Variant(shots=6)], sampling=FewshotSampling(shared=True)
    )
    assert all(each.answer.extras[TRUNCATED_TOKENS_KEY] > 0 for each in answers)


@pytest.mark.parametrize("shots", [0, 2])
def test_every_row_in_every_variant_has_an_answer_in_order(shots):
    from ..fake_models import Counting, as_lm

    variants = [Variant(shots=shots, draw=draw) for draw in range(2)]
    answers = evaluate_task(as_lm(Counting()), "m", TASK, variants)
    assert [(each.answer.item, each.variant.draw) for each in answers] == [
        (f"{item:05d}", draw) for item in range(8) for draw in range(2)
    ]
