"""Files in a folder for every class, in one part or in splits.

`path/CLASS/*` is one part; `path/train/CLASS/*` and `path/test/CLASS/*`, and the other layouts of
`class_layout`, are taken as they are. Whatever else is in the folder is left out by name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from .class_layout import EMPTY_FOLDER, ClassLayout, find_layout
from .listing import LeftOut, format_names, list_files, merge_left_out


@dataclass(frozen=True, kw_only=True)
class ClassFiles:
    """The files of one split, ordered by class."""

    files: tuple[tuple[Path, int], ...]
    """Each file with the index of its class."""

    left_out: LeftOut
    """What is left out, by reason."""


@dataclass(frozen=True)
class ClassFolders:
    """A folder of class folders, and the suffixes of their files."""

    path: Path
    suffixes: Collection[str]
    expected_classes: tuple[str, ...] = ()
    """The classes in their order; empty for all folders, sorted by name."""

    @cached_property
    def layout(self) -> ClassLayout:
        """The class folders of each split. Raises DataError where they are not clear."""
        return find_layout(self.path, self.suffixes)

    @property
    def train_split(self) -> str:
        """The split of the training rows: "train", or "" where there is one part."""
        return "train" if "train" in self.layout.folders else ""

    @property
    def held_out_split(self) -> str | None:
        """The split that is not trained on: "test", or else "dev"; None where there is none."""
        return next((split for split in ("test", "dev") if split in self.layout.folders), None)

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes.

        Raises DataError for fewer than two classes and for a folder that is not an expected class.
        """
        present = self.layout.folders[self.train_split]
        unexpected = [
            name for name in present if self.expected_classes and name not in self.expected_classes
        ]
        if unexpected:
            raise DataError(
                f"{present[unexpected[0]]} is a class that is not among "
                f"{quoted_list(self.expected_classes)}; add it to the option classes, or move it "
                "away"
            )
        names = self.expected_classes or tuple(sorted(present))
        if len(names) < 2:
            raise DataError(
                f"{self.path} holds {len(names)} folders of a class, and at least 2 are needed: "
                "put the files of every class into a folder of its name"
            )
        return names

    def list_files(self, split: str) -> ClassFiles:
        """The files of a split.

        Raises DataError for a class without training files and for a folder that is not a class.
        """
        folders = self.layout.folders[split]
        unexpected = [name for name in folders if name not in self.classes]
        if unexpected:
            raise DataError(
                f"{folders[unexpected[0]]} is not a class of the training part, which has "
                f"{quoted_list(self.classes)}; move it away, or give the training part some of it"
            )
        is_train = split == self.train_split
        files: list[tuple[Path, int]] = []
        left_out: LeftOut = self.layout.left_out if is_train else {}
        for label, name in enumerate(self.classes):
            folder = folders.get(name, self.path / name)
            if name not in folders and not is_train:
                continue
            listing = list_files(folder, self.suffixes, self.path)
            if not listing.files and is_train:
                raise self._empty_class(name, folder, listing.left_out)
            if not listing.files:
                left_out = merge_left_out(left_out, {EMPTY_FOLDER: (f"{folder.name}/",)})
            files += [(file, label) for file in listing.files]
            left_out = merge_left_out(left_out, listing.left_out)
        return ClassFiles(files=tuple(files), left_out=left_out)

    def _empty_class(self, name: str, folder: Path, left_out: LeftOut) -> DataError:
        others = [each for names in left_out.values() for each in names]
        besides = f", only {format_names(others)}" if others else ""
        return DataError(
            f"class {name!r} is empty: {folder} holds no {' or '.join(self.suffixes)} file"
            f"{besides}; add some, or remove the folder"
        )
