"""Images with a segmentation mask each: every pixel of a mask is the number of its class.

The images are in one folder and masks with the same names in another, or a list has both paths.
Masks are gray or have a palette; masks of black and white alone have two classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...errors import DataError
from ...plugins import quoted_list
from ..media.images import FORMATS as IMAGE_FORMATS
from ..media.images import MAX_PIXELS, SUFFIXES, exif_oriented_size
from .columns import Columns
from .dataset import LabeledDataset, Row
from .file_rows import make_file_row, read_file_list, resolve_inside

IMAGE_NAMES = ("images", "image", "imgs", "img")
MASK_NAMES = ("masks", "mask", "labels", "label", "annotations", "segmentation")
UNKNOWN_VALUE = 255
"""Value of pixels without a class, where a mask has more than black and white."""

WHITE = 255
MAX_GRAY_SHADES, MAX_EDGE_FRACTION = 16, 0.2
"""More gray shades than this, on a smaller fraction of pixels than this, are smoothed edges."""


@dataclass(frozen=True)
class Mask:
    """A file with a mask, identified by its content."""

    path: str = field(repr=False)
    content: str
    """sha256 of the file."""

    values: tuple[int, ...]
    """The values of its pixels."""


def read_masks(path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
    """Images with their `Mask` as target, in the order of their names.

    Raises DataError for an image without a mask, and for a mask that is invalid or of another size.
    """
    if path.is_dir():
        rows = _read_folder(path, labeled=labeled)
        resolved_columns = Columns(text_columns=("path",), label_column="mask")
    else:
        listing = read_file_list(path, SUFFIXES, columns, MASK_NAMES, labeled=labeled)
        rows = [
            _add_mask(row, resolve_inside(path, str(row.target), row.line, SUFFIXES))
            if row.target
            else row
            for row in listing.rows
        ]
        resolved_columns = listing.columns
    if not rows:
        raise DataError(f"{path} holds no {' or '.join(SUFFIXES)} file")
    return LabeledDataset(path.name, resolved_columns, tuple(rows), has_fixed_labels=False)


def get_class_names(rows: Sequence[Row]) -> tuple[str, ...]:
    """The names of the classes in all masks."""
    values = sorted({value for row in rows if row.target for value in row.target.values})
    if set(values) <= {0, WHITE} or set(values) <= {0, 1}:
        return ("background", "foreground")
    return tuple(str(value) for value in values if value != UNKNOWN_VALUE)


def load_mask(mask: Mask, names: Sequence[str]) -> NDArray[np.int64]:
    """[H, W]: the index of the class of each pixel; -100 for pixels without a class."""
    values = _read_values(Path(mask.path))
    if tuple(names) == ("background", "foreground"):
        return (values > 0).astype(np.int64)
    value_to_index = np.full(256, -100, dtype=np.int64)
    for index, name in enumerate(names):
        value_to_index[int(name)] = index
    return value_to_index[values]


def _read_folder(path: Path, *, labeled: bool) -> list[Row]:
    images, masks = (_find_folder(path, names) for names in (IMAGE_NAMES, MASK_NAMES))
    if not labeled and images is None:
        images = path
    if images is None or (labeled and masks is None):
        raise DataError(
            f"{path} has no folder {quoted_list(IMAGE_NAMES[:1])} beside one "
            f"{quoted_list(MASK_NAMES[:1])}; put images and masks of the same names into these"
        )
    files = sorted(each for each in images.iterdir() if each.suffix.lower() in SUFFIXES)
    rows = [make_file_row(number, str(file)) for number, file in enumerate(files, start=1)]
    if masks is None or not labeled:
        return rows
    masks_by_stem = {each.stem: each for each in masks.iterdir() if each.suffix.lower() in SUFFIXES}
    without_mask = [file.name for file in files if file.stem not in masks_by_stem]
    if without_mask:
        raise DataError(
            f"{images / without_mask[0]} has no mask of its name in {masks.name}; add it"
        )
    return [_add_mask(row, masks_by_stem[Path(row.texts[0]).stem]) for row in rows]


def _find_folder(path: Path, names: Sequence[str]) -> Path | None:
    return next((path / name for name in names if (path / name).is_dir()), None)


def _add_mask(row: Row, path: Path) -> Row:
    values = _read_values(path)
    width, height = exif_oriented_size(Path(row.texts[0]))
    if values.shape != (height, width):
        raise DataError(
            f"{path} is {values.shape[1]} x {values.shape[0]} pixels and its image, upright, "
            f"{width} x {height}; give them one size"
        )
    numbers, counts = np.unique(values, return_counts=True)
    _check_shades(path, numbers, counts)
    mask = Mask(str(path), sha256(path.read_bytes()).hexdigest(), tuple(numbers.tolist()))
    return Row(row.line, row.texts, (), target=mask, file_sha256=row.file_sha256)


def _check_shades(path: Path, numbers: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """Raises DataError for a black and white mask with smoothed edges.

    Each shade of the edges would be a class.
    """
    between = (numbers > 0) & (numbers < WHITE)
    fraction = counts[between].sum() / counts.sum()
    if between.sum() > MAX_GRAY_SHADES and fraction < MAX_EDGE_FRACTION and numbers[-1] == WHITE:
        raise DataError(
            f"{path} is black and white with {between.sum()} shades between: its edges were "
            "smoothed, scaled or saved as JPEG; save it as PNG with the class numbers alone"
        )


def _read_values(path: Path) -> NDArray[np.uint8]:
    """[H, W]: the values of a mask."""
    try:
        with Image.open(path, formats=IMAGE_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS or image.mode not in ("L", "P", "1"):
                raise DataError(
                    f"{path} is a mask of {image.width} x {image.height} in mode {image.mode}; "
                    f"expected gray or a palette, and at most {MAX_PIXELS:,} pixels"
                )
            if image.mode == "1":
                return np.asarray(image, dtype=np.uint8) * np.uint8(WHITE)
            return np.asarray(image, dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path} is not a readable mask ({error}); replace it") from None
