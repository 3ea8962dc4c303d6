"""Examples in a prompt: the label is said that is likeliest after them."""

from __future__ import annotations

from pathlib import Path

import pytest
from finetune.tiny_models import decoder, encoder

from upwell.crossover.in_context import InContextClassifier, render_prompt
from upwell.data.labeled import Row
from upwell.errors import ModelError
from upwell.models.hub.language_models import load

ROWS = [Row(1, ("warm day",), ("good",)), Row(2, ("cold grim walk",), ("bad",))]
EXAMPLES = [Row(3, ("kind room",), ("good",)), Row(4, ("stale meal",), ("bad",))]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return decoder(tmp_path_factory.mktemp("decoder") / "tiny-llama")


@pytest.mark.parametrize("examples", [[], EXAMPLES])
def test_the_most_probable_label_after_the_prompt_is_predicted(model, examples):
    classifier = InContextClassifier(model, ("bad", "good"))
    correct, flops = classifier.evaluate(ROWS, examples)
    context = "".join(f"{render_prompt(row)} {row.label}\n\n" for row in examples)
    lm = load(model).as_lm()
    expected = ""
    for row in ROWS:
        pairs = [(context + render_prompt(row), f" {label}") for label in ("bad", "good")]
        bad, good = (sum(each) for each in lm.token_logprobs(pairs))
        expected += "01"[row.label == ("good" if good > bad else "bad")]
    assert correct == expected
    assert flops > 0


def test_too_long_a_prompt_and_a_masked_model_raise(model, tmp_path):
    with pytest.raises(ModelError, match=r"a prompt with 40 examples takes \d+ tokens"):
        InContextClassifier(model, ("bad", "good")).evaluate(ROWS, EXAMPLES * 20)
    with pytest.raises(ModelError):
        InContextClassifier(encoder(tmp_path / "bert"), ("bad", "good")).evaluate(ROWS, [])
