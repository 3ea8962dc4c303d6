"""Rows without labels: learnt from where the model is sure, asked about where it is not."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.unlabelled import centres
from upwell.adapt.wanted import Wanted
from upwell.errors import DataError, SpecError

from .tiny import reviews


def carried_out(model, data, out, told=None, **more):
    wanted = Wanted(model=str(model), data=data, dials=Dials(rounds=3, rate=2e-3), **more)
    tell = print if told is None else told.append
    return adapt(wanted, out, tell, lambda *moment: None)


def without_labels(path):
    """The file without its labels; what they were, by line."""
    rows = list(csv.DictReader(path.read_text().splitlines()))
    bare = path.with_name(f"bare_{path.name}")
    bare.write_text("\n".join(["text", *(row["text"] for row in rows)]) + "\n")
    return bare, {number: row["label"] for number, row in enumerate(rows, start=2)}


def test_rows_that_are_sure_are_learnt_from_and_nearly_all_are_right(tmp_path, tiny):
    data = reviews(tmp_path / "few.csv", 60, 0)
    bare, _ = without_labels(reviews(tmp_path / "many.csv", 300, 1))
    told: list[str] = []
    made = carried_out(
        tiny, data, tmp_path / "out", told, method="head", unlabelled=bare, pseudo=True
    )
    said = next(line for line in told if "learnt from" in line)
    assert "rows are said with probability" in said
    assert [one.pseudo > 0 for one in made.tried] == [False, True]
    assert made.calibration.rows <= 60


def test_nothing_is_learnt_where_no_answer_can_be_trusted(tmp_path, tiny):
    dice = np.random.default_rng(0)
    lines = reviews(tmp_path / "few.csv", 60, 0).read_text().splitlines()
    noise = [f"{line.rpartition(',')[0]},{dice.choice(['good', 'bad'])}" for line in lines[1:]]
    (tmp_path / "noise.csv").write_text("\n".join([lines[0], *noise]) + "\n")
    bare, _ = without_labels(reviews(tmp_path / "many.csv", 100, 1))
    told: list[str] = []
    data = tmp_path / "noise.csv"
    made = carried_out(
        tiny, data, tmp_path / "out", told, method="head", unlabelled=bare, pseudo=True
    )
    sure = [one.pseudo for one in made.tried]
    assert sum(sure) < 20 or any("does no better" in line for line in told)


def test_suggested_rows_are_doubtful_unlike_each_other_and_new(tmp_path, tiny):
    data = reviews(tmp_path / "few.csv", 60, 0)
    bare, _ = without_labels(reviews(tmp_path / "many.csv", 200, 1))
    bare.write_text(bare.read_text() + data.read_text().splitlines()[1].rpartition(",")[0] + "\n")
    carried_out(tiny, data, tmp_path / "out", method="head", unlabelled=bare, suggest=10)
    found = list(csv.DictReader((tmp_path / "out" / "suggestions.csv").read_text().splitlines()))
    assert len(found) == 10
    assert set(found[0]) == {"line", "text", "label", "said", "probability"}
    lines = bare.read_text().splitlines()
    assert all(lines[int(one["line"]) - 1] == one["text"] for one in found)
    known = {line.rpartition(",")[0] for line in data.read_text().splitlines()[1:]}
    assert not {one["text"] for one in found} & known


def test_what_is_alike_is_suggested_once_and_what_is_sure_last():
    sure = [[0.999, 0.001]] * 50
    doubtful = [[0.5, 0.5]] * 3 + [[0.45, 0.55]] * 3
    chances = np.array(sure + doubtful, dtype=np.float32)
    features = np.zeros((56, 4), dtype=np.float32)
    features[:, 0] = 1
    features[50:53] = [0, 5, 0, 0]
    features[53:] = [0, 0, 5, 0]
    first = list(centres(chances, features, 2, seed=0))
    assert {place // 53 for place in first} == {0, 1}
    assert all(place >= 50 for place in first)
    assert sorted(centres(chances, features, 99, seed=0)) == list(range(56))


def test_mistakes_are_told(tmp_path, tiny):
    data = reviews(tmp_path / "few.csv", 20, 0)
    with pytest.raises(SpecError, match="--unlabelled FILE"):
        Wanted(model=str(tiny), data=data, suggest=5)
    with pytest.raises(DataError, match="no row that is not learnt from already"):
        carried_out(tiny, data, tmp_path / "out", method="head", unlabelled=data, suggest=5)
