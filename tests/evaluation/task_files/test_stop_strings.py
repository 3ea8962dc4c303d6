"""Completions end where those of lm-eval-harness 0.4.13 end."""

import pytest
from models import shapes

from upwell.models.lm.hf_causal import HFCausalLM, _make_stop_fn
from upwell.models.lm.hf_seq2seq import HFSeq2SeqLM
from upwell.models.lm.hf_tokenizer import HFTokenizer


@pytest.fixture(scope="module")
def tokenizer():
    return HFTokenizer(shapes.tokenizer("gpt2"))


def test_the_text_of_a_special_token_is_a_stop_string(tokenizer):
    """The completion itself is decoded without special tokens."""
    special = tokenizer.decode_with_specials([shapes.PAD])
    ids = tokenizer.encode("one two")
    assert special not in tokenizer.decode([*ids, shapes.PAD])
    should_stop = _make_stop_fn(tokenizer, [special])
    assert should_stop([*ids, shapes.PAD])
    assert not should_stop(ids)


def test_a_stop_string_can_span_tokens_and_is_searched_at_the_end(tokenizer):
    ids = tokenizer.encode("one two three")
    should_stop = _make_stop_fn(tokenizer, ["two"])
    assert len(tokenizer.encode("two")) > 1
    assert [should_stop(ids[: end + 1]) for end in range(len(ids))].count(True) >= 1
    assert not should_stop(tokenizer.encode("two " + "x" * 40))


def test_an_empty_stop_string_ends_after_one_token(tokenizer):
    lm = HFCausalLM(shapes.network("gpt2"), tokenizer, shapes.CONTEXT)
    (one,), (some,) = lm.generate_until(["a b"], 6, [""]), lm.generate_until(["a b"], 6, [])
    assert some.text.startswith(one.text)
    assert len(tokenizer.encode(one.text)) < len(tokenizer.encode(some.text))


def test_the_limit_of_an_encoder_decoder_counts_its_prompt():
    """As in the harness; `generate`, which abilities use, has no more than it asks for."""
    tokenizer = HFTokenizer(shapes.tokenizer("t5"))
    lm = HFSeq2SeqLM(shapes.network("t5"), tokenizer, shapes.CONTEXT)
    prompt = "a longer prompt than the other"
    short, long = lm.generate_until(["a", prompt], 4, [])
    (plain,) = lm.generate([prompt], 4, None)
    assert long.text.startswith(plain)
    assert len(long.text) > len(plain)
    assert len(long.text) > len(short.text)
