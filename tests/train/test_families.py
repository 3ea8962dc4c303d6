"""Families other than the decoder go through the same loop, with dropout and noise."""

import itertools
from dataclasses import replace

import pytest
import torch
from conftest import Killed, Memory, tiny

from upwell.records import DataSpec, ModelSpec
from upwell.train import grow


def perceptron(**recipe):
    size = {"inputs": 64, "classes": 10, "width": 8, "depth": 2}
    return replace(
        tiny(context=1, batch=16, optimiser="adamw", learning_rate=0.01, dropout=0.2, **recipe),
        model=ModelSpec(family="mlp", size=size),
        data=(DataSpec(source="digits"),),
        milestones=(1600, 3200),
    )


def grown(run, folder):
    return {ref.id: folder.models[ref.id][1] for ref, _ in grow(run, folder)}


def same(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(one[name][key], other[name][key]) for name in one for key in one[name]
    )


@pytest.mark.parametrize("optimiser", ["muon", "adamw", "sgd"])
def test_dice_are_thrown_again_as_they_were_after_a_kill(optimiser) -> None:
    run = replace(perceptron(), recipe=replace(perceptron().recipe, optimiser=optimiser))
    whole = grown(run, Memory())
    broken, kills = Memory(lives=0), 0
    for lives in itertools.cycle((2, 3, 5)):
        broken.lives = lives
        try:
            again = grown(run, broken)
            break
        except Killed:
            kills += 1
    assert kills > 3
    assert same(whole, again)


def test_a_penalty_draws_weights_towards_zero() -> None:
    def size(**penalty):
        models = grown(perceptron(**penalty), Memory())
        return list(models.values())[-1]["layers.1.weight"].abs().mean()

    assert size(l2=0.3) < 0.7 * size()
    assert size(l1=0.01) < 0.7 * size()
