"""Images of your own: a folder of JPEG or PNG files for every class.

With folders `train` and `test` in it, their parts are taken as they are; otherwise a fifth of each
class is held out, chosen by the hash of the image.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ..augmenting import Dice, augmented, parsed
from ..folders import Folder
from ..images import apart, by_hash, check_labels, labelled
from ..pictures import MODES, SUFFIXES, picture
from ..source import Examples, Rows
from ..tokenizers import Tokenizer

LICENCE = "yours"

REFUSE, LEAVE_OUT = "refuse", "leave out"

MOST_BYTES = 8 << 30
"""Of all images together, which are held in memory."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`image` [side, side, channels] uint8 and `label`."""

    path: str
    side: int | None = None
    """Pixels that every image is resized to; None where all are alike already."""

    channels: int = 3
    """3 for colours, 1 for grey; images are converted."""

    classes: str = ""
    """Names of the classes in their order, as "cat,dog"; empty for the folders' names, sorted."""

    broken: str = REFUSE
    """What becomes of a file that is no image: "refuse", or "leave out" and count it."""

    labels: str = "true"
    """"true", or "random": drawn anew for every image, as a control."""

    augment: str = ""
    """Changes to training images, such as "crop=4,flip"; see docs/data.md."""

    def __post_init__(self) -> None:
        check_labels(self.labels, "images")
        parsed(self.augment, "images")
        if self.channels not in MODES or self.broken not in (REFUSE, LEAVE_OUT):
            raise SpecError(
                f"source 'images': channels is 1 or 3, found {self.channels}, and broken "
                f"{REFUSE!r} or {LEAVE_OUT!r}, found {self.broken!r}"
            )
        if self.side is not None and not 1 <= self.side <= 4096:
            raise SpecError(f"source 'images': side is 1 to 4096 pixels, found {self.side}")
        _ = self.folder.classes

    @property
    def folder(self) -> Folder:
        """Where the files are."""
        wanted = tuple(filter(None, (name.strip() for name in self.classes.split(","))))
        return Folder(Path(self.path), SUFFIXES, wanted)

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The images of a split.

        Raises DataError, with the file, for what is no image or of another size than the first.
        """
        key = (self.path, self.side, self.channels, self.classes, self.broken)
        classes = self.folder.classes
        if not self.folder.parted:
            images, labels, left_out = _read(None, *key)
            chosen = by_hash(images, labels, split)
            return labelled(images, labels, chosen, classes, self.labels, left_out)
        parts = {part: _read(part, *key) for part in ("train", "test")}
        (train, _, _), (test, _, _) = parts["train"], parts["test"]
        _check_alike(train, test, self.path)
        chosen, copies = apart(train, test, split)
        images, labels, left_out = parts[split]
        return labelled(images, labels, chosen, classes, self.labels, {**left_out, **copies})

    def augmented(self, rows: Rows, dice: Dice) -> Rows:
        """Training images as they are shown this time."""
        return augmented(rows, parsed(self.augment, "images"), dice)


@lru_cache(maxsize=4)
def _read(
    part: str | None, path: str, side: int | None, channels: int, classes: str, broken: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], dict[str, int]]:
    """Images, labels, and what was left out: read once, since it is asked for many times."""
    source = Source(path=path, side=side, channels=channels, classes=classes, broken=broken)
    filed = source.folder.part(part)
    left_out: Counter[str] = Counter(filed.left_out)
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for file, label in filed.files:
        try:
            image = picture(file, channels, side)
        except DataError:
            if broken == REFUSE:
                raise
            left_out["no image"] += 1
            continue
        _check_size(image, images, file, len(filed.files))
        images.append(image)
        labels.append(label)
    _check_classes(labels, source.folder.classes, path)
    shown, known = np.stack(images), np.array(labels)
    for array in (shown, known):
        array.flags.writeable = False
    return shown, known, dict(left_out)


def _check_size(
    image: NDArray[np.uint8], before: list[NDArray[np.uint8]], file: Path, files: int
) -> None:
    first = before[0] if before else image
    if image.shape[:2] != first.shape[:2]:
        raise DataError(
            f"{file} has {_shown(image)} pixels and the images before it {_shown(first)}; make "
            "them alike, or have them resized with the option side"
        )
    if image.shape[0] != image.shape[1]:
        raise DataError(
            f"{file} has {_shown(image)} pixels and networks read square images; have them "
            "resized with the option side"
        )
    if not before and image.nbytes * files > MOST_BYTES:
        raise DataError(
            f"{files:,} images of {_shown(image)} pixels, as {file} has, take more than "
            f"{MOST_BYTES >> 30} GB of memory; have them resized with the option side"
        )


def _check_classes(labels: list[int], classes: tuple[str, ...], path: str) -> None:
    empty = sorted(set(range(len(classes))) - set(labels))
    if empty:
        raise DataError(
            f"class {classes[empty[0]]!r} of {path} has no image that can be read; give it some, "
            "or take the folder away"
        )


def _check_alike(train: NDArray[np.uint8], test: NDArray[np.uint8], path: str) -> None:
    if train.shape[1:] != test.shape[1:]:
        raise DataError(
            f"{path}: training images have {_shown(train[0])} pixels and test images "
            f"{_shown(test[0])}; have them resized with the option side"
        )


def _shown(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
