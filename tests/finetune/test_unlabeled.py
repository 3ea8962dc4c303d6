"""Rows without labels: pseudo-labels if the model is confident, suggestions if it is not."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from upwell.errors import DataError, SpecError
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.unlabeled.active_learning import kmeans_plusplus

from .tiny_models import reviews


def run_finetune(model, data, out, lines=None, **more):
    config = FinetuneConfig(
        model=str(model),
        data=data,
        hyperparameters=FinetuneHyperparameters(epochs=3, learning_rate=2e-3),
        **more,
    )
    log = print if lines is None else lines.append
    return finetune(config, out, log, lambda *entry: None)


def without_labels(path):
    """(the file without its labels, {line: label})."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    unlabeled = path.with_name(f"bare_{path.name}")
    unlabeled.write_text("\n".join(["text", *(row["text"] for row in rows)]) + "\n")
    return unlabeled, {number: row["label"] for number, row in enumerate(rows, start=2)}


def test_confident_rows_get_pseudo_labels(tmp_path, tiny):
    data = reviews(tmp_path / "few.csv", 60, 0)
    unlabeled, _ = without_labels(reviews(tmp_path / "many.csv", 300, 1))
    lines: list[str] = []
    card = run_finetune(
        tiny, data, tmp_path / "out", lines, method="linear", unlabeled=unlabeled, pseudo_label=True
    )
    assert any("rows are predicted with probability" in line for line in lines)
    assert [one.pseudo_labeled_rows > 0 for one in card.candidates] == [False, True]
    assert card.calibration.rows <= 60


def test_random_labels_give_few_pseudo_labels(tmp_path, tiny):
    rng = np.random.default_rng(0)
    lines = reviews(tmp_path / "few.csv", 60, 0).read_text().splitlines()
    noise = [f"{line.rpartition(',')[0]},{rng.choice(['good', 'bad'])}" for line in lines[1:]]
    (tmp_path / "noise.csv").write_text("\n".join([lines[0], *noise]) + "\n")
    unlabeled, _ = without_labels(reviews(tmp_path / "many.csv", 100, 1))
    lines: list[str] = []
    data = tmp_path / "noise.csv"
    card = run_finetune(
        tiny, data, tmp_path / "out", lines, method="linear", unlabeled=unlabeled, pseudo_label=True
    )
    confident = [one.pseudo_labeled_rows for one in card.candidates]
    assert sum(confident) < 20 or any("do not improve the dev score" in line for line in lines)


def test_suggested_rows_come_from_the_pool_and_not_from_the_labeled_data(tmp_path, tiny):
    data = reviews(tmp_path / "few.csv", 60, 0)
    unlabeled, _ = without_labels(reviews(tmp_path / "many.csv", 200, 1))
    unlabeled.write_text(
        unlabeled.read_text() + data.read_text().splitlines()[1].rpartition(",")[0] + "\n"
    )
    run_finetune(
        tiny, data, tmp_path / "out", method="linear", unlabeled=unlabeled, num_suggestions=10
    )
    suggestions = list(
        csv.DictReader((tmp_path / "out" / "suggestions.csv").read_text().splitlines())
    )
    assert len(suggestions) == 10
    assert set(suggestions[0]) == {"line", "text", "label", "prediction", "probability"}
    lines = unlabeled.read_text().splitlines()
    assert all(lines[int(one["line"]) - 1] == one["text"] for one in suggestions)
    known = {line.rpartition(",")[0] for line in data.read_text().splitlines()[1:]}
    assert not {one["text"] for one in suggestions} & known


def test_similar_rows_are_suggested_once_and_certain_rows_last():
    confident = [[0.999, 0.001]] * 50
    uncertain = [[0.5, 0.5]] * 3 + [[0.45, 0.55]] * 3
    probs = np.array(confident + uncertain, dtype=np.float32)
    features = np.zeros((56, 4), dtype=np.float32)
    features[:, 0] = 1
    features[50:53] = [0, 5, 0, 0]
    features[53:] = [0, 0, 5, 0]
    first = list(kmeans_plusplus(probs, features, 2, seed=0))
    assert {index // 53 for index in first} == {0, 1}
    assert all(index >= 50 for index in first)
    assert sorted(kmeans_plusplus(probs, features, 99, seed=0)) == list(range(56))


def test_mistakes_raise(tmp_path, tiny):
    data = reviews(tmp_path / "few.csv", 20, 0)
    with pytest.raises(SpecError, match="--unlabeled FILE"):
        FinetuneConfig(model=str(tiny), data=data, num_suggestions=5)
    with pytest.raises(DataError, match="no rows that are not in the labeled data"):
        run_finetune(
            tiny, data, tmp_path / "out", method="linear", unlabeled=data, num_suggestions=5
        )
