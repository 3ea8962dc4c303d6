"""Translations of held-out pairs: what is asked, and that a right one is told from a copy."""

import pytest

from upwell.abilities import ask, score
from upwell.abilities.translation import items_of
from upwell.data import pairs, tokenizer
from upwell.errors import SpecError
from upwell.records import DataSpec, ModelRef, ModelSpec

REF = ModelRef(
    id="m", run="r", spec=ModelSpec(family="translator", size={}), made_by="train", seed=0,
    params=1, tokens=1, flops=1.0, bytes=4, weights=None, code="c",
)  # fmt: skip


@pytest.fixture
def data(tmp_path):
    """German numbers, of which one in twenty is held out."""
    lines = (f"the number {n} is not large\tdie Zahl {n} ist nicht gross" for n in range(400))
    (tmp_path / "p.tsv").write_text("\n".join(lines))
    return (DataSpec(source="pairs", options={"path": str(tmp_path / "p.tsv")}, limit=30),)


class Says:
    """Answers by a rule."""

    tokenizer = tokenizer("ascii")

    def __init__(self, rule):
        self.rule = rule

    def logprobs(self, pairs):
        return [[-1.0] * (len(self.tokenizer.encode(right)) + 1) for _, right in pairs]

    def say(self, prompts, tokens, stop):
        return [self.rule(prompt) for prompt in prompts]


def chrf(rule, data):
    return score(ask(Says(rule), REF, "translation", data=data), "chrf").value


def test_the_items_are_the_held_out_pairs_whatever_the_limit(data) -> None:
    held = pairs(DataSpec(source="pairs", split="test", options=data[0].options))
    found = items_of(data, 0, Says(str))
    assert [(item.prompt, item.target) for item in found] == held
    assert 5 < len(held) < 60 and all(item.speak for item in found)


def test_a_right_translation_scores_a_hundred_and_a_copy_does_not(data) -> None:
    right = dict(pairs(DataSpec(source="pairs", split="test", options=data[0].options)))
    assert chrf(right.get, data) == pytest.approx(100)
    assert chrf(str, data) < 40


def test_the_loss_is_a_token_s_and_the_log_probability_a_text_s(data) -> None:
    answers = ask(Says(str), REF, "translation", data=data)
    assert score(answers, "loss").value == 1.0
    assert score(answers, "log_probability").value < -20


def test_a_study_without_pairs_is_told() -> None:
    with pytest.raises(SpecError, match="no source of the study has any"):
        items_of((DataSpec(source="digits"),), 0, Says(str))
