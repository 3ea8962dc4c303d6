"""Held-out prose, the same for every model."""

import math

import pytest

from upwell.data import held_out_texts, is_test, load_tokenizer
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin.language_modeling import MAX_WINDOW_BYTES, NUM_WINDOWS, windows
from upwell.records import DataSpec

from ..fake_models import REF, TOKENIZER, Uniform, as_lm


def test_a_uniform_model_needs_the_bits_of_its_vocabulary():
    scored = score(evaluate(as_lm(Uniform()), REF, "language_modeling"), "bits_per_byte")
    assert scored.value == pytest.approx(math.log2(TOKENIZER.size), abs=1e-4)
    assert scored.chance == 8
    assert (scored.items, scored.missing) == (NUM_WINDOWS, 0)


def test_windows_stand_in_test_documents_and_fit():
    texts = held_out_texts(DataSpec(source="pydoc"), load_tokenizer("bytes"))
    assert all(is_test(text) for text in texts)
    for window in windows("pydoc"):
        assert any(window in text for text in texts)
        assert MAX_WINDOW_BYTES - 3 <= len(window.encode()) <= MAX_WINDOW_BYTES
    assert len(set(windows("pydoc"))) == NUM_WINDOWS


def test_a_context_too_short_is_a_reason():
    scored = score(
        evaluate(as_lm(Uniform(), context=MAX_WINDOW_BYTES - 10), REF, "language_modeling"),
        "bits_per_byte",
    )
    assert scored.value is None
    assert scored.reason.startswith("needs a context of")
