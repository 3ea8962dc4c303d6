"""Translation of held-out pairs: the items, and the scores of a translation and of a copy."""

import pytest

from upwell.data import load_pairs, load_tokenizer
from upwell.errors import SpecError
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin.translation import TranslationAbility
from upwell.models.protocols import LM
from upwell.records import DataSpec, ModelRef, ModelSpec

REF = ModelRef(
    id="m", run="r", spec=ModelSpec(family="encoder_decoder", hparams={}), created_by="train",
    seed=0,
    params=1, tokens=1, flops=1.0, bytes=4, weights_sha256=None, code_version="c",
)  # fmt: skip


@pytest.fixture
def data(tmp_path):
    """German numbers, of which one in twenty is held out."""
    lines = (f"the number {n} is not large\tdie Zahl {n} ist nicht gross" for n in range(400))
    (tmp_path / "p.tsv").write_text("\n".join(lines))
    return (DataSpec(source="parallel_text", options={"path": str(tmp_path / "p.tsv")}, limit=30),)


class Rule(LM):
    """Completes each prompt by a rule."""

    tokenizer = load_tokenizer("ascii")

    def __init__(self, rule):
        self.rule = rule

    def token_logprobs(self, pairs):
        return [[-1.0] * (len(self.tokenizer.encode(target)) + 1) for _, target in pairs]

    def generate(self, prompts, max_new_tokens, stop):
        return [self.rule(prompt) for prompt in prompts]


def chrf(rule, data):
    return score(evaluate(Rule(rule), REF, "translation", data=data), "chrf").value


def test_the_items_are_the_held_out_pairs_whatever_the_limit(data) -> None:
    held_out = load_pairs(DataSpec(source="parallel_text", split="test", options=data[0].options))
    items = TranslationAbility().items_from_data(data, 0, Rule(str))
    assert [(item.prompt, item.target) for item in items] == held_out
    assert 5 < len(held_out) < 60 and all(item.max_new_tokens for item in items)


def test_a_correct_translation_scores_a_hundred_and_a_copy_does_not(data) -> None:
    translations = dict(
        load_pairs(DataSpec(source="parallel_text", split="test", options=data[0].options))
    )
    assert chrf(translations.get, data) == pytest.approx(100)
    assert chrf(str, data) < 40


def test_the_loss_is_a_token_s_and_the_log_probability_a_text_s(data) -> None:
    answers = evaluate(Rule(str), REF, "translation", data=data)
    assert score(answers, "loss").value == 1.0
    assert score(answers, "log_probability").value < -20


def test_a_study_without_pairs_is_refused() -> None:
    with pytest.raises(SpecError, match="no source of the study has any"):
        TranslationAbility().items_from_data((DataSpec(source="digits"),), 0, Rule(str))
