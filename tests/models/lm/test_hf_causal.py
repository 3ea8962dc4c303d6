"""Words lm of networks: how they are encoded, cut and said."""

import math

import pytest
import torch

from upwell.models.lm.hf_causal import HFCausalLM
from upwell.models.lm.hf_tokenizer import HFTokenizer
from upwell.models.protocols import LM, NoAnswer, ScoredContinuation

from .. import shapes

KINDS = (*shapes.SHAPES, "mistral")


@pytest.fixture(scope="module", params=KINDS)
def lm(request):
    return build_lm(request.param)


def build_lm(kind, **options):
    words = HFTokenizer(shapes.tokenizer(kind))
    return HFCausalLM(shapes.network(kind), words, shapes.CONTEXT, **options)


def generated(lm, prompt, tokens):
    ids = torch.tensor([lm.tokenizer.encode_with_specials([prompt])[0]])
    made = lm.network.generate(
        ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, do_sample=False
    )
    return lm.tokenizer.decode(made[0, ids.shape[1] :].tolist())


def test_it_is_a_language_model(lm):
    assert isinstance(lm, LM)


def test_greedy_text_is_what_transformers_generates(lm):
    prompts = ["The statement ", "a", "import x\nimport y", "The expression list of a"]
    said = lm.generate_until(prompts, 8, [])
    assert [each.text for each in said] == [generated(lm, each, 8) for each in prompts]


def test_a_shared_prefix_does_not_change_completions(lm):
    beginning = "one two three four five six seven eight nine ten " * 2
    prompts = [beginning + end for end in ("yes", "no", "perhaps")]
    said = lm.generate_until(prompts, 5, [])
    assert [each.text for each in said] == [lm.generate_until([p], 5, [])[0].text for p in prompts]


def test_text_ends_before_the_first_stop(lm):
    whole = lm.generate_until(["The statement"], 12, [])[0].text
    stop = whole[5:7]
    assert lm.generate_until(["The statement"], 12, [stop])[0].text == whole.partition(stop)[0]


def test_trailing_spaces_go_to_the_continuation():
    lm = build_lm("gpt2")
    with_blank, without = lm.loglikelihood([("The value ", "of"), ("The value", " of")])
    assert with_blank == without


def test_prompt_and_continuation_are_encoded_together():
    lm = build_lm("gpt2")
    (found,) = lm.loglikelihood([("the functi", "on")])
    ids = lm.tokenizer.encode("the function")
    start = len(lm.tokenizer.encode("the functi"))
    assert (
        len(ids[start:]) == len(found.logprobs)
        if isinstance(found, ScoredContinuation)
        else not ids[start:]
    )


def test_an_empty_prompt_is_the_start_of_a_text():
    for kind in ("gpt2", "llama"):
        lm = build_lm(kind)
        empty, by_hand = lm.loglikelihood([("", "The"), ([shapes.BOS], lm.tokenizer.encode("The"))])
        assert empty == by_hand


def test_a_long_prompt_is_truncated_and_the_tokens_are_counted():
    prompt, rest = list(range(3, 150)), [5, 6]
    over = len(prompt) + len(rest) - 1 - shapes.CONTEXT
    for cut, kept in (("left", prompt[over:]), ("right", prompt[:-over])):
        lm = build_lm("opt", truncation=cut)
        found, by_hand = lm.loglikelihood([(prompt, rest), (kept, rest)])
        assert found.logprobs == by_hand.logprobs
        assert (found.truncated_tokens, by_hand.truncated_tokens) == (over, 0)
    (refused,) = build_lm("opt", truncation="error").loglikelihood([(prompt, rest)])
    assert refused.reason == f"needs a context of 148 tokens; the model has {shapes.CONTEXT}"


def test_prompts_leave_room_for_new_tokens():
    lm = build_lm("gpt2")
    (told,) = lm.generate_until([list(range(3, 150))], 16, [])
    assert told.truncated_tokens == 147 - (shapes.CONTEXT - 16)
    (refused,) = lm.generate_until([[1, 2]], shapes.CONTEXT, [])
    assert "96 tokens are to be generated" in refused.reason


def test_rolling_scores_every_token_once():
    lm = build_lm("llama")
    text = "The quick brown fox jumps over the lazy dog. " * 9
    ids = lm.tokenizer.encode_with_specials([text])[0]
    (found,) = lm.loglikelihood_rolling([text])
    assert len(found.logprobs) == len(ids) > 2 * shapes.CONTEXT
    first, _ = lm.loglikelihood([([shapes.BOS], ids[: shapes.CONTEXT]), ([1], [2])])
    assert found.logprobs[: shapes.CONTEXT] == pytest.approx(first.logprobs, abs=1e-5)
    last = ids[-shapes.CONTEXT - 1 :]
    (end,) = lm.loglikelihood([(last[:-1], last[-1:])])
    assert found.logprobs[-1] == pytest.approx(end.logprobs[0], abs=1e-5)


def test_numbers_that_are_not_finite_are_a_reason():
    lm = build_lm("gpt2")
    with torch.no_grad():
        lm.network.transformer.wte.weight[7] = math.nan
    found = lm.loglikelihood([([1, 7], [2]), ([1, 2], [3])])
    assert found[0] == NoAnswer("the model's numbers are not finite")
    assert isinstance(lm.generate_until([[1, 7]], 3, [])[0], NoAnswer)


def test_what_cannot_be_scored_has_a_reason():
    lm = build_lm("gpt2")
    nothing, whole = lm.loglikelihood([("a", ""), ([1], list(range(shapes.CONTEXT + 1)))])
    assert "no token of its own" in nothing.reason
    assert "the model reads 96" in whole.reason
    (empty,) = lm.loglikelihood_rolling([""])
    assert "empty" in empty.reason


def test_argmax_tokens_are_the_most_probable_ones():
    lm = build_lm("gpt2")
    ids = list(range(20))
    (guesses,) = lm.argmax_tokens([(ids[:5], ids[5:])])
    with torch.no_grad():
        logits = lm.network(torch.tensor([ids])).logits[0, 4:-1]
    assert guesses == logits.argmax(-1).tolist()
