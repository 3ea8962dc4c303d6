"""Datasets on the Hugging Face hub: plain files by split; no code of the dataset is run.

The name of a file gives its split: "train", and optionally "validation" and "test".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ...data.tabular import FORMATS
from ...errors import DataError, ModelError
from ...models.hub.resolve import HUB_NAME_PATTERN, download
from ...plugins import quoted_list

SPLIT_PATTERNS = {"train": r"train", "dev": r"dev|valid", "test": r"test"}
"""{split: pattern in the file name}."""

ALLOW_PATTERNS = tuple(
    f"*{suffix}" for suffix in (*FORMATS, ".conll") if suffix not in (".json", ".txt")
)
"""Files to download; JSON and text files beside them are mostly about the dataset."""


@dataclass(frozen=True, kw_only=True)
class SplitFiles:
    """The file of each split. None for a missing split."""

    train: Path
    dev: Path | None
    test: Path | None


def is_hub_id(text: str) -> bool:
    """Whether a text is the name of a hub dataset and no local path."""
    return (
        not Path(text).exists()
        and HUB_NAME_PATTERN.fullmatch(text) is not None
        and not Path(text).suffix
    )


def download_splits(name: str) -> SplitFiles:
    """Download a dataset, ORGANIZATION/NAME or ORGANIZATION/NAME@REVISION; its files by split.

    Raises DataError if neither the hub nor the cache has it, and for a dataset with no training
    file or with several files of one split.
    """
    match = HUB_NAME_PATTERN.fullmatch(name)
    if match is None:
        raise DataError(f"{name!r} is not the name of a dataset; expected ORGANIZATION/NAME")
    try:
        folder = download(match["name"], match["revision"], "dataset", ALLOW_PATTERNS, ())
    except ModelError as error:
        raise DataError(str(error)) from error
    files = sorted(path for path in folder.rglob("*") if path.match("*.*") and path.is_file())
    split_files = {split: _find_split_file(files, split, folder, name) for split in SPLIT_PATTERNS}
    train = split_files["train"] or (files[0] if len(files) == 1 else None)
    if train is None:
        raise DataError(
            f"{name} has {len(files)} data files and none is called train; download the one you "
            "want and give its path"
        )
    return SplitFiles(train=train, dev=split_files["dev"], test=split_files["test"])


def _find_split_file(files: list[Path], split: str, folder: Path, name: str) -> Path | None:
    pattern = re.compile(rf"(?:^|[^a-z])(?:{SPLIT_PATTERNS[split]})", re.IGNORECASE)
    matches = [path for path in files if pattern.search(str(path.relative_to(folder)))]
    if len(matches) > 1:
        names = quoted_list(str(path.relative_to(folder)) for path in matches)
        raise DataError(
            f"{name} has several files that may be its {split} split: {names}; download the "
            "one you want and give its path"
        )
    return matches[0] if matches else None
