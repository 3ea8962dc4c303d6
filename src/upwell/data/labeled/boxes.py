"""Images with boxes around what is in them: Pascal VOC's XML, or COCO's JSON.

Boxes are left, top, right, bottom in pixels. XML with a document type or entities is refused, so
that it can neither read files nor expand; no image may lie outside of the folder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ...errors import DataError
from ..media.images import SUFFIXES, exif_oriented_size
from ..text_files import read_utf8
from .columns import Columns
from .dataset import LabeledDataset, Row
from .file_rows import make_file_row

Box = tuple[float, float, float, float]
ImageSize = tuple[int, int]
"""Width and height in pixels; zeros where unknown."""

MAX_XML_CHARS = 10_000_000


@dataclass(frozen=True)
class Boxes:
    """The objects in an image."""

    names: tuple[str, ...]
    """The class of each box."""

    boxes: tuple[Box, ...]
    empty: int = 0
    """Number of boxes left out because they have no area."""


def read_boxes(path: Path, *, labeled: bool = True) -> LabeledDataset:
    """The images of a VOC folder or COCO file with their `Boxes` as target, in the order of names.

    Raises DataError, with the file, for what is not an annotation and for a missing image.
    """
    if path.is_dir():
        rows = _read_voc(path) if labeled else _read_unlabeled(path)
    elif path.suffix.lower() == ".json":
        rows = _read_coco(path)
    else:
        raise DataError(f"{path} is neither a folder of Pascal VOC XML nor a COCO JSON file")
    if not rows:
        raise DataError(f"{path} holds no image with boxes")
    columns = Columns(text_columns=("path",), label_column="boxes")
    return LabeledDataset(
        path.name, columns, tuple(rows), has_fixed_labels=False, notes=_format_notes(rows)
    )


def get_class_names(data: LabeledDataset) -> tuple[str, ...]:
    """The classes of all boxes, sorted."""
    return tuple(sorted({name for row in data.rows if row.target for name in row.target.names}))


def _read_unlabeled(path: Path) -> list[Row]:
    files = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES)
    return [make_file_row(number, str(file)) for number, file in enumerate(files, start=1)]


def _read_voc(path: Path) -> list[Row]:
    images: dict[str, list[Path]] = {}
    for each in path.rglob("*"):
        if each.suffix.lower() in SUFFIXES:
            images.setdefault(each.stem, []).append(each)
    return [
        _make_row(
            number, _find_image(file, images.get(file.stem, []), path), *_parse_voc_boxes(file)
        )
        for number, file in enumerate(sorted(path.rglob("*.xml")), start=1)
    ]


def _find_image(file: Path, same_stem: list[Path], path: Path) -> Path:
    """The image of an annotation: the one in its folder, or the only one with its name."""
    candidates = [each for each in same_stem if each.parent == file.parent] or same_stem
    if not candidates:
        raise DataError(f"{file} annotates an image {file.stem}, which is not in {path}")
    if len(candidates) > 1:
        raise DataError(
            f"{file} may annotate {candidates[0]} or {candidates[1]}; put each annotation beside "
            "its image"
        )
    return candidates[0]


def _parse_voc_boxes(file: Path) -> tuple[list[tuple[str, Box]], ImageSize]:
    """The objects in the image, and the size of the image."""
    text = read_utf8(file)
    if len(text) > MAX_XML_CHARS or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise DataError(
            f"{file} declares a document type or has over {MAX_XML_CHARS:,} characters; it is not "
            "read"
        )
    try:
        objects, root = [], ElementTree.fromstring(text)
        size = tuple(int(float(root.findtext(f"size/{side}") or 0)) for side in ("width", "height"))
        for element in root.iter("object"):
            name, edges = (element.findtext("name") or "").strip(), element.find("bndbox")
            if not name or edges is None:
                raise ValueError("an object needs a name and a bndbox")
            left, top, right, bottom = (
                float(edges.findtext(edge) or "nan") for edge in ("xmin", "ymin", "xmax", "ymax")
            )
            objects.append((name, (left, top, right, bottom)))
    except (ElementTree.ParseError, RecursionError, ValueError, OverflowError) as error:
        raise DataError(f"{file} is not a Pascal VOC annotation: {error}") from None
    return objects, (size[0], size[1])


def _read_coco(path: Path) -> list[Row]:
    try:
        payload = json.loads(read_utf8(path))
        names = {each["id"]: str(each["name"]) for each in payload["categories"]}
        files = {each["id"]: str(each["file_name"]) for each in payload["images"]}
        sizes = {each["id"]: (int(each.get("width") or 0), int(each.get("height") or 0))
                 for each in payload["images"]}  # fmt: skip
        boxes: dict[Any, list[tuple[str, Box]]] = {key: [] for key in files}
        for annotation in payload["annotations"]:
            if not annotation.get("iscrowd"):
                x, y, width, height = map(float, annotation["bbox"])
                box = (names[annotation["category_id"]], (x, y, x + width, y + height))
                boxes[annotation["image_id"]].append(box)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{path.name} does not have the layout of COCO (images, annotations, categories): "
            f"{error!r}"
        ) from None
    image_ids = sorted(files, key=lambda key: files[key])
    return [
        _make_row(number, _resolve_image(path, files[key]), boxes[key], sizes[key])
        for number, key in enumerate(image_ids, start=1)
    ]


def _resolve_image(path: Path, name: str) -> Path:
    root = path.parent.resolve()
    for folder in (path.parent, path.parent / "images", path.parent / path.stem):
        resolved = (folder / name).resolve()
        if not resolved.is_relative_to(root):
            raise DataError(
                f"{path.name}: {name!r} leads out of {root.name}; put the images beside it"
            )
        if resolved.is_file():
            return folder / name
    raise DataError(f"{path.name}: there is no image {name!r} beside it")


def _make_row(number: int, file: Path, boxes: list[tuple[str, Box]], size: ImageSize) -> Row:
    """An image with its boxes; boxes without area are counted and left out."""
    upright = exif_oriented_size(file)
    if all(size) and size != upright:
        raise DataError(
            f"{file} is {upright[0]} x {upright[1]} pixels upright, and its boxes are for "
            f"{size[0]} x {size[1]}; save the image as its boxes are, without a rotation in EXIF"
        )
    valid = [one for one in boxes if _is_valid(one[1])]
    row = make_file_row(number, str(file))
    target = Boxes(
        tuple(name for name, _ in valid), tuple(box for _, box in valid), len(boxes) - len(valid)
    )
    return Row(number, row.texts, (), target=target, file_sha256=row.file_sha256)


def _is_valid(box: Box) -> bool:
    left, top, right, bottom = box
    return 0 <= left < right < inf and 0 <= top < bottom < inf


def _format_notes(rows: list[Row]) -> tuple[str, ...]:
    empty = [row for row in rows if row.target is not None and row.target.empty]
    if not empty:
        return ()
    names = ", ".join(Path(row.texts[0]).name for row in empty[:8])
    more = ", ..." if len(empty) > 8 else ""
    count = sum(row.target.empty for row in empty)
    return (f"{count} box{'es' * (count > 1)} without width or height, left out ({names}{more})",)
