"""Hub datasets by name, from a cache with the layout of the hub client."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.errors import DataError
from upwell.finetune.data.hub_dataset import download_splits, is_hub_id


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def make_cache(cache: Path, *files: str) -> Path:
    root = cache / "datasets--org--reviews"
    snapshot = root / "snapshots" / ("0" * 40)
    (root / "refs").mkdir(parents=True, exist_ok=True)
    (root / "refs" / "main").write_text("0" * 40)
    for file in files:
        path = snapshot / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text,label\nwarm,good\n")
    return snapshot


def test_file_names_give_the_splits(cache):
    names = ("data/train.csv", "data/validation.csv", "data/test.csv", "latest_news.json")
    folder = make_cache(cache, *names)
    splits = download_splits("org/reviews")
    assert (splits.train, splits.dev, splits.test) == tuple(folder / name for name in names[:3])


def test_a_single_file_is_the_training_split(cache):
    folder = make_cache(cache, "reviews.jsonl")
    splits = download_splits("org/reviews")
    assert (splits.train, splits.dev, splits.test) == (folder / "reviews.jsonl", None, None)


def test_ambiguous_splits_raise(cache):
    make_cache(cache, "train-0.csv", "train-1.csv")
    with pytest.raises(DataError, match="several files that may be its train split"):
        download_splits("org/reviews")
    with pytest.raises(DataError, match="org/none is no local folder"):
        download_splits("org/none")


def test_a_path_is_not_a_hub_name(tmp_path):
    assert is_hub_id("org/reviews")
    assert not is_hub_id("data/rows.csv")
    assert not is_hub_id(str(tmp_path))
