"""Induction is measured where it is, and not where it is not."""

import math

import pytest
import torch

from upwell.errors import SpecError
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin.induction import PERIOD_RANGE, Induction
from upwell.models.families import toy
from upwell.records import ModelSpec

from ..fake_models import REF, TOKENIZER, Copying, Uniform, as_lm


def scores(module):
    answers = evaluate(as_lm(module), REF, "induction")
    metrics = ("token_accuracy", "loss", "in_context_score", "prefix_matching")
    return {metric: score(answers, metric) for metric in metrics}


def test_a_copying_network_has_it_in_full():
    scored = scores(Copying())
    assert scored["token_accuracy"].value == scored["token_accuracy"].ceiling == 1
    assert scored["loss"].value == pytest.approx(0, abs=1e-5)
    assert scored["prefix_matching"].value == scored["prefix_matching"].ceiling == 1
    assert scored["in_context_score"].value == pytest.approx(-math.log(TOKENIZER.size), abs=1e-5)


def test_an_ignorant_network_has_none():
    scored = scores(Uniform())
    assert scored["token_accuracy"].value < 0.05
    assert scored["loss"].value == pytest.approx(math.log(TOKENIZER.size), abs=1e-5)
    assert scored["in_context_score"].value == pytest.approx(0, abs=1e-5)
    assert scored["prefix_matching"].value < 0.05
    assert scored["loss"].chance == pytest.approx(math.log(len(TOKENIZER.regular_ids)))


def test_a_head_that_looks_at_the_token_itself_is_no_induction_head():
    assert scores(Copying(lag=0))["prefix_matching"].value == 0


def test_a_model_without_heads_has_the_rest_and_a_reason():
    scored = scores(Copying().forward)
    assert scored["token_accuracy"].value == 1
    assert scored["prefix_matching"].value is None
    assert scored["prefix_matching"].missing == Induction.num_items
    assert scored["prefix_matching"].reason == "no answer has attention scores"


def test_rows_are_two_rounds_of_different_tokens_and_varied_period():
    rows = Induction().items(0, as_lm(Uniform()))
    assert len({item.id for item in rows}) == Induction.num_items
    periods = set()
    for item in rows:
        period = len(item.target) + 1
        row = [*item.prompt, *item.target]
        assert row[0] == TOKENIZER.bos
        assert row[1 : period + 1] == row[period + 1 :]
        assert len(set(row[1 : period + 1])) == period
        assert set(row[1:]) <= set(TOKENIZER.regular_ids)
        periods.add(period)
    assert periods == set(range(PERIOD_RANGE[0], PERIOD_RANGE[1] + 1))


def test_every_model_has_the_same_rows():
    assert Induction().items(0, as_lm(Uniform())) == Induction().items(
        0, as_lm(Copying(), context=2000)
    )


def test_a_context_too_short_is_a_reason_and_the_others_are_scored():
    answers = evaluate(as_lm(Copying(), context=40), REF, "induction")
    scored = score(answers, "token_accuracy")
    assert scored.value == 1
    assert 0 < scored.missing < Induction.num_items
    assert scored.items + scored.missing == Induction.num_items
    assert score(answers, "prefix_matching").missing == scored.missing


def test_attention_that_is_not_finite_is_a_reason():
    class Broken(Copying):
        def attention(self, tokens):
            return super().attention(tokens) * torch.nan

    assert {each.reason for each in evaluate(as_lm(Broken()), REF, "induction")} == {
        "the model's numbers are not finite"
    }


def test_a_model_without_token_ids_is_refused():
    ruler = toy.build_lm(ModelSpec(family="toy", hparams={"params": 1e6}), 0)
    with pytest.raises(SpecError, match="no tokenizer"):
        Induction().items(0, ruler)
