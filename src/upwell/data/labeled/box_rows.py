"""Boxes around the objects of an image, and what is not learned from, by reason.

Boxes are left, top, right, bottom in pixels of the upright image.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from ...errors import DataError
from ...formatting import pluralize
from ..media.images import read_image_header
from ..media.listing import format_names
from .dataset import Row
from .file_rows import make_file_row

Box = tuple[float, float, float, float]
ImageSize = tuple[int, int]
"""Width and height in pixels; zeros where unknown."""

NO_AREA = "without width or height, left out"
CUT_AT_EDGE = "cut at the edge of the image"

PLURALS = {"box": "boxes", "category": "categories"}


@dataclass(frozen=True)
class Boxes:
    """The objects in an image."""

    names: tuple[str, ...]
    """The class of each box."""

    boxes: tuple[Box, ...]
    empty: int = 0
    """Number of boxes left out because they have no area."""


class BoxNotes:
    """Counts what was changed or left out, with the names of the files."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], list[str]] = defaultdict(list)

    def add(self, item: str, reason: str, file: str, count: int = 1) -> None:
        """Count something of a file."""
        self._files[item, reason] += [file] * count

    def to_notes(self) -> tuple[str, ...]:
        """One line for each reason: "2 boxes without width or height, left out (a.png)"."""
        return tuple(
            f"{pluralize(len(files), item, PLURALS.get(item))} {reason} "
            f"({format_names(tuple(dict.fromkeys(files)))})"
            for (item, reason), files in self._files.items()
        )


def make_box_row(
    number: int,
    file: Path,
    boxes: Sequence[tuple[str, Box]],
    size: ImageSize,
    notes: BoxNotes,
) -> Row:
    """An image with its boxes. Those without area are left out, and those over the edge are cut.

    Raises DataError for a box that begins outside of the image, and for an image of another size
    than its boxes are for.
    """
    upright = read_image_header(file).size
    if all(size) and size != upright:
        raise DataError(
            f"{file} is {upright[0]} x {upright[1]} pixels upright, and its boxes are for "
            f"{size[0]} x {size[1]}; save the image as its boxes are, without a rotation in EXIF"
        )
    valid = [(name, box) for name, box in boxes if _has_area(box)]
    cut = [(name, _cut(box, upright)) for name, box in valid]
    outside = [box for (_, box), (_, rest) in zip(valid, cut, strict=True) if not _has_area(rest)]
    if outside:
        raise DataError(
            f"{file} has {upright[0]} x {upright[1]} pixels, and one of its boxes begins outside "
            "of them; give the boxes of this image"
        )
    num_cut = sum(old != new for old, new in zip(valid, cut, strict=True))
    empty = len(boxes) - len(valid)
    for reason, count in ((NO_AREA, empty), (CUT_AT_EDGE, num_cut)):
        if count:
            notes.add("box", reason, file.name, count)
    if not boxes:
        notes.add("image", "without a box, learned as images of nothing", file.name)
    row = make_file_row(number, str(file))
    target = Boxes(tuple(name for name, _ in cut), tuple(box for _, box in cut), empty)
    return Row(number, row.texts, (), target=target, file_sha256=row.file_sha256)


def _has_area(box: Box) -> bool:
    left, top, right, bottom = box
    return -inf < left < right < inf and -inf < top < bottom < inf


def _cut(box: Box, size: ImageSize) -> Box:
    left, top, right, bottom = box
    return max(0.0, left), max(0.0, top), min(right, size[0]), min(bottom, size[1])
