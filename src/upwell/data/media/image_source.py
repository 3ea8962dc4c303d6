"""Base classes of sources of labeled images."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ..source import Examples, ExampleSource, Rows
from ..tokenization.tokenizer import Tokenizer
from .augmentation import apply_augmentations, parse_augmentation
from .class_folders import ClassFolders
from .image_splits import check_label_mode, drop_overlap, select_examples, split_by_hash


class LabeledImages(NamedTuple):
    """The images of some files."""

    images: NDArray[np.uint8]
    """[N, H, W, C]"""

    labels: NDArray[np.int64]
    """[N]"""

    left_out: Mapping[str, int]
    """Number of files left out, by reason."""


@dataclass(frozen=True, kw_only=True)
class LabeledImageSource(ExampleSource):
    """A source with control labels and augmentation."""

    labels: str = "true"
    """"true", or "random": drawn for every image by its hash, as a control."""

    augment: str = ""
    """Augmentation of training images, such as "crop=4,flip"; see docs/concepts/data.md."""

    def __post_init__(self) -> None:
        check_label_mode(self.labels, self.source_name)
        parse_augmentation(self.augment, self.source_name)

    @property
    def unmodified(self) -> Self:
        """The source with true labels and without augmentation: the key of what is cached."""
        return replace(self, labels="true", augment="")

    def split_examples(
        self,
        images: NDArray[np.generic],
        labels: NDArray[np.int64],
        classes: tuple[str, ...],
        split: str,
        left_out: Mapping[str, int] | None = None,
    ) -> Examples:
        """The examples of a split; of every class a fifth is held out by the hash of the image."""
        indices = split_by_hash(images, labels, split)
        return select_examples(images, labels, indices, classes, self.labels, left_out)

    def augment_rows(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """Training rows with the augmentation of the option `augment`."""
        return apply_augmentations(rows, parse_augmentation(self.augment, self.source_name), rng)


@dataclass(frozen=True, kw_only=True)
class ClassFolderSource(LabeledImageSource):
    """A source of files in a folder for every class.

    Split folders such as `train` and `test` are taken as they are; `val` is held out where there is
    no `test`. Without these folders a fifth of every class is held out.
    """

    path: str
    classes: str = ""
    """Names of the classes in their order, as "cat,dog"; empty for the folders' names, sorted."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.folder.classes

    @property
    @abstractmethod
    def suffixes(self) -> Collection[str]:
        """Suffixes of the files that are read."""

    @abstractmethod
    def read_files(self, part: str) -> LabeledImages:
        """The images of a split of `folder`, "" where it has none."""

    @property
    def folder(self) -> ClassFolders:
        """The class folders."""
        names = tuple(filter(None, (name.strip() for name in self.classes.split(","))))
        return ClassFolders(Path(self.path), self.suffixes, names)

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The images of a split. Raises DataError, with the file, for what cannot be used."""
        classes, held_out = self.folder.classes, self.folder.held_out_split
        if held_out is None:
            images, labels, left_out = self.read_files(self.folder.train_split)
            return self.split_examples(images, labels, classes, split, left_out)
        parts = {"train": self.read_files("train"), "test": self.read_files(held_out)}
        train, test = parts["train"].images, parts["test"].images
        _check_same_size(train, test, self.path)
        indices, duplicates = drop_overlap(train, test, split)
        images, labels, left_out = parts[split]
        return select_examples(
            images, labels, indices, classes, self.labels, {**left_out, **duplicates}
        )


def format_size(image: NDArray[np.uint8]) -> str:
    """Width and height of an image, e.g. "32x32"."""
    return f"{image.shape[1]}x{image.shape[0]}"


def _check_same_size(train: NDArray[np.uint8], test: NDArray[np.uint8], path: str) -> None:
    if train.shape[1:] != test.shape[1:]:
        raise DataError(
            f"{path}: training images have {format_size(train[0])} pixels and test images "
            f"{format_size(test[0])}; resize them with the option image_size"
        )
