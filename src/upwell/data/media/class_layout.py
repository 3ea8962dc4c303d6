"""How a folder says classes and splits.

- `CLASS/*`: no splits
- `SPLIT/CLASS/*`: split folders with the same class folders in them
- `CLASS/SPLIT/*`: class folders with split folders in them
- `CLASS/*` beside `val/CLASS/*`: training rows beside the other splits

A folder "train" of files beside other folders of files is a class, as in a collection of vehicles.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from .listing import (
    UNUSED_FOLDER,
    LeftOut,
    format_names,
    holds_file,
    list_files,
    list_folders,
    merge_left_out,
)
from .split_folders import loose_split_of, name_splits, split_of

STRAY_FILE = "file outside of the class folders"
UNSORTED_FOLDER = "split without a folder for each class"
EMPTY_FOLDER = "folder without such a file"

ClassPaths = Mapping[str, Path]
"""{class: its folder}"""


@dataclass(frozen=True)
class ClassLayout:
    """The class folders of each split."""

    folders: Mapping[str, ClassPaths]
    """{split: {class: folder}}; the only split is "" where the folder has no splits."""

    split_names: Mapping[str, str] = field(default_factory=dict)
    """{split: what its folders are called}"""

    left_out: LeftOut = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def find_layout(path: Path, suffixes: Collection[str]) -> ClassLayout:
    """The layout of a folder with files of these suffixes.

    Raises DataError where splits and classes cannot be told apart, and for a split that is doubled
    or that training rows are missing for.
    """
    path = _unwrap(path, suffixes)
    names = list_folders(path)
    layout = (
        _find_splits_first(path, names, suffixes)
        or _find_similar_splits(path, names, suffixes)
        or _find_classes_first(path, names, suffixes)
        or ClassLayout({"": {name: path / name for name in names}})
    )
    return ClassLayout(
        layout.folders,
        layout.split_names,
        merge_left_out(layout.left_out, _list_strays(path, suffixes)),
        layout.notes,
    )


def _unwrap(path: Path, suffixes: Collection[str]) -> Path:
    """The only folder in the folder, as archives have it, where that one has class folders."""
    names = list_folders(path)
    is_wrapper = len(names) == 1 and split_of(names[0]) is None and list_folders(path / names[0])
    if is_wrapper and not list_files(path, suffixes, recursive=False).files:
        return _unwrap(path / names[0], suffixes)
    return path


def _list_strays(path: Path, suffixes: Collection[str]) -> LeftOut:
    """What lies beside the folders: system files, other files, and files of no class."""
    listing = list_files(path, suffixes, recursive=False)
    strays = tuple(file.name for file in listing.files)
    return {**listing.left_out, **({STRAY_FILE: strays} if strays else {})}


def _find_splits_first(
    path: Path, names: Collection[str], suffixes: Collection[str]
) -> ClassLayout | None:
    """`SPLIT/CLASS/*`, or class folders beside splits; None where no folder is called a split."""
    splits = {name: split for name in names if (split := split_of(name)) is not None}
    if not splits:
        return None
    others = [name for name in names if name not in splits and holds_file(path / name, suffixes)]
    classes = {name: _list_classes(path / name) for name in splits}
    nested = {splits[name] for name in splits if classes[name]}
    if others and not nested:
        return _read_as_classes(path, names, others, splits)
    if others and "train" not in nested:
        return _add_training_classes(path, others, splits, classes)
    if others and nested == {"train"}:
        raise _ambiguous(path, splits, others)
    return _build_splits(path, splits, classes, suffixes, unused=others)


def _find_similar_splits(
    path: Path, names: Collection[str], suffixes: Collection[str]
) -> ClassLayout | None:
    """Folders such as "seg_train" and "seg_test", if they have class folders in common."""
    splits = {
        name: loose_split_of(name)
        for name in names
        if list_folders(path / name) or holds_file(path / name, suffixes)
    }
    known = {name: split for name, split in splits.items() if split is not None}
    classes = {name: _list_classes(path / name) for name in known}
    nested = {name: split for name, split in known.items() if classes[name]}
    if len(nested) < 2 or "train" not in nested.values():
        return None
    train = next(name for name, split in nested.items() if split == "train")
    if not all(set(classes[name]) & set(classes[train]) for name in nested):
        return None
    unused = [name for name in splits if name not in nested]
    return _build_splits(path, nested, classes, suffixes, unused)


def _find_classes_first(
    path: Path, names: Iterable[str], suffixes: Collection[str]
) -> ClassLayout | None:
    """`CLASS/SPLIT/*`; None where no class folder has a split in it."""
    inner = {name: list_folders(path / name) for name in names}
    if not any(split_of(each) for folders in inner.values() for each in folders):
        return None
    folders: dict[str, dict[str, Path]] = {}
    split_names: dict[str, str] = {}
    for name, inner_names in inner.items():
        rest = [each for each in inner_names if split_of(each) is None]
        strays = list_files(path / name, suffixes, recursive=False).files
        if strays or any(holds_file(path / name / each, suffixes) for each in rest):
            other = strays[0] if strays else path / name / rest[0]
            raise DataError(
                f"{path} has split folders in its class folders, and {other} is in none of them; "
                "move it into one"
            )
        splits = name_splits(path / name, {each: split_of(each) for each in inner_names})
        for split, folder in splits.items():
            folders.setdefault(split, {})[name] = path / name / folder
            split_names.setdefault(split, folder)
    _require_train(path, folders)
    return ClassLayout(folders, split_names)


def _read_as_classes(
    path: Path, names: Iterable[str], others: Collection[str], splits: Mapping[str, str]
) -> ClassLayout:
    """A class "train" among other classes; other names of splits are refused."""
    if set(splits.values()) != {"train"} or len(splits) > 1:
        raise _ambiguous(path, splits, others)
    (name,) = splits
    note = f"folder {name!r} is read as a class, because it holds files like {format_names(others)}"
    return ClassLayout({"": {each: path / each for each in names}}, notes=(note,))


def _add_training_classes(
    path: Path,
    others: Collection[str],
    splits: Mapping[str, str],
    classes: Mapping[str, ClassPaths],
) -> ClassLayout:
    """Class folders of training rows beside `val/CLASS/*` or `test/CLASS/*`."""
    if any(not set(inner) <= set(others) or not inner for inner in classes.values()):
        raise _ambiguous(path, splits, others)
    split_names = name_splits(path, splits)
    folders = {split: classes[name] for split, name in split_names.items()}
    note = f"the folders beside {format_names(splits)} are read as training rows"
    return ClassLayout(
        {"train": {name: path / name for name in others}, **folders}, split_names, notes=(note,)
    )


def _build_splits(
    path: Path,
    splits: Mapping[str, str],
    classes: Mapping[str, ClassPaths],
    suffixes: Collection[str],
    unused: Collection[str],
) -> ClassLayout:
    split_names = name_splits(path, splits)
    folders = {split: classes[name] for split, name in split_names.items() if classes[name]}
    unsorted = [name for split, name in split_names.items() if split not in folders]
    if "train" in split_names and "train" not in folders:
        raise DataError(
            f"{path / split_names['train']} holds no folder for each class; put the files of every "
            "class into a folder of its name"
        )
    _require_train(path, folders or split_names)
    empty = [name for name in unsorted if not holds_file(path / name, suffixes)]
    left_out = {
        UNSORTED_FOLDER: tuple(f"{name}/" for name in unsorted if name not in empty),
        UNUSED_FOLDER: tuple(f"{name}/" for name in unused),
        EMPTY_FOLDER: tuple(f"{name}/" for name in empty),
    }
    return ClassLayout(
        folders, split_names, {reason: names for reason, names in left_out.items() if names}
    )


def _require_train(path: Path, folders: Collection[str]) -> None:
    if "train" not in folders:
        raise DataError(
            f"{path} has the splits {quoted_list(folders)} and no folder 'train'; add it, or give "
            "the folder of one split"
        )


def _list_classes(folder: Path) -> ClassPaths:
    """The class folders of a split; archives may repeat the split's own folder inside of it."""
    names = list_folders(folder)
    if len(names) == 1 and names[0].lower() == folder.name.lower():
        return _list_classes(folder / names[0])
    return {name: folder / name for name in names}


def _ambiguous(path: Path, splits: Iterable[str], others: Iterable[str]) -> DataError:
    return DataError(
        f"{path} has {quoted_list(splits)} beside {quoted_list(others)}, so splits cannot be told "
        "from classes; give the folder of the training rows alone, or rename the class"
    )
