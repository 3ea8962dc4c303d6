"""Masked tokens and next sentences, asked of a planted model and of a real BERT."""

from dataclasses import replace

import numpy as np
import pytest

from upwell import models
from upwell.data import train_wordpiece
from upwell.errors import DataError
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin.masked_lm import MaskedTokens, NextSentence
from upwell.models.protocols import LM, ArrayInput
from upwell.records import DataSpec, ModelSpec, Train

from ..fake_models import REF

BIRDS = [
    " ".join(f"the {bird} number {n} flies {count} times." for count in range(8))
    for bird in ["gull", "tern", "swan", "crow", "rook", "wren", "lark", "dove", "kite", "hawk"]
    for n in range(9)
]


@pytest.fixture(scope="module")
def tokenizer():
    return train_wordpiece(BIRDS, 85)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "birds.txt").write_text("\n\n".join(BIRDS))
    return [
        DataSpec(
            source="masked_lm",
            options={"text_source": "text", "path": str(tmp_path), "mlm_probability": 0.5},
        )
    ]


class Planted(LM):
    """Gives every masked token the probability `prob`, and predicts every other one correctly."""

    def __init__(self, tokenizer, prob):
        self.tokenizer, self.logprob = tokenizer, np.log(prob)

    def token_logprobs(self, pairs):
        return [[self.logprob] * (1 if isinstance(ids, str) else len(ids)) for _, ids in pairs]

    def generate(self, prompts, max_new_tokens, stop):
        raise AssertionError("an encoder generates no text")

    def argmax_tokens(self, pairs):
        return [[i if index % 2 else 0 for index, i in enumerate(ids)] for _, ids in pairs]


def test_masked_tokens_are_scored_by_the_token(tokenizer, data) -> None:
    answers = evaluate(Planted(tokenizer, 0.25), REF, "masked_tokens", data=data)
    assert score(answers, "loss").value == pytest.approx(np.log(4), abs=1e-5)
    assert score(answers, "loss").chance == pytest.approx(np.log(85))
    sizes = [len(answer.token_logprobs) for answer in answers]
    expected = sum(size // 2 for size in sizes) / sum(sizes)
    assert score(answers, "token_accuracy").value == pytest.approx(expected)
    assert len(answers) == 512


def test_every_study_has_the_same_masked_tokens(tokenizer, data) -> None:
    planted = Planted(tokenizer, 0.5)
    other = [replace(data[0], limit=3, options={**data[0].options, "mlm_probability": 0.2})]
    one, two = (MaskedTokens().items_from_data(each, 0, planted) for each in (data, other))
    assert [item.prompt.digest() for item in one] == [item.prompt.digest() for item in two]
    arrays = one[0].prompt.arrays
    assert (arrays["tokens"][arrays["positions"]] == tokenizer.mask).all()
    assert len(one[0].target) == len(arrays["positions"])


def test_pairs_for_the_next_sentence_have_no_masks_and_half_are_random(tokenizer, data) -> None:
    items = NextSentence().items_from_data(data, 0, Planted(tokenizer, 0.5))
    assert isinstance(items[0].prompt, ArrayInput)
    assert not any((item.prompt.arrays["tokens"] == tokenizer.mask).any() for item in items)
    assert np.mean([item.target == "1" for item in items]) == pytest.approx(0.5, abs=0.05)


def test_a_real_bert_answers_both(tokenizer, data) -> None:
    spec = ModelSpec(family="bert", hparams={"width": 16, "depth": 1, "vocab_size": 85})
    family = models.load_family("bert")
    lm = family.as_lm(family.build(spec, Train(context_length=64), 0), tokenizer)
    for ability, metric in (("masked_tokens", "loss"), ("next_sentence", "accuracy")):
        scored = score(evaluate(lm, REF, ability, data=data), metric)
        assert scored.missing == 0
        assert abs(scored.value - scored.chance) < 0.5


def test_a_source_without_masks_is_refused(tokenizer) -> None:
    with pytest.raises(DataError, match="source 'pydoc' masks no tokens"):
        evaluate(Planted(tokenizer, 0.5), REF, "masked_tokens", data=[DataSpec(source="pydoc")])
