"""Files in a folder for every class.

`path/CLASS/*` is split by the hashes of the contents; `path/train/CLASS/*` and `path/test/CLASS/*`
are taken as they are. Files with other suffixes are left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list


@dataclass(frozen=True, kw_only=True)
class ClassFiles:
    """The files of one part, ordered by class."""

    files: tuple[tuple[Path, int], ...]
    """Each file with the index of its class."""

    left_out: dict[str, int]
    """Number of files left out, by reason."""


@dataclass(frozen=True)
class ClassFolders:
    """A folder of class folders, and the suffixes of their files."""

    path: Path
    suffixes: Collection[str]
    expected_classes: tuple[str, ...] = ()
    """The classes in their order; empty for all folders, sorted by name."""

    @property
    def has_splits(self) -> bool:
        """Whether there are folders `train` and `test`."""
        return (self.path / "train").is_dir() and (self.path / "test").is_dir()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes.

        Raises DataError for fewer than two classes and for a folder that is not an expected class.
        """
        present = _list_folders(self.path / "train" if self.has_splits else self.path)
        unexpected = [
            name for name in present if self.expected_classes and name not in self.expected_classes
        ]
        if unexpected:
            raise DataError(
                f"{self.path / unexpected[0]} is a class that is not among "
                f"{quoted_list(self.expected_classes)}; add it to the option classes, or move it "
                "away"
            )
        names = self.expected_classes or present
        if len(names) < 2:
            raise DataError(
                f"{self.path} holds {len(names)} folders of a class, and at least 2 are needed: "
                "put the files of every class into a folder of its name"
            )
        return names

    def list_files(self, split: str | None) -> ClassFiles:
        """The files of the folder `train` or `test`, or of all class folders (None).

        Raises DataError for a class without files and for a folder that is not a class.
        """
        root = self.path if split is None else self.path / split
        unexpected = [
            class_name for class_name in _list_folders(root) if class_name not in self.classes
        ]
        if unexpected:
            raise DataError(
                f"{root / unexpected[0]} is not a class of the training part, which has "
                f"{quoted_list(self.classes)}; move it away, or give the training part some of it"
            )
        files: list[tuple[Path, int]] = []
        left_out: Counter[str] = Counter()
        for label, class_name in enumerate(self.classes):
            class_files, num_skipped = self._class_files(root / class_name)
            files += [(path, label) for path in class_files]
            left_out["no file of that kind"] += num_skipped
        return ClassFiles(
            files=tuple(files), left_out={reason: n for reason, n in left_out.items() if n}
        )

    def _class_files(self, folder: Path) -> tuple[list[Path], int]:
        """Files of a class in the order of their paths, and the number of other files."""
        entries = sorted(path for path in folder.rglob("*") if _is_visible(path, folder))
        matching = [path for path in entries if path.suffix.lower() in self.suffixes]
        if not matching:
            raise DataError(
                f"class {folder.name!r} is empty: {folder} holds no {' or '.join(self.suffixes)} "
                "file; add some, or remove the folder"
            )
        return matching, len(entries) - len(matching)


def _list_folders(path: Path) -> tuple[str, ...]:
    try:
        names = [p.name for p in path.iterdir() if p.is_dir() and not p.name.startswith(".")]
    except OSError as error:
        raise DataError(f"no folder {str(path)!r} to read from: {error.strerror}") from None
    return tuple(sorted(names))


def _is_visible(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden
