"""Masked encoders that are asked, against hiding one token after another by hand."""

import math

import pytest
import torch

from upwell.errors import ModelError
from upwell.models.answering import Answerer, Unanswered, Weighing
from upwell.models.huggingface import load
from upwell.models.masked import MaskedAnswerer
from upwell.models.words import Words

from . import shapes

PAIRS = [("The statement", " returns a value"), ("a ", "b"), ("", "The value of a"), ("x", "yz")]


def answerer(kind, context=shapes.CONTEXT - 2, **how):
    words = Words(shapes.tokenizer(kind))
    return MaskedAnswerer(shapes.network(kind), words, context, **how)


@pytest.fixture(scope="module", params=shapes.MASKED)
def asked(request):
    return answerer(request.param)


def alone(asked, ids, first):
    """The pseudo-log-likelihood of Salazar et al., token by token, of `ids` from `first` on."""
    numbers = []
    for place in range(first, len(ids)):
        hidden = [*ids[:place], asked.tokenizer.engine.mask_token_id, *ids[place + 1 :]]
        shown = torch.tensor([[shapes.BOS, *hidden, shapes.BOS]])
        with torch.no_grad():
            logits = asked.network(input_ids=shown).logits[0, place + 1]
        numbers.append(float(logits.log_softmax(-1)[ids[place]]))
    return numbers


def test_it_keeps_its_promises(asked):
    assert isinstance(asked, Answerer)
    assert isinstance(asked, Weighing)


def test_continuations_weigh_what_hiding_by_hand_gives(asked):
    encode = asked.tokenizer.encode
    for (prompt, rest), found in zip(PAIRS, asked.weigh(PAIRS), strict=True):
        ids, first = encode(prompt + rest), len(encode(prompt.rstrip()))
        assert found.logprobs == pytest.approx(alone(asked, ids, first), abs=1e-4)
    assert asked.logprobs(PAIRS[:1]) == [list(asked.weigh(PAIRS[:1])[0].logprobs)]


def test_what_stands_behind_a_token_counts(asked):
    one, other = asked.weigh([([5], [6, 7]), ([5], [6, 8])])
    assert one.logprobs[0] != other.logprobs[0]


def test_many_passes_give_the_same_as_one(asked):
    narrow = MaskedAnswerer(asked.network, asked.tokenizer, asked.context, memory=1)
    for one, other in zip(narrow.weigh(PAIRS), asked.weigh(PAIRS), strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)


def test_a_text_is_read_once_in_windows(asked):
    text = "The quick brown fox jumps over the lazy dog. " * 6
    ids = asked.tokenizer.encode(text)
    (found,) = asked.roll([text])
    assert len(found.logprobs) == len(ids) > asked.room
    assert found.logprobs[: asked.room] == pytest.approx(alone(asked, ids[: asked.room], 0), 1e-3)
    last = ids[-asked.room :]
    first = asked.room - len(ids) % asked.room
    assert found.logprobs[-5:] == pytest.approx(alone(asked, last, first)[-5:], abs=1e-4)


def test_what_is_too_long_is_cut_as_told_and_counted():
    prompt = list(range(3, 150))
    for cut, kept in (("left", prompt[-91:]), ("right", prompt[:91])):
        found, by_hand = answerer("bert", cut=cut).weigh([(prompt, [5]), (kept, [5])])
        assert found.logprobs == pytest.approx(by_hand.logprobs, abs=1e-5)
        assert (found.dropped, by_hand.dropped) == (56, 0)
    (refused,) = answerer("bert", cut="never").weigh([(prompt, [5])])
    assert refused.reason == "needs a context of 150 tokens; the model has 94"


def test_what_it_cannot_answer_is_a_reason():
    asked = answerer("bert")
    assert "does not go on writing" in asked.tell(["a"], 3, [])[0].reason
    assert "does not go on writing" in asked.say(["a"], 3, None)[0].reason
    assert "empty" in asked.roll([""])[0].reason
    nothing, long = asked.weigh([("a", ""), ("a", [5] * 93)])
    assert "no token of its own" in nothing.reason
    assert "93 tokens; the model reads 92" in long.reason


def test_numbers_that_are_not_finite_are_a_reason():
    asked = answerer("bert")
    with torch.no_grad():
        asked.network.bert.embeddings.word_embeddings.weight[7] = math.nan
    assert isinstance(asked.weigh([([1, 7], [3])])[0], Unanswered)


def test_a_tokenizer_without_a_mask_is_refused():
    with pytest.raises(ModelError, match="has none"):
        MaskedAnswerer(shapes.network("bert"), Words(shapes.tokenizer("t5")), 10)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_folder_is_loaded_as_what_it_is(tmp_path, kind):
    model = load(shapes.folder(kind, tmp_path))
    assert isinstance(model.answerer(), MaskedAnswerer)
    # RoBERTa's first position is behind that of padding.
    assert model.context == shapes.CONTEXT - (2 if kind == "roberta" else 0)
    full = model.answerer().weigh([([5] * (model.context - 3), [6])])
    assert full[0].dropped == 0
