"""Epochs: which is selected, with all of its weights and buffers."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from upwell.finetune import pipeline
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.saving import save_finetuned_model
from upwell.finetune.training import loop
from upwell.records import EpochScore

from ..synthetic_media import squares
from ..tiny_models import reviews


def script_scores(monkeypatch, scores, buffers=None):
    """Give epochs these scores, whatever the weights."""

    def evaluate_epoch(number, evaluate, network):
        if buffers is not None:
            buffers[number] = {name: each.clone() for name, each in network.named_buffers()}
        return EpochScore(epoch=number, score=scores[number - 1], loss=1.0)

    monkeypatch.setattr(loop, "_evaluate_epoch", evaluate_epoch)


def run_finetune(model, data, out, epochs, **more):
    hyperparameters = FinetuneHyperparameters(epochs=epochs, learning_rate=5e-3, augment=False)
    config = FinetuneConfig(
        model=str(model), data=data, method="full", hyperparameters=hyperparameters, **more
    )
    return finetune(config, out, lambda line: None, lambda *entry: None)


def test_a_resumed_run_that_stopped_early_trains_no_further(tmp_path, tiny, monkeypatch):
    script_scores(monkeypatch, (0.9, 0.5, 0.5, 0.95, 0.1, 0.1))
    data = reviews(tmp_path / "rows.csv", 300, 0)
    dev = reviews(tmp_path / "dev.csv", 40, 1)

    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "save_finetuned_model", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_finetune(tiny, data, tmp_path / "out", 6, dev=dev)
    monkeypatch.setattr(pipeline, "save_finetuned_model", save_finetuned_model)
    card = run_finetune(tiny, data, tmp_path / "out", 6, dev=dev)
    assert [one.score for one in card.candidates[-1].epoch_scores] == [0.9, 0.5, 0.5]


def test_the_best_epoch_has_its_own_batch_norm_means(tmp_path, monkeypatch):
    buffers: dict[int, dict[str, torch.Tensor]] = {}
    script_scores(monkeypatch, (0.9, 0.5, 0.5), buffers)
    data, dev = squares(tmp_path / "train", 40, 0), squares(tmp_path / "dev", 20, 1)
    run_finetune("resnet-tiny", data, tmp_path / "out", 3, dev=dev, task="image-classification")
    saved = load_file(tmp_path / "out" / "model.safetensors")
    means = sorted(float(v.sum()) for name, v in saved.items() if name.endswith("running_mean"))
    first, last = (
        sorted(
            float(v.sum()) for name, v in buffers[number].items() if name.endswith("running_mean")
        )
        for number in (1, 3)
    )
    assert means == pytest.approx(first)
    assert means != pytest.approx(last)


def test_different_dev_rows_give_a_different_run(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 60, 0)
    runs = set()
    for seed in (1, 2):
        dev = reviews(tmp_path / f"dev{seed}.csv", 30, seed)
        runs.add(run_finetune(tiny, data, tmp_path / f"out{seed}", 1, dev=dev).ref.run)
    assert len(runs) == 2
