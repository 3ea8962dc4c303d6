"""Folders that are splits: training rows, dev rows that choose, and test rows that score.

Names are those of the datasets library: train, training; val, valid, validation, dev; test,
testing, eval, evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from .listing import list_folders

SPLIT_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "dev"),
    **dict.fromkeys(("test", "testing", "eval", "evaluation"), "test"),
}
"""{name of a folder, in lower case: its split}."""

_EXACT = re.compile(r"([a-z]+)[ _-]?\d*", re.IGNORECASE)
"""A name with a year or number, such as "train2017"."""


def split_of(folder_name: str) -> str | None:
    """The split that a folder's name says, "train", "dev" or "test"; None for other names."""
    match = _EXACT.fullmatch(folder_name)
    return None if match is None else SPLIT_NAMES.get(match[1].lower())


def loose_split_of(folder_name: str) -> str | None:
    """The split that one word of the name says, as in "seg_train"; None for none or several."""
    words = re.split(r"[^a-z]+", folder_name.lower())
    splits = {SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES}
    return splits.pop() if len(splits) == 1 else None


def name_splits(path: Path, splits: Mapping[str, str | None]) -> dict[str, str]:
    """{split: folder name}, from {folder name: split}. Raises DataError for two of one split."""
    folders: dict[str, str] = {}
    for name, split in splits.items():
        if split is None:
            continue
        if split in folders:
            raise DataError(
                f"{path} has two folders for one split, {folders[split]!r} and {name!r}; join "
                "them, or move one away"
            )
        folders[split] = name
    return folders


def find_split_folders(path: Path) -> dict[str, Path]:
    """{split: folder} of the split folders in a folder; empty where there is none for training.

    Raises DataError for two folders of one split, and for dev or test rows without training rows.
    """
    return find_splits(path, list_folders(path))


def find_splits(path: Path, names: Iterable[str]) -> dict[str, Path]:
    """{split: folder} of the folders of `path` with these names."""
    folders = name_splits(path, {name: split_of(name) for name in names})
    if folders and "train" not in folders:
        raise DataError(
            f"{path} has {quoted_list(folders.values())} and no folder 'train'; add it, or give "
            "the folder of one split"
        )
    return {split: path / name for split, name in folders.items()}
