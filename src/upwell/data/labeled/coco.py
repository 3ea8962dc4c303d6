"""Boxes in COCO's JSON: one file for all images, which lie beside it or in a folder beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...plugins import quoted_list
from ..json_values import parse_json
from ..media.listing import base_name, format_names, quote_name, resolve_inside
from ..text_files import read_text
from .box_rows import Box, BoxNotes, ImageSize, make_box_row
from .dataset import Row
from .file_rows import make_file_row

ANNOTATION_FOLDER = "annotations"
"""A folder of this name lies beside those of the images."""

Key = int | str


def read_coco(path: Path, *, labeled: bool = True) -> tuple[list[Row], tuple[str, ...]]:
    """The images in the order of their names, with their boxes, and notes on what is left out.

    Raises DataError, with the file, for another layout, for an image that is missing or outside of
    the folder, and for ids that two things share or that nothing has.
    """
    payload = parse_json(read_text(path).text, path.name)
    images = _index(path, payload, "images")
    files = {key: _text(path, "images", each, "file_name") for key, each in images.items()}
    keys = sorted(files, key=lambda key: files[key])
    if not labeled:
        paths = {key: _find_image(path, files[key])[0] for key in keys}
        rows = [make_file_row(number, str(paths[key])) for number, key in enumerate(keys, 1)]
        return rows, ()
    notes = BoxNotes()
    boxes = _group_boxes(path, payload, images, files, notes)
    rows = []
    for number, key in enumerate(keys, start=1):
        file, is_guess = _find_image(path, files[key])
        if is_guess:
            notes.add("image", "found by the name of the file alone", file.name)
        rows.append(make_box_row(number, file, boxes[key], _size(path, images[key]), notes))
    return rows, notes.to_notes()


def _group_boxes(
    path: Path,
    payload: Mapping[str, Any],
    images: Mapping[Key, Any],
    files: Mapping[Key, str],
    notes: BoxNotes,
) -> dict[Key, list[tuple[str, Box]]]:
    """The boxes of each image, with the names of their classes; crowds are left out."""
    categories = _index(path, payload, "categories")
    names = {key: _text(path, "categories", each, "name") for key, each in categories.items()}
    boxes: dict[Key, list[tuple[str, Box]]] = {key: [] for key in images}
    used: set[str] = set()
    for number, annotation in enumerate(_list(path, payload, "annotations"), start=1):
        where = f"annotation {number}"
        image = _key(path, where, annotation, "image_id", images)
        name = names[_key(path, where, annotation, "category_id", categories)]
        if annotation.get("iscrowd"):
            notes.add("crowd", "left out, because a crowd is no object", base_name(files[image]))
            continue
        boxes[image].append((name, _box(path, where, annotation)))
        used.add(name)
    for name in sorted(set(names.values()) - used):
        notes.add("category", "without a box, no label of the model", name)
    counts = Counter(names.values())
    for name in sorted(name for name in used if counts[name] > 1):
        notes.add("category", "with several ids, read as one label", name)
    return boxes


def _list(path: Path, payload: Any, name: str) -> list[dict[str, Any]]:
    values = payload.get(name) if isinstance(payload, dict) else None
    if not isinstance(values, list):
        raise _wrong_layout(path, f"there is no list {name!r}")
    for number, each in enumerate(values, start=1):
        if not isinstance(each, dict):
            raise _wrong_layout(path, f"number {number} of {name} is not an object")
    return values


def _index(path: Path, payload: Any, name: str) -> dict[Key, dict[str, Any]]:
    """The objects of a list by id."""
    objects: dict[Key, dict[str, Any]] = {}
    for number, each in enumerate(_list(path, payload, name), start=1):
        key = each.get("id")
        if isinstance(key, bool) or not isinstance(key, int | str):
            raise _wrong_layout(path, f"number {number} of {name} has no id")
        if key in objects:
            raise DataError(
                f"{path.name}: two {name} have the id {quote_name(str(key))}; give each its own"
            )
        objects[key] = each
    return objects


def _key(
    path: Path, where: str, annotation: Mapping[str, Any], name: str, objects: Iterable[Key]
) -> Key:
    key = annotation.get(name)
    if isinstance(key, bool) or not isinstance(key, int | str):
        raise _wrong_layout(path, f"{where} has no {name}")
    if key not in objects:
        raise DataError(
            f"{path.name}: {where} has the {name} {quote_name(str(key))}, which nothing in "
            "the file has; correct it, or delete the annotation"
        )
    return key


def _text(path: Path, name: str, values: Mapping[str, Any], field: str) -> str:
    text = values.get(field)
    if not isinstance(text, str) or not text.strip():
        raise _wrong_layout(path, f"one of {name} has no {field}")
    return text.strip()


def _size(path: Path, image: Mapping[str, Any]) -> ImageSize:
    try:
        width, height = (int(image.get(side) or 0) for side in ("width", "height"))
    except (TypeError, ValueError, OverflowError):
        raise _wrong_layout(path, "the size of an image is not a number of pixels") from None
    return width, height


def _box(path: Path, where: str, annotation: Mapping[str, Any]) -> Box:
    try:
        x, y, width, height = map(float, annotation["bbox"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _wrong_layout(path, f"{where} has no bbox of four numbers") from None
    return x, y, x + width, y + height


def _find_image(path: Path, name: str) -> tuple[Path, bool]:
    """The image of a name, and whether only the last part of the name was of use."""
    root = path.parent.parent if path.parent.name.lower() == ANNOTATION_FOLDER else path.parent
    # "instances_train2017.json" is for the images in "train2017".
    folders = ("", "images", path.stem, path.stem.rpartition("_")[2], f"images/{path.stem}")
    try:
        for candidate, is_guess in ((name, False), (base_name(name), True)):
            is_absolute = candidate == name and (name.startswith("/") or name[1:3] in (":\\", ":/"))
            file = None if is_absolute else resolve_inside(root, candidate, folders)
            if file is not None:
                return file, is_guess and candidate != name
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None
    looked_at = [f"{each}/" for each in folders if each and (root / each).is_dir()]
    raise DataError(
        f"{path.name}: there is no image {quote_name(name)} beside it"
        + (f" or in {format_names(looked_at)}" if looked_at else "")
        + "; add it, or take it out of the file"
    )


def _wrong_layout(path: Path, reason: str) -> DataError:
    expected = quoted_list(("images", "annotations", "categories"))
    return DataError(
        f"{path.name} does not have the layout of COCO ({expected}): {reason}; export it again"
    )
