"""Planted truths with models that are trained: one way must win, or none may."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from adapt.tiny import alike, encoder, reviews

from upwell.adapt.recipes import Dials
from upwell.crossover import Order, carry_out, standings
from upwell.records import Crossing


def crossed(model: Path, data: Path, out: Path) -> Crossing:
    order = Order(
        data=data, models=(str(model),), ways=("head", "lora", "full"), rows=(96,), seeds=2,
        dials=Dials(rate=3e-3, rounds=12, batch=8),
    )  # fmt: skip
    return carry_out(order, out, lambda _: None, lambda _: None, lambda *_: None)


def test_tuning_wins_where_a_frozen_model_cannot_see_the_difference(tmp_path):
    data = reviews(tmp_path / "reviews.csv", 250, 0)
    (one,) = standings(crossed(alike(tmp_path / "alike"), data, tmp_path / "out"))
    assert one.contenders[0].way == "full"
    assert one.tells
    values = {each.way: each.value for each in one.contenders}
    assert values["full"] > 0.9
    assert values["head"] < 0.7
    assert not next(each for each in one.contenders if each.way == "head").tied


def test_no_way_wins_where_the_frozen_model_sees_all(tmp_path):
    data = reviews(tmp_path / "reviews.csv", 250, 0)
    found = crossed(encoder(tmp_path / "plain"), data, tmp_path / "out")
    (one,) = standings(found)
    assert not one.tells
    assert all(each.value > 0.9 for each in one.contenders if each.way != "lora")
    spent = {each.way: each.make_flops for each in one.contenders}
    assert 0 < spent["head"] < min(spent["lora"], spent["full"]) / 10
    assert all(cell.answer_seconds > 0 for cell in found.cells)


@pytest.mark.parametrize("seed", [0, 1])
def test_no_way_wins_where_labels_are_tossed(tmp_path, seed):
    dice = random.Random(seed)
    lines = reviews(tmp_path / "reviews.csv", 250, seed).read_text().splitlines()
    tossed = [line.rpartition(",")[0] + "," + dice.choice(("good", "bad")) for line in lines[1:]]
    (tmp_path / "tossed.csv").write_text("\n".join(["text,label", *tossed]) + "\n")
    found = crossed(alike(tmp_path / "alike"), tmp_path / "tossed.csv", tmp_path / "out")
    assert not any(one.tells for one in standings(found))
