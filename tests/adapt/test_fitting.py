"""Rounds: which is kept, and with all that it had learnt."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from upwell.adapt import fitting
from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.shipping import ship
from upwell.adapt.wanted import Wanted
from upwell.records import Round

from .tiny import reviews
from .tones import squares


def scripted(monkeypatch, scores, seen=None):
    """Have rounds score what is told, whatever they have learnt."""

    def judged(number, judge, network):
        if seen is not None:
            seen[number] = {name: each.clone() for name, each in network.named_buffers()}
        return Round(number=number, score=scores[number - 1], loss=1.0)

    monkeypatch.setattr(fitting, "_round", judged)


def carried_out(model, data, out, rounds, **more):
    dials = Dials(rounds=rounds, rate=5e-3, augment=False)
    wanted = Wanted(model=str(model), data=data, method="full", dials=dials, **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


def test_a_run_that_stopped_early_and_is_begun_again_learns_no_further(tmp_path, tiny, monkeypatch):
    scripted(monkeypatch, (0.9, 0.5, 0.5, 0.95, 0.1, 0.1))
    data = reviews(tmp_path / "rows.csv", 300, 0)
    dev = reviews(tmp_path / "dev.csv", 40, 1)

    def killed(*asked):
        raise KeyboardInterrupt

    monkeypatch.setattr("upwell.adapt.adapting.ship", killed)
    with pytest.raises(KeyboardInterrupt):
        carried_out(tiny, data, tmp_path / "out", 6, dev=dev)
    monkeypatch.setattr("upwell.adapt.adapting.ship", ship)
    made = carried_out(tiny, data, tmp_path / "out", 6, dev=dev)
    assert [one.score for one in made.tried[-1].rounds] == [0.9, 0.5, 0.5]


def test_the_best_round_has_its_own_means_of_a_batch(tmp_path, monkeypatch):
    seen: dict[int, dict[str, torch.Tensor]] = {}
    scripted(monkeypatch, (0.9, 0.5, 0.5), seen)
    data, dev = squares(tmp_path / "train", 40, 0), squares(tmp_path / "dev", 20, 1)
    carried_out("resnet-tiny", data, tmp_path / "out", 3, dev=dev, task="classify_images")
    shipped = load_file(tmp_path / "out" / "model.safetensors")
    means = sorted(float(v.sum()) for name, v in shipped.items() if name.endswith("running_mean"))
    first, last = (
        sorted(float(v.sum()) for name, v in seen[number].items() if name.endswith("running_mean"))
        for number in (1, 3)
    )
    assert means == pytest.approx(first)
    assert means != pytest.approx(last)


def test_other_rows_to_choose_by_are_another_run(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 60, 0)
    runs = set()
    for seed in (1, 2):
        dev = reviews(tmp_path / f"dev{seed}.csv", 30, seed)
        runs.add(carried_out(tiny, data, tmp_path / f"out{seed}", 1, dev=dev).ref.run)
    assert len(runs) == 2
