"""A folder for every class: how sources of images and recordings find their files.

`path/CLASS/*` is split by the hashes of the contents; `path/train/CLASS/*` and
`path/test/CLASS/*` are taken as they are. What is no such file is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..errors import DataError
from ..naming import listed


@dataclass(frozen=True, kw_only=True)
class Filed:
    """The files of one part, class after class."""

    files: tuple[tuple[Path, int], ...]
    """Each with the number of its class."""

    left_out: dict[str, int]
    """How many files were left out, by the reason why."""


@dataclass(frozen=True)
class Folder:
    """A folder of class folders. `suffixes` are those of the files that are meant."""

    path: Path
    suffixes: Collection[str]
    wanted: tuple[str, ...] = ()
    """The classes in their order; empty for those that there are, sorted."""

    @property
    def parted(self) -> bool:
        """Whether there are folders `train` and `test`."""
        return (self.path / "train").is_dir() and (self.path / "test").is_dir()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, at least two. DataError where there are fewer, or others than
        wanted."""
        there = _folders(self.path / "train" if self.parted else self.path)
        foreign = [name for name in there if self.wanted and name not in self.wanted]
        if foreign:
            raise DataError(
                f"{self.path / foreign[0]} is a class that is not among {listed(self.wanted)}; "
                "add it to the option classes, or move it away"
            )
        found = self.wanted or there
        if len(found) < 2:
            raise DataError(
                f"{self.path} holds {len(found)} folders of a class, and at least 2 are needed: "
                "put the files of every class into a folder of its name"
            )
        return found

    def part(self, name: str | None) -> Filed:
        """The files of `train` or `test`, or of the whole folder (None).

        Raises DataError for a class without a file and for a folder that is no class.
        """
        root = self.path if name is None else self.path / name
        foreign = [each for each in _folders(root) if each not in self.classes]
        if foreign:
            raise DataError(
                f"{root / foreign[0]} is no class of the training part, which has "
                f"{listed(self.classes)}; move it away, or give the training part some of it"
            )
        files: list[tuple[Path, int]] = []
        left_out: Counter[str] = Counter()
        for label, each in enumerate(self.classes):
            own, others = self._of(root / each)
            files += [(path, label) for path in own]
            left_out["no file of that kind"] += others
        return Filed(files=tuple(files), left_out={why: n for why, n in left_out.items() if n})

    def _of(self, folder: Path) -> tuple[list[Path], int]:
        """Files of a class in the order of their paths, and how many were others."""
        every = sorted(path for path in folder.rglob("*") if _visible(path, folder))
        own = [path for path in every if path.suffix.lower() in self.suffixes]
        if not own:
            raise DataError(
                f"class {folder.name!r} is empty: {folder} holds no {' or '.join(self.suffixes)} "
                "file; give it some, or take the folder away"
            )
        return own, len(every) - len(own)


def _folders(path: Path) -> tuple[str, ...]:
    try:
        found = [p.name for p in path.iterdir() if p.is_dir() and not p.name.startswith(".")]
    except OSError as error:
        raise DataError(f"no folder {str(path)!r} to read from: {error.strerror}") from None
    return tuple(sorted(found))


def _visible(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.is_file() and not hidden
