"""Examples in a prompt: the label is said that is likeliest after them."""

from __future__ import annotations

from pathlib import Path

import pytest
from adapt.tiny import decoder, encoder

from upwell.crossover.prompting import Prompting, asked
from upwell.data.labelled import Row
from upwell.errors import ModelError
from upwell.models.huggingface import load

ROWS = [Row(1, ("warm day",), ("good",)), Row(2, ("cold grim walk",), ("bad",))]
SHOWN = [Row(3, ("kind room",), ("good",)), Row(4, ("stale meal",), ("bad",))]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return decoder(tmp_path_factory.mktemp("decoder") / "tiny-llama")


@pytest.mark.parametrize("shown", [[], SHOWN])
def test_the_label_that_is_likeliest_after_the_prompt_is_said(model, shown):
    prompting = Prompting(model, ("bad", "good"))
    bits, flops = prompting.right(ROWS, shown)
    before = "".join(f"{asked(row)} {row.label}\n\n" for row in shown)
    answerer = load(model).answerer()
    expected = ""
    for row in ROWS:
        pairs = [(before + asked(row), f" {label}") for label in ("bad", "good")]
        bad, good = (sum(each) for each in answerer.logprobs(pairs))
        expected += "01"[row.label == ("good" if good > bad else "bad")]
    assert bits == expected
    assert flops > 0


def test_a_prompt_that_does_not_fit_and_a_model_that_does_not_write_are_told(model, tmp_path):
    with pytest.raises(ModelError, match=r"a prompt with 40 examples takes \d+ tokens"):
        Prompting(model, ("bad", "good")).right(ROWS, SHOWN * 20)
    with pytest.raises(ModelError):
        Prompting(encoder(tmp_path / "bert"), ("bad", "good")).right(ROWS, [])
