"""Boxes in Pascal VOC's XML: a file for each image.

XML with a document type or entities is refused, so that it can neither read files nor expand.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from ...errors import DataError
from ..media.images import SUFFIXES
from ..media.listing import base_name, describe_left_out, list_files
from ..text_files import read_text
from .box_rows import Box, BoxNotes, ImageSize, make_box_row
from .dataset import Row

XML_SUFFIXES = (".xml",)
MAX_XML_CHARS = 10_000_000


def read_voc(path: Path) -> tuple[list[Row], tuple[str, ...]]:
    """The images of a folder that have an annotation, and notes on what is left out.

    Raises DataError, with the file, for what is not an annotation and for a missing image.
    """
    listing = list_files(path, (*SUFFIXES, *XML_SUFFIXES))
    annotations = [file for file in listing.files if file.suffix.lower() in XML_SUFFIXES]
    images: dict[str, list[Path]] = {}
    for file in listing.files:
        if file.suffix.lower() in SUFFIXES:
            images.setdefault(file.stem, []).append(file)
    rows, notes = [], BoxNotes()
    for number, file in enumerate(annotations, start=1):
        boxes, size, image_name = _parse_annotation(file)
        image = _find_image(file, images, image_name, path)
        rows.append(make_box_row(number, image, boxes, size, notes))
    used = {Path(row.texts[0]) for row in rows}
    for same_stem in images.values():
        for image in same_stem:
            if image not in used and not is_mask_folder(image.parent.name):
                notes.add("image", "without an annotation, left out", image.name)
    return rows, (*describe_left_out(listing.left_out), *notes.to_notes())


def is_mask_folder(name: str) -> bool:
    """Whether a folder of VOC holds masks and no photos."""
    return name.lower().startswith("segmentation")


def _find_image(file: Path, images: dict[str, list[Path]], name: str, path: Path) -> Path:
    """The image of an annotation: of its name or of the name in it, and best in its folder."""
    photos = [
        each
        for each in images.get(file.stem) or images.get(Path(name).stem, [])
        if not is_mask_folder(each.parent.name)
    ]
    candidates = [each for each in photos if each.parent == file.parent] or photos
    if not candidates:
        raise DataError(f"{file} annotates an image {file.stem}, which is not in {path}")
    if len(candidates) > 1:
        raise DataError(
            f"{file} may annotate {candidates[0]} or {candidates[1]}; put each annotation beside "
            "its image"
        )
    return candidates[0]


def _parse_annotation(file: Path) -> tuple[list[tuple[str, Box]], ImageSize, str]:
    """The objects in the image, the size of the image, and its name."""
    text = read_text(file).text
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
    return objects, (size[0], size[1]), base_name((root.findtext("filename") or "").strip())
