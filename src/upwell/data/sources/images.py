"""Images of your own: a folder of image files for every class.

Split folders such as `train` and `test` are taken as they are. Without them a fifth of every class
is held out by the hash of the image.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, SpecError
from ..media.image_source import ClassFolderSource, LabeledImages, format_size
from ..media.images import MODES, SUFFIXES, read_image
from ..media.listing import count_left_out

LICENSE = "yours"

REFUSE, SKIP = "refuse", "leave out"

MAX_MEMORY_BYTES = 8 << 30
"""Memory that all images together may take."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(ClassFolderSource):
    """`image` [image_size, image_size, channels] uint8 and `label`."""

    image_size: int | None = None
    """Pixels that every image is resized to; None where all have one size already."""

    channels: int = 3
    """3 for color, 1 for gray; images are converted."""

    on_error: str = REFUSE
    """What to do with a file that is not an image: "refuse", or "leave out" and count it."""

    def __post_init__(self) -> None:
        if self.channels not in MODES or self.on_error not in (REFUSE, SKIP):
            raise SpecError(
                f"source 'images': channels is 1 or 3, found {self.channels}, and on_error is "
                f"{REFUSE!r} or {SKIP!r}, found {self.on_error!r}"
            )
        if self.image_size is not None and not 1 <= self.image_size <= 4096:
            raise SpecError(
                f"source 'images': image_size is 1 to 4096 pixels, found {self.image_size}"
            )
        super().__post_init__()

    @property
    def suffixes(self) -> Collection[str]:
        """JPEG, PNG, WebP, BMP, GIF and TIFF files are read."""
        return SUFFIXES

    def read_files(self, part: str) -> LabeledImages:
        """Raises DataError for a file that is not an image, or whose size is not the first's."""
        return _read_images(self.unmodified, part)


@lru_cache(maxsize=4)
def _read_images(source: Source, part: str) -> LabeledImages:
    """Read once, because a study needs them many times."""
    class_files = source.folder.list_files(part)
    left_out: Counter[str] = Counter(count_left_out(class_files.left_out))
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    for file, label in class_files.files:
        try:
            image = read_image(file, source.channels, source.image_size)
        except DataError:
            if source.on_error == REFUSE:
                raise
            left_out["no image"] += 1
            continue
        _check_size(image, images, file, len(class_files.files))
        images.append(image)
        labels.append(label)
    _check_classes(labels, source.folder.classes, source.path)
    image_array, label_array = np.stack(images), np.array(labels)
    for array in (image_array, label_array):
        array.flags.writeable = False
    return LabeledImages(image_array, label_array, dict(left_out))


def _check_size(
    image: NDArray[np.uint8], previous: list[NDArray[np.uint8]], file: Path, files: int
) -> None:
    first = previous[0] if previous else image
    if image.shape[:2] != first.shape[:2]:
        raise DataError(
            f"{file} has {format_size(image)} pixels and the images before it "
            f"{format_size(first)}; resize them with the option image_size"
        )
    if image.shape[0] != image.shape[1]:
        raise DataError(
            f"{file} has {format_size(image)} pixels and networks read square images; resize them "
            "with the option image_size"
        )
    if not previous and image.nbytes * files > MAX_MEMORY_BYTES:
        raise DataError(
            f"{files:,} images of {format_size(image)} pixels, the size of {file}, take more than "
            f"{MAX_MEMORY_BYTES >> 30} GB of memory; resize them with the option image_size"
        )


def _check_classes(labels: list[int], classes: tuple[str, ...], path: str) -> None:
    empty = sorted(set(range(len(classes))) - set(labels))
    if empty:
        raise DataError(
            f"class {classes[empty[0]]!r} of {path} has no readable image; add some, or remove the "
            "folder"
        )
