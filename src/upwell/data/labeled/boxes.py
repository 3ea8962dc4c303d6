"""Images with boxes around what is in them: Pascal VOC's XML, or COCO's JSON.

No image may lie outside of the folder.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from ..media.images import SUFFIXES, describe_images
from ..media.listing import list_files
from ..media.split_folders import find_split_folders, loose_split_of, name_splits
from .coco import read_coco
from .columns import Columns
from .dataset import LabeledDataset
from .file_rows import read_unlabeled_folder
from .splits import SplitDatasets, read_each_split
from .voc import XML_SUFFIXES, read_voc

COCO_SUFFIXES = (".json",)


def read_boxes(path: Path, *, labeled: bool = True) -> LabeledDataset:
    """The images of a VOC folder, a COCO file or its folder, with their `Boxes` as target.

    Images are in the order of their names. Raises DataError, with the file, for what is not an
    annotation, and for a missing image.
    """
    if path.is_dir() and not labeled:
        return read_unlabeled_folder(path, SUFFIXES)
    files = _find_coco_files(path)
    if len(files) > 1:
        names = quoted_list(str(file.relative_to(path)) for file in files)
        raise DataError(f"{path} has several JSON files: {names}; give one of them")
    if files:
        rows, notes = read_coco(files[0], labeled=labeled)
    elif path.is_dir():
        rows, notes = read_voc(path)
    else:
        raise DataError(f"{path} is neither a folder of Pascal VOC XML nor a COCO JSON file")
    if not rows:
        raise DataError(f"{path} holds no image with boxes")
    columns = Columns(text_columns=("path",), label_column="boxes")
    traits = describe_images(Path(row.texts[0]) for row in rows)
    return LabeledDataset(
        path.name, columns, tuple(rows), has_fixed_labels=False, notes=(*notes, *traits)
    )


def read_box_splits(path: Path) -> SplitDatasets:
    """The training rows with the dev and test rows of a folder.

    They are split folders, or COCO files with the names of splits. Raises DataError as
    `read_boxes`.
    """
    if not path.is_dir():
        return SplitDatasets(read_boxes(path))
    splits = {str(file): loose_split_of(file.stem) for file in _find_coco_files(path)}
    if len(splits) > 1 and all(splits.values()):
        names = name_splits(path, splits)
        if "train" in names:
            return read_each_split(path, {s: Path(n) for s, n in names.items()}, read_boxes)
    if folders := find_split_folders(path):
        return read_each_split(path, folders, read_boxes)
    return SplitDatasets(read_boxes(path))


def require_boxes(data: LabeledDataset) -> LabeledDataset:
    """The rows, if there is a box in them. Raises DataError where there is none."""
    if any(row.target is not None and row.target.boxes for row in data.rows):
        return data
    reasons = f" ({'; '.join(data.notes)})" if data.notes else ""
    count = f"{len(data.rows)} image{'s' * (len(data.rows) != 1)}"
    raise DataError(f"{data.name} has {count} and no box{reasons}; give images with boxes")


def get_class_names(data: LabeledDataset) -> tuple[str, ...]:
    """The classes of all boxes, sorted."""
    return tuple(sorted({name for row in data.rows if row.target for name in row.target.names}))


def _find_coco_files(path: Path) -> tuple[Path, ...]:
    """The path if it is a JSON file, or the JSON files of a folder without XML."""
    if path.is_file():
        return (path,) if path.suffix.lower() in COCO_SUFFIXES else ()
    if not path.is_dir():
        return ()
    files = list_files(path, (*COCO_SUFFIXES, *XML_SUFFIXES)).files
    has_xml = any(file.suffix.lower() in XML_SUFFIXES for file in files)
    return () if has_xml else files
