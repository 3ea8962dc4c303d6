"""Planted truths with models that are trained: one way must win, or none may."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from finetune.tiny_models import alike, encoder, reviews

from upwell.crossover import CrossoverConfig, rank_methods, run_crossover
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.records import CrossoverResult


def run_planted(model: Path, data: Path, out: Path) -> CrossoverResult:
    config = CrossoverConfig(
        data=data,
        models=(str(model),),
        methods=("linear", "lora", "full"),
        train_sizes=(96,),
        seeds=2,
        hyperparameters=FinetuneHyperparameters(learning_rate=3e-3, epochs=12, batch_size=8),
    )
    return run_crossover(config, out, lambda _: None, lambda _: None, lambda *_: None)


def test_finetuning_wins_where_a_frozen_model_cannot_see_the_difference(tmp_path):
    data = reviews(tmp_path / "reviews.csv", 250, 0)
    (ranking,) = rank_methods(run_planted(alike(tmp_path / "alike"), data, tmp_path / "out"))
    assert ranking.methods[0].method == "full"
    assert ranking.significant
    values = {each.method: each.value for each in ranking.methods}
    assert values["full"] > 0.9
    assert values["linear"] < 0.7
    assert not next(each for each in ranking.methods if each.method == "linear").tied


def test_no_method_wins_where_the_frozen_model_sees_everything(tmp_path):
    data = reviews(tmp_path / "reviews.csv", 250, 0)
    result = run_planted(encoder(tmp_path / "plain"), data, tmp_path / "out")
    (ranking,) = rank_methods(result)
    assert not ranking.significant
    assert all(each.value > 0.9 for each in ranking.methods if each.method != "lora")
    flops = {each.method: each.train_flops for each in ranking.methods}
    assert 0 < flops["linear"] < min(flops["lora"], flops["full"]) / 10
    assert all(cell.inference_seconds > 0 for cell in result.cells)


@pytest.mark.parametrize("seed", [0, 1])
def test_no_method_wins_where_labels_are_random(tmp_path, seed):
    rng = random.Random(seed)
    lines = reviews(tmp_path / "reviews.csv", 250, seed).read_text().splitlines()
    shuffled = [line.rpartition(",")[0] + "," + rng.choice(("good", "bad")) for line in lines[1:]]
    (tmp_path / "tossed.csv").write_text("\n".join(["text,label", *shuffled]) + "\n")
    result = run_planted(alike(tmp_path / "alike"), tmp_path / "tossed.csv", tmp_path / "out")
    assert not any(one.significant for one in rank_methods(result))
