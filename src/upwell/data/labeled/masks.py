"""Images with a segmentation mask each: every pixel of a mask is the number of its class.

The images are in one folder and masks with the same names in another, or a list has both paths.
Masks are gray or have a palette; masks of black and white alone have two classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ...plugins import quoted_list
from ..media.images import SUFFIXES, describe_images, read_image_header, read_mask_values
from ..media.listing import describe_left_out, format_names, list_files, list_folders
from ..media.split_folders import find_split_folders, find_splits
from .columns import Columns
from .dataset import LabeledDataset, Row
from .file_rows import make_file_row, read_file_list, read_unlabeled_folder, resolve_listed
from .splits import SplitDatasets, read_each_split

VOC_IMAGES = "jpegimages"
IMAGE_NAMES = ("images", "image", "imgs", "img", VOC_IMAGES)
MASK_NAMES = (
    "masks", "mask", "labels", "label", "annotations", "segmentation", "segmentationclass",
)  # fmt: skip
MASK_ENDINGS = ("_mask", "-mask", "_masks", "_label", "_labels", "_seg", "_gt")
"""What names of masks have more than those of their images."""

UNKNOWN_VALUE = 255
"""Value of pixels without a class, where a mask has more than black and white."""

WHITE = 255
MAX_GRAY_SHADES, MAX_EDGE_FRACTION = 16, 0.2
"""More gray shades than this, on a smaller fraction of pixels than this, are smoothed edges."""

BINARY_NAMES = ("background", "foreground")


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

    Raises DataError for an image without a mask, and for a mask that is invalid or does not fit.
    """
    if path.is_dir() and not labeled:
        folder = _find_folder(path, IMAGE_NAMES) or path
        return read_unlabeled_folder(folder, SUFFIXES)
    if path.is_dir():
        return _read_folders(path, _require_folder(path, IMAGE_NAMES), _find_masks(path))
    listing = read_file_list(path, SUFFIXES, columns, MASK_NAMES, labeled=labeled)
    rows = tuple(
        _add_mask(row, resolve_listed(path, str(row.target), row.line, SUFFIXES))
        if row.target
        else row
        for row in listing.rows
    )
    return _describe(replace(listing, rows=rows))


def read_mask_splits(path: Path, columns: Columns) -> SplitDatasets:
    """The training rows with the dev and test rows of a folder.

    Splits are folders with images and masks, or folders in those of images and masks. Raises
    DataError as `read_masks`, for a split of images that has no masks, and for training masks of
    one class.
    """
    splits = _read_splits(path, columns)
    values = _collect_values(splits.train.rows)
    if len(set(values) - _get_ignored(values)) < 2:
        count = len(splits.train.rows)
        raise DataError(
            f"{splits.train.name}: all pixels of its {count} masks have one value, "
            f"{', '.join(map(str, values)) or 'none'}; give masks with at least two classes"
        )
    return splits


def _read_splits(path: Path, columns: Columns) -> SplitDatasets:
    if not path.is_dir():
        return SplitDatasets(read_masks(path, columns))
    if folders := find_split_folders(path):
        return read_each_split(path, folders, lambda folder: read_masks(folder, columns))
    images, masks = _require_folder(path, IMAGE_NAMES), _find_masks(path)
    image_splits = find_splits(images, list_folders(images))
    mask_splits = find_splits(masks, list_folders(masks))
    if not image_splits:
        return SplitDatasets(_read_folders(path, images, masks))
    if missing := set(image_splits) - set(mask_splits):
        raise DataError(
            f"{image_splits[min(missing)]} has no folder of its name in {masks.name}; add the masks"
        )

    def read(folder: Path) -> LabeledDataset:
        split = next(name for name, each in image_splits.items() if each == folder)
        return _read_folders(path, folder, mask_splits[split])

    return read_each_split(path, image_splits, read)


def get_class_names(rows: Sequence[Row]) -> tuple[str, ...]:
    """The names of the classes in all masks."""
    values = _collect_values(rows)
    if set(values) <= {0, WHITE} or set(values) <= {0, 1}:
        return BINARY_NAMES
    return tuple(str(value) for value in values if value != UNKNOWN_VALUE)


def load_mask(mask: Mask, names: Sequence[str]) -> NDArray[np.int64]:
    """[H, W]: the index of the class of each pixel; -100 for pixels without a class."""
    values = _read_values(Path(mask.path))
    if tuple(names) == BINARY_NAMES:
        return (values > 0).astype(np.int64)
    value_to_index = np.full(256, -100, dtype=np.int64)
    for index, name in enumerate(names):
        value_to_index[int(name)] = index
    return value_to_index[values]


def _read_folders(path: Path, images: Path, masks: Path) -> LabeledDataset:
    """The images of one folder with the masks of another."""
    image_files, mask_files = (list_files(each, SUFFIXES, path) for each in (images, masks))
    masks_by_name = {_match_key(file, masks): file for file in mask_files.files}
    matches = {file: _find_mask(file, images, masks_by_name) for file in image_files.files}
    unmatched = [file for file, mask in matches.items() if mask is None]
    if not matches:
        raise DataError(f"{images} holds no {' or '.join(SUFFIXES)} file")
    # In the layout of Pascal VOC most photos have boxes alone.
    if len(unmatched) == len(matches) or (unmatched and images.name.lower() != VOC_IMAGES):
        raise DataError(f"{unmatched[0]} has no mask of its name in {masks.name}; add it")
    rows = tuple(
        _add_mask(make_file_row(number, str(file)), mask)
        for number, (file, mask) in enumerate(matches.items(), start=1)
        if mask is not None
    )
    used = set(matches.values())
    unused = [file.name for file in mask_files.files if file not in used]
    notes = (
        *describe_left_out(image_files.left_out),
        *describe_left_out(mask_files.left_out),
        *_note("images without a mask, left out", [file.name for file in unmatched]),
        *_note("masks without an image, left out", unused),
    )
    columns = Columns(text_columns=("path",), label_column="mask")
    return _describe(LabeledDataset(path.name, columns, rows, has_fixed_labels=False, notes=notes))


def _describe(data: LabeledDataset) -> LabeledDataset:
    """The rows with notes on images and on the value 255."""
    values = _collect_values(data.rows)
    unknown = [
        Path(row.texts[0]).name
        for row in data.rows
        if row.target and _get_ignored(values) & set(row.target.values)
    ]
    notes = (
        *describe_images(Path(row.texts[0]) for row in data.rows),
        *_note(f"masks with the value {UNKNOWN_VALUE}, read as pixels without a class", unknown),
    )
    return replace(data, notes=(*data.notes, *notes))


def _get_ignored(values: Sequence[int]) -> set[int]:
    """Values of pixels without a class: 255, unless the masks are black and white."""
    return set() if set(values) <= {0, WHITE} else {UNKNOWN_VALUE}


def _collect_values(rows: Sequence[Row]) -> list[int]:
    return sorted({value for row in rows if row.target for value in row.target.values})


def _note(what: str, names: Sequence[str]) -> tuple[str, ...]:
    return (f"{len(names)} {what} ({format_names(names)})",) if names else ()


def _match_key(file: Path, folder: Path) -> str:
    """The path below the folder without its suffix."""
    return file.relative_to(folder).with_suffix("").as_posix()


def _find_mask(image: Path, images: Path, masks_by_name: dict[str, Path]) -> Path | None:
    """The mask of an image: of the same name, perhaps with an ending such as "_mask"."""
    name = _match_key(image, images)
    candidates = (masks_by_name.get(name + ending) for ending in ("", *MASK_ENDINGS))
    return next((mask for mask in candidates if mask is not None), None)


def _find_masks(path: Path) -> Path:
    return _require_folder(path, MASK_NAMES)


def _require_folder(path: Path, names: Sequence[str]) -> Path:
    folder = _find_folder(path, names)
    if folder is None:
        raise DataError(
            f"{path} has no folder {quoted_list(names[:1])}; put images and masks of the same "
            f"names into {quoted_list((IMAGE_NAMES[0], MASK_NAMES[0]))}"
        )
    return folder


def _find_folder(path: Path, names: Sequence[str]) -> Path | None:
    folders = {name.lower(): path / name for name in list_folders(path)}
    return next((folders[name] for name in names if name in folders), None)


def _add_mask(row: Row, path: Path) -> Row:
    values = _read_values(path)
    width, height = read_image_header(Path(row.texts[0])).size
    if values.shape != (height, width):
        raise DataError(
            f"{path} is {values.shape[1]} x {values.shape[0]} pixels and its image, upright, "
            f"{width} x {height}; give both the same size, without a rotation in EXIF"
        )
    numbers, counts = np.unique(values, return_counts=True)
    _check_shades(path, numbers, counts)
    content = make_file_row(row.line, str(path)).file_sha256
    mask = Mask(str(path), content, tuple(numbers.tolist()))
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
    values = read_mask_values(path)
    return values * np.uint8(WHITE) if values.dtype == np.bool_ else values
