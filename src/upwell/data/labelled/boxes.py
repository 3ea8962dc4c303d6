"""Images with boxes around what is in them: Pascal VOC's XML, or COCO's JSON.

Boxes are left, top, right, bottom in pixels. XML is read without declarations of types, so none can
reach for a file or swell; no image lies outside of the folder that is given.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ...errors import DataError
from ..pictures import SUFFIXES, upright_size
from .columns import Columns
from .filed import file_row
from .files import decoded
from .reading import Labelled, Row

Box = tuple[float, float, float, float]
Size = tuple[int, int]
"""Width and height; zeros where nobody tells."""

MOST_BYTES = 10_000_000
"""Of one XML file."""


@dataclass(frozen=True)
class Boxes:
    """What is in an image, box by box."""

    names: tuple[str, ...]
    boxes: tuple[Box, ...]
    empty: int = 0
    """Boxes that hold nothing and were left out."""


def read_boxes(path: Path, *, labelled: bool = True) -> Labelled:
    """The images of a VOC folder or COCO file with their boxes, in the order of their names.

    Raises DataError, with the file, for what is no annotation and for an image that is missing.
    """
    if path.is_dir():
        rows = _of_voc(path) if labelled else _bare(path)
    elif path.suffix.lower() == ".json":
        rows = _of_coco(path)
    else:
        raise DataError(f"{path} is neither a folder with Pascal VOC's XML nor COCO's JSON")
    if not rows:
        raise DataError(f"{path} holds no image with boxes")
    columns = Columns(texts=("path",), label="boxes")
    return Labelled(path.name, columns, tuple(rows), listed=False, notes=_notes(rows))


def names_of(data: Labelled) -> tuple[str, ...]:
    """What there is to find."""
    return tuple(sorted({name for row in data.rows if row.truth for name in row.truth.names}))


def _bare(path: Path) -> list[Row]:
    files = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES)
    return [file_row(number, str(file)) for number, file in enumerate(files, start=1)]


def _of_voc(path: Path) -> list[Row]:
    images: dict[str, list[Path]] = {}
    for each in path.rglob("*"):
        if each.suffix.lower() in SUFFIXES:
            images.setdefault(each.stem, []).append(each)
    return [
        _row(number, _beside(file, images.get(file.stem, []), path), *_voc_boxes(file))
        for number, file in enumerate(sorted(path.rglob("*.xml")), start=1)
    ]


def _beside(file: Path, named: list[Path], path: Path) -> Path:
    """The image of an annotation: of its own folder, or the only one of its name."""
    own = [each for each in named if each.parent == file.parent] or named
    if not own:
        raise DataError(f"{file} tells of an image {file.stem}, which is not in {path}")
    if len(own) > 1:
        raise DataError(
            f"{file} may tell of {own[0]} or of {own[1]}; put each annotation beside its image"
        )
    return own[0]


def _voc_boxes(file: Path) -> tuple[list[tuple[str, Box]], Size]:
    """What is in the image, and how large it is said to be."""
    text = decoded(file)
    if len(text) > MOST_BYTES or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DataError(f"{file} declares types or is over {MOST_BYTES:,} letters; it is not read")
    try:
        found, root = [], ElementTree.fromstring(text)
        size = tuple(int(float(root.findtext(f"size/{side}") or 0)) for side in ("width", "height"))
        for thing in root.iter("object"):
            name, edges = (thing.findtext("name") or "").strip(), thing.find("bndbox")
            if not name or edges is None:
                raise ValueError("an object needs a name and a bndbox")
            left, top, right, bottom = (
                float(edges.findtext(edge) or "nan") for edge in ("xmin", "ymin", "xmax", "ymax")
            )
            found.append((name, (left, top, right, bottom)))
    except (ElementTree.ParseError, RecursionError, ValueError, OverflowError) as error:
        raise DataError(f"{file} is no annotation as Pascal VOC has them: {error}") from None
    return found, (size[0], size[1])


def _of_coco(path: Path) -> list[Row]:
    try:
        told = json.loads(decoded(path))
        names = {each["id"]: str(each["name"]) for each in told["categories"]}
        files = {each["id"]: str(each["file_name"]) for each in told["images"]}
        sizes = {each["id"]: (int(each.get("width") or 0), int(each.get("height") or 0))
                 for each in told["images"]}  # fmt: skip
        boxes: dict[Any, list[tuple[str, Box]]] = {key: [] for key in files}
        for one in told["annotations"]:
            if not one.get("iscrowd"):
                x, y, width, height = map(float, one["bbox"])
                box = (names[one["category_id"]], (x, y, x + width, y + height))
                boxes[one["image_id"]].append(box)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{path.name} is not laid out as COCO is (images, annotations, categories): {error!r}"
        ) from None
    order = sorted(files, key=lambda key: files[key])
    return [
        _row(number, _within(path, files[key]), boxes[key], sizes[key])
        for number, key in enumerate(order, start=1)
    ]


def _within(path: Path, name: str) -> Path:
    root = path.parent.resolve()
    for place in (path.parent, path.parent / "images", path.parent / path.stem):
        where = (place / name).resolve()
        if not where.is_relative_to(root):
            raise DataError(
                f"{path.name}: {name!r} leads out of {root.name}; put the images beside it"
            )
        if where.is_file():
            return place / name
    raise DataError(f"{path.name}: there is no image {name!r} beside it")


def _row(number: int, file: Path, told: list[tuple[str, Box]], size: Size) -> Row:
    """An image with its boxes; of those that hold nothing the names are kept apart."""
    upright = upright_size(file)
    if all(size) and size != upright:
        raise DataError(
            f"{file} is {upright[0]} x {upright[1]} pixels as it is seen, and its boxes are told "
            f"for {size[0]} x {size[1]}; save the image as its boxes are, without a turn in EXIF"
        )
    fine = [one for one in told if _holds(one[1])]
    row = file_row(number, str(file))
    truth = Boxes(
        tuple(name for name, _ in fine), tuple(box for _, box in fine), len(told) - len(fine)
    )
    return Row(number, row.texts, (), truth=truth, content=row.content)


def _holds(box: Box) -> bool:
    left, top, right, bottom = box
    return 0 <= left < right < inf and 0 <= top < bottom < inf


def _notes(rows: list[Row]) -> tuple[str, ...]:
    empty = [row for row in rows if row.truth is not None and row.truth.empty]
    if not empty:
        return ()
    names = ", ".join(Path(row.texts[0]).name for row in empty[:8])
    more = ", ..." if len(empty) > 8 else ""
    count = sum(row.truth.empty for row in empty)
    return (f"{count} box{'es' * (count > 1)} without width or height, left out ({names}{more})",)
