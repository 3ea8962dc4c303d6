"""Images with a mask each: every pixel of a mask is the number of what is there.

A folder with images in one folder and masks of the same names in another, or a list with both
paths. Masks are grey or have a palette; one of black and white alone tells two things apart.
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
from ...naming import listed
from ..pictures import FORMATS as KINDS
from ..pictures import MOST_PIXELS, SUFFIXES, upright_size
from .columns import Columns
from .filed import file_row, listed_files, within
from .reading import Labelled, Row

IMAGES = ("images", "image", "imgs", "img")
MASKS = ("masks", "mask", "labels", "label", "annotations", "segmentation")
UNTOLD = 255
"""Value of pixels of which nothing is known, where a mask has more than black and white."""

WHITE = 255
SHADES, EDGES = 16, 0.2
"""More shades than so many, and on fewer pixels than this share: they are edges, not things."""


@dataclass(frozen=True)
class Mask:
    """A file with a mask, known by what is in it."""

    path: str = field(repr=False)
    content: str
    """sha256 of the file."""

    values: tuple[int, ...]
    """What stands in it."""


def read_masks(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Images with their masks as truth, in the order of their names.

    Raises DataError for an image without a mask, and for a mask that is none or of another size.
    """
    if path.is_dir():
        rows = _of_folder(path, labelled=labelled)
        found = Columns(texts=("path",), label="mask")
    else:
        told = listed_files(path, SUFFIXES, columns, MASKS, labelled=labelled)
        rows = [
            _with_mask(row, within(path, str(row.truth), row.line, SUFFIXES)) if row.truth else row
            for row in told.rows
        ]
        found = told.columns
    if not rows:
        raise DataError(f"{path} holds no {' or '.join(SUFFIXES)} file")
    return Labelled(path.name, found, tuple(rows), listed=False)


def names_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """What the numbers of all masks stand for."""
    there = sorted({value for row in rows if row.truth for value in row.truth.values})
    if set(there) <= {0, WHITE} or set(there) <= {0, 1}:
        return ("background", "foreground")
    return tuple(str(value) for value in there if value != UNTOLD)


def mask_of(mask: Mask, names: Sequence[str]) -> NDArray[np.int64]:
    """[H, W]: numbers of the names, -100 where nothing is known."""
    values = _opened(Path(mask.path))
    if tuple(names) == ("background", "foreground"):
        return (values > 0).astype(np.int64)
    number = np.full(256, -100, dtype=np.int64)
    for place, name in enumerate(names):
        number[int(name)] = place
    return number[values]


def _of_folder(path: Path, *, labelled: bool) -> list[Row]:
    images, masks = (_folder(path, names) for names in (IMAGES, MASKS))
    if not labelled and images is None:
        images = path
    if images is None or (labelled and masks is None):
        raise DataError(
            f"{path} has no folder {listed(IMAGES[:1])} beside one {listed(MASKS[:1])}; put images "
            "and masks of the same names into these"
        )
    files = sorted(each for each in images.iterdir() if each.suffix.lower() in SUFFIXES)
    rows = [file_row(number, str(file)) for number, file in enumerate(files, start=1)]
    if masks is None or not labelled:
        return rows
    known = {each.stem: each for each in masks.iterdir() if each.suffix.lower() in SUFFIXES}
    bare = [file.name for file in files if file.stem not in known]
    if bare:
        raise DataError(f"{images / bare[0]} has no mask of its name in {masks.name}; add it")
    return [_with_mask(row, known[Path(row.texts[0]).stem]) for row in rows]


def _folder(path: Path, names: Sequence[str]) -> Path | None:
    return next((path / name for name in names if (path / name).is_dir()), None)


def _with_mask(row: Row, path: Path) -> Row:
    values = _opened(path)
    width, height = upright_size(Path(row.texts[0]))
    if values.shape != (height, width):
        raise DataError(
            f"{path} is {values.shape[1]} x {values.shape[0]} pixels and its image, upright, "
            f"{width} x {height}; bring them to one size"
        )
    numbers, counts = np.unique(values, return_counts=True)
    _check_shades(path, numbers, counts)
    mask = Mask(str(path), sha256(path.read_bytes()).hexdigest(), tuple(numbers.tolist()))
    return Row(row.line, row.texts, (), truth=mask, content=row.content)


def _check_shades(path: Path, numbers: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
    """DataError for a drawing in black and white whose edges were smoothed: each shade would be
    taken for something of its own."""
    between = (numbers > 0) & (numbers < WHITE)
    share = counts[between].sum() / counts.sum()
    if between.sum() > SHADES and share < EDGES and numbers[-1] == WHITE:
        raise DataError(
            f"{path} is black and white with {between.sum()} shades between, as edges have that "
            "were smoothed, scaled or saved as JPEG; save it as PNG with the numbers alone"
        )


def _opened(path: Path) -> NDArray[np.uint8]:
    """[H, W]: the numbers in a mask."""
    try:
        with Image.open(path, formats=KINDS) as opened:
            if opened.width * opened.height > MOST_PIXELS or opened.mode not in ("L", "P", "1"):
                raise DataError(
                    f"{path} is a mask of {opened.width} x {opened.height} in mode {opened.mode}; "
                    f"expected grey or a palette, and at most {MOST_PIXELS:,} pixels"
                )
            if opened.mode == "1":
                return np.asarray(opened, dtype=np.uint8) * np.uint8(WHITE)
            return np.asarray(opened, dtype=np.uint8)
    except (OSError, SyntaxError, ValueError) as error:
        raise DataError(f"{path} is no mask that can be read ({error}); replace it") from None
