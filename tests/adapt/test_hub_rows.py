"""Data sets by their name, out of a cache that is laid out as the hub's client lays it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.adapt.hub_rows import is_name, parts_of
from upwell.errors import DataError


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def laid_out(cache: Path, *files: str) -> Path:
    root = cache / "datasets--org--reviews"
    snapshot = root / "snapshots" / ("0" * 40)
    (root / "refs").mkdir(parents=True, exist_ok=True)
    (root / "refs" / "main").write_text("0" * 40)
    for file in files:
        path = snapshot / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text,label\nwarm,good\n")
    return snapshot


def test_the_parts_of_a_data_set_are_told_by_their_names(cache):
    names = ("data/train.csv", "data/validation.csv", "data/test.csv", "latest_news.json")
    folder = laid_out(cache, *names)
    found = parts_of("org/reviews")
    assert (found.train, found.dev, found.test) == tuple(folder / name for name in names[:3])


def test_a_single_file_is_what_is_learnt_from(cache):
    folder = laid_out(cache, "reviews.jsonl")
    found = parts_of("org/reviews")
    assert (found.train, found.dev, found.test) == (folder / "reviews.jsonl", None, None)


def test_what_cannot_be_told_apart_is_refused(cache):
    laid_out(cache, "train-0.csv", "train-1.csv")
    with pytest.raises(DataError, match="several files that may be its train part"):
        parts_of("org/reviews")
    with pytest.raises(DataError, match="org/none is no folder here"):
        parts_of("org/none")


def test_a_path_is_no_name(tmp_path):
    assert is_name("org/reviews")
    assert not is_name("data/rows.csv")
    assert not is_name(str(tmp_path))
