"""Asking a causal network, against transformers' own loss, generation and attention."""

import math

import numpy
import pytest
import torch

from upwell.data import load_tokenizer
from upwell.errors import ModelError
from upwell.models.lm.causal import CausalLM
from upwell.models.protocols import LM, NoAnswer

CONTEXT = 48
WORDS = load_tokenizer("ascii")
PAIRS = [("27+35=", "62\n"), ("", "a text"), ("1+1=", "2\n"), ("the cat sat on the ", "mat")]


@pytest.fixture(scope="module")
def llama():
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=WORDS.size,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=CONTEXT,
        initializer_range=0.5,
        bos_token_id=WORDS.bos,
        eos_token_id=None,
        pad_token_id=WORDS.pad,
        attn_implementation="eager",
    )
    return transformers.LlamaForCausalLM(config).eval()


@pytest.fixture(scope="module")
def lm(llama):
    return CausalLM(lambda ids: llama(ids).logits, WORDS, CONTEXT)


def test_it_is_a_language_model(lm):
    assert isinstance(lm, LM)


def test_logprobs_sum_to_the_loss_of_transformers(llama, lm):
    for (prompt, continuation), logprobs in zip(PAIRS, lm.token_logprobs(PAIRS), strict=True):
        start, rest = [WORDS.bos, *WORDS.encode(prompt)], WORDS.encode(continuation)
        labels = torch.tensor([[-100] * len(start) + rest])
        with torch.no_grad():
            loss = llama(torch.tensor([start + rest]), labels=labels).loss.item()
        assert len(logprobs) == len(rest)
        assert -sum(logprobs) / len(rest) == pytest.approx(loss, abs=1e-5)


def test_greedy_text_is_what_transformers_generates(llama, lm):
    prompts = [prompt for prompt, _ in PAIRS]
    for prompt, said in zip(prompts, lm.generate(prompts, 6, None), strict=True):
        ids = torch.tensor([[WORDS.bos, *WORDS.encode(prompt)]])
        made = llama.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False
        )
        assert said == WORDS.decode(made[0, ids.shape[1] :].tolist())


def test_argmax_tokens_are_the_most_probable_ones(llama, lm):
    ids = list(range(20))
    (guesses,) = lm.argmax_tokens([(ids[:5], ids[5:])])
    with torch.no_grad():
        assert guesses == llama(torch.tensor([ids])).logits[0, 4:-1].argmax(-1).tolist()


def test_attention_weights_come_from_the_module():
    class Shown(torch.nn.Module):
        def attention(self, tokens):
            return torch.full((*tokens.shape, 1), 0.5, dtype=torch.bfloat16)

    ids = numpy.zeros((2, 3), dtype=numpy.int64)
    shown = CausalLM(Shown(), WORDS, CONTEXT).attention(ids)
    assert shown.shape == (2, 3, 1)
    assert (shown == 0.5).all()
    without = CausalLM(torch.nn.Identity(), WORDS, CONTEXT).attention(ids)
    assert without == NoAnswer("this model has no attention weights")


def test_batching_and_padding_change_no_answer(lm):
    together = lm.token_logprobs(PAIRS)
    alone = [lm.token_logprobs([pair])[0] for pair in PAIRS]
    for a, b in zip(together, alone, strict=True):
        assert a == pytest.approx(b, abs=1e-5)
    prompts = [prompt for prompt, _ in PAIRS]
    assert lm.generate(prompts, 5, "\n") == [lm.generate([p], 5, "\n")[0] for p in prompts]


def test_many_batches_give_the_same_as_one(lm, monkeypatch):
    one = lm.token_logprobs(PAIRS)
    monkeypatch.setattr("upwell.models.lm.causal.BATCH_TOKENS", 1)
    for a, b in zip(lm.token_logprobs(PAIRS), one, strict=True):
        assert a == pytest.approx(b, abs=1e-5)


def test_text_ends_before_the_stop_and_at_the_end_of_the_context():
    def counting(ids):
        return torch.nn.functional.one_hot(ids + 1, WORDS.size).float()

    a, newline = WORDS.encode("a")[0], WORDS.decode([4])
    lm = CausalLM(counting, WORDS, 8)
    assert lm.generate([[1]], 5, newline) == [WORDS.decode([2, 3])]
    assert lm.generate([[a]], 100, None) == ["bcdefghi"]


def test_numbers_that_are_not_finite_become_a_reason_on_their_item_alone(llama):
    poison = 3

    def poisoned(ids):
        logits = llama(ids).logits.clone()
        logits[(ids == poison).any(1)] = math.nan
        return logits

    lm = CausalLM(poisoned, WORDS, CONTEXT)
    pairs = [([1, 2], [4, 5]), ([1, poison], [4, 5])]
    for found in (lm.token_logprobs(pairs), lm.argmax_tokens(pairs)):
        assert len(found[0]) == 2
        assert found[1] == NoAnswer("the model's numbers are not finite")
    said = lm.generate([[1, 2], [1, poison]], 3, None)
    assert isinstance(said[0], str)
    assert isinstance(said[1], NoAnswer)


def test_an_impossible_token_is_a_reason_and_not_minus_infinity():
    def never_five(ids):
        logits = torch.zeros(*ids.shape, WORDS.size)
        logits[..., 5] = -math.inf
        return logits

    impossible, possible = CausalLM(never_five, WORDS, CONTEXT).token_logprobs(
        [([1], [5]), ([1], [6])]
    )
    assert isinstance(impossible, NoAnswer)
    assert possible == pytest.approx([-math.log(WORDS.size - 1)])


def test_what_cannot_be_scored_has_a_reason_and_the_rest_is_scored(lm):
    long, foreign, fine = "x" * CONTEXT, "é", "x" * (CONTEXT - 1)
    found = lm.token_logprobs([(long, "y"), (foreign, "y"), (fine, "y"), ("x", "")])
    assert found[0].reason == f"needs a context of {CONTEXT + 1} tokens; the model has {CONTEXT}"
    assert "é" in found[1].reason
    assert len(found[2]) == 1
    assert "no token" in found[3].reason
    said = lm.generate([long, foreign, fine], 1, None)
    assert [isinstance(each, NoAnswer) for each in said] == [True, True, False]


def test_ids_need_no_tokenizer_and_strings_do(llama):
    lm = CausalLM(lambda ids: llama(ids).logits, None, CONTEXT)
    assert len(lm.token_logprobs([([1, 2], [3])])[0]) == 1
    with pytest.raises(ModelError, match="no tokenizer"):
        lm.token_logprobs([("a", "b")])
    (nothing,) = lm.token_logprobs([([], [3])])
    assert "prompt is empty" in nothing.reason


def test_no_prompts_give_no_answers(lm):
    assert lm.token_logprobs([]) == []
    assert lm.generate([], 3, None) == []
