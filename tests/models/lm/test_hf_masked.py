"""Masked encoders that are lm, against hiding one token after another by hand."""

import math

import pytest
import torch

from upwell.errors import ModelError
from upwell.models.hub.language_models import load
from upwell.models.lm.hf_masked import HFMaskedLM
from upwell.models.lm.hf_tokenizer import HFTokenizer
from upwell.models.protocols import LM, NoAnswer

from .. import shapes

PAIRS = [("The statement", " returns a value"), ("a ", "b"), ("", "The value of a"), ("x", "yz")]


def build_lm(kind, context=shapes.CONTEXT - 2, **options):
    words = HFTokenizer(shapes.tokenizer(kind))
    return HFMaskedLM(shapes.network(kind), words, context, **options)


@pytest.fixture(scope="module", params=shapes.MASKED)
def lm(request):
    return build_lm(request.param)


def alone(lm, ids, first):
    """The pseudo-log-likelihood of Salazar et al., token by token, of `ids` from `first` on."""
    numbers = []
    for place in range(first, len(ids)):
        hidden = [*ids[:place], lm.tokenizer.tokenizer.mask_token_id, *ids[place + 1 :]]
        shown = torch.tensor([[shapes.BOS, *hidden, shapes.BOS]])
        with torch.no_grad():
            logits = lm.network(input_ids=shown).logits[0, place + 1]
        numbers.append(float(logits.log_softmax(-1)[ids[place]]))
    return numbers


def test_it_is_a_language_model(lm):
    assert isinstance(lm, LM)


def test_scores_are_those_of_masking_by_hand(lm):
    encode = lm.tokenizer.encode
    for (prompt, rest), found in zip(PAIRS, lm.loglikelihood(PAIRS), strict=True):
        ids, first = encode(prompt + rest), len(encode(prompt.rstrip()))
        assert found.logprobs == pytest.approx(alone(lm, ids, first), abs=1e-4)
    assert lm.token_logprobs(PAIRS[:1]) == [list(lm.loglikelihood(PAIRS[:1])[0].logprobs)]


def test_tokens_after_a_token_count(lm):
    one, other = lm.loglikelihood([([5], [6, 7]), ([5], [6, 8])])
    assert one.logprobs[0] != other.logprobs[0]


def test_many_passes_give_the_same_as_one(lm):
    narrow = HFMaskedLM(lm.network, lm.tokenizer, lm.context, memory=1)
    for one, other in zip(narrow.loglikelihood(PAIRS), lm.loglikelihood(PAIRS), strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)


def test_a_text_is_read_once_in_windows(lm):
    text = "The quick brown fox jumps over the lazy dog. " * 6
    ids = lm.tokenizer.encode(text)
    (found,) = lm.loglikelihood_rolling([text])
    assert len(found.logprobs) == len(ids) > lm.max_text_tokens
    assert found.logprobs[: lm.max_text_tokens] == pytest.approx(
        alone(lm, ids[: lm.max_text_tokens], 0), 1e-3
    )
    last = ids[-lm.max_text_tokens :]
    first = lm.max_text_tokens - len(ids) % lm.max_text_tokens
    assert found.logprobs[-5:] == pytest.approx(alone(lm, last, first)[-5:], abs=1e-4)


def test_a_long_prompt_is_truncated_and_the_tokens_are_counted():
    prompt = list(range(3, 150))
    for cut, kept in (("left", prompt[-91:]), ("right", prompt[:91])):
        found, by_hand = build_lm("bert", truncation=cut).loglikelihood(
            [(prompt, [5]), (kept, [5])]
        )
        assert found.logprobs == pytest.approx(by_hand.logprobs, abs=1e-5)
        assert (found.truncated_tokens, by_hand.truncated_tokens) == (56, 0)
    (refused,) = build_lm("bert", truncation="error").loglikelihood([(prompt, [5])])
    assert refused.reason == "needs a context of 150 tokens; the model has 94"


def test_what_it_cannot_answer_is_a_reason():
    lm = build_lm("bert")
    assert "generates no text" in lm.generate_until(["a"], 3, [])[0].reason
    assert "generates no text" in lm.generate(["a"], 3, None)[0].reason
    assert "empty" in lm.loglikelihood_rolling([""])[0].reason
    nothing, long = lm.loglikelihood([("a", ""), ("a", [5] * 93)])
    assert "no token of its own" in nothing.reason
    assert "93 tokens; the model reads 92" in long.reason


def test_numbers_that_are_not_finite_are_a_reason():
    lm = build_lm("bert")
    with torch.no_grad():
        lm.network.bert.embeddings.word_embeddings.weight[7] = math.nan
    assert isinstance(lm.loglikelihood([([1, 7], [3])])[0], NoAnswer)


def test_a_tokenizer_without_a_mask_is_refused():
    with pytest.raises(ModelError, match="has none"):
        HFMaskedLM(shapes.network("bert"), HFTokenizer(shapes.tokenizer("t5")), 10)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_folder_is_loaded_as_what_it_is(tmp_path, kind):
    model = load(shapes.folder(kind, tmp_path))
    assert isinstance(model.as_lm(), HFMaskedLM)
    # RoBERTa's first position is behind that of padding.
    assert model.context == shapes.CONTEXT - (2 if kind == "roberta" else 0)
    full = model.as_lm().loglikelihood([([5] * (model.context - 3), [6])])
    assert full[0].truncated_tokens == 0
