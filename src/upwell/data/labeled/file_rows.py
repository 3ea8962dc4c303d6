"""Rows that are files: a folder for every label, or a list of paths with labels.

Every row has the path and the sha256 of its file, so that copies are found. No path may lead out of
the folder of its list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ...errors import DataError
from ...files import open_regular
from ...plugins import quoted_list
from ..media.class_folders import ClassFolders
from ..media.listing import describe_left_out, format_names, list_files, quote_name, resolve_inside
from ..media.split_folders import split_of
from ..tabular import FORMATS, TableRecord, TabularFile
from .columns import LABEL_COLUMNS, Columns, read_columns
from .dataset import LabeledDataset, Row, parse_labels
from .splits import SplitDatasets

PATH_COLUMNS = (
    "path", "file", "filename", "file_name", "image", "audio", "wav", "image_path", "audio_path",
    "filepath", "file_path", "audio_filepath", "路径", "文件",
)  # fmt: skip
"""What people call the column of paths."""

FILE_FOLDERS = ("", "clips", "wavs", "wav", "audio", "audios", "images", "data")
"""Folders beside a list in which its files may be."""

MAX_PATH_CHARS = 500
"""Longest path that a message repeats as a whole."""

LIST_STEMS = ("metadata", "labels", "list", "index", "annotations", "transcripts")
LIST_SUFFIXES = (".csv", ".tsv", ".jsonl", ".parquet")
"""Names of a list that lies in the folder of its files."""


def read_files(
    path: Path, suffixes: Collection[str], columns: Columns, *, labeled: bool = True
) -> LabeledDataset:
    """The files of a folder with a folder for every label, or of a list; `texts` is the path.

    Without labels, all files of the folder. Raises DataError for a folder without such files or
    with splits, a list without a column of paths, and a missing file.
    """
    if not path.is_dir():
        return _read_labeled_list(path, suffixes, columns, labeled=labeled)
    if not labeled:
        return read_unlabeled_folder(path, suffixes)
    if (listing := find_list(path, suffixes)) is not None:
        return _read_labeled_list(listing, suffixes, columns, labeled=True)
    folder = ClassFolders(path, suffixes)
    if "" not in folder.layout.folders:
        names = folder.layout.split_names.values()
        raise DataError(
            f"{path} has several splits ({format_names(sorted(names))}); give the folder of one"
        )
    return _read_split(folder, "", path.name)


def read_file_splits(path: Path, suffixes: Collection[str], columns: Columns) -> SplitDatasets:
    """The training rows of a folder or list, with the dev and test rows of its split folders.

    Raises DataError as `read_files`, and where splits cannot be told from labels.
    """
    if not path.is_dir() or find_list(path, suffixes) is not None:
        return SplitDatasets(read_files(path, suffixes, columns))
    folder = ClassFolders(path, suffixes)
    names = {"": path.name} | {
        split: f"{path.name}/{name}" for split, name in folder.layout.split_names.items()
    }
    datasets = {
        split: _read_split(folder, split, names.get(split, path.name))
        for split in folder.layout.folders
    }
    return SplitDatasets(
        datasets[folder.train_split], dev=datasets.get("dev"), test=datasets.get("test")
    )


def read_unlabeled_folder(path: Path, suffixes: Collection[str]) -> LabeledDataset:
    """All files below a folder, without labels. Raises DataError where there is none."""
    listing = list_files(path, suffixes)
    if not listing.files:
        raise DataError(
            f"{path} holds no {' or '.join(suffixes)} file"
            + "".join(f"; {note}" for note in describe_left_out(listing.left_out))
        )
    rows = tuple(make_file_row(number, str(file)) for number, file in enumerate(listing.files, 1))
    return LabeledDataset(
        path.name,
        Columns(text_columns=("path",), label_column="folder"),
        rows,
        notes=describe_left_out(listing.left_out),
    )


def describe_files(
    data: LabeledDataset, describe: Callable[[Iterable[Path]], tuple[str, ...]]
) -> LabeledDataset:
    """The rows with the notes of `describe` on their files, such as `describe_images`."""
    return replace(data, notes=(*data.notes, *describe(Path(row.texts[0]) for row in data.rows)))


def find_list(path: Path, suffixes: Collection[str]) -> Path | None:
    """The list of a folder: the only table with a usual name, if no folder in it is a label."""
    tables = [
        file
        for file in list_files(path, LIST_SUFFIXES, recursive=False).files
        if file.stem.lower() in LIST_STEMS
    ]
    if len(tables) != 1:
        return None
    has_files = bool(list_files(path, suffixes, recursive=False).files)
    folders = {file.parent for file in list_files(path, suffixes).files} - {path}
    is_label = any(
        each.name.lower() not in FILE_FOLDERS and split_of(each.name) is None for each in folders
    )
    return tables[0] if has_files or (folders and not is_label) else None


def read_file_list(
    path: Path,
    suffixes: Collection[str],
    columns: Columns,
    names: Collection[str],
    *,
    labeled: bool = True,
    file: TabularFile | None = None,
) -> LabeledDataset:
    """The files of a list, with the value of the label column as target.

    That column is the one of `columns`, or the first with one of the `names`. `file` is the content
    of the list, if it was read already. Raises DataError for missing columns and files.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"{path} is neither a folder nor one of {quoted_list(FORMATS)} with a path a row"
        )
    file = file or read_columns(path, columns, (*PATH_COLUMNS, *names))
    lowered = {name.lower(): name for name in file.column_names}
    path_column = (
        columns.text_columns[0] if columns.text_columns else _first_match(PATH_COLUMNS, lowered)
    )
    label_column = columns.label_column or _first_match(names, lowered)
    if path_column not in file.column_names or (labeled and label_column not in file.column_names):
        missing = (
            "a column of paths" if path_column not in file.column_names else "a column of labels"
        )
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)} and not {missing}; name "
            "it "
            f"with {'--text-column' if path_column not in file.column_names else '--label-column'}"
        )
    assert path_column is not None
    rows = tuple(
        _make_listed_row(record, path, path_column, label_column, suffixes)
        for record in file.records
    )
    resolved_columns = replace(
        columns, text_columns=(path_column,), label_column=label_column or ""
    )
    unused = [name for name in file.column_names if name not in (path_column, label_column)]
    return LabeledDataset(
        path.name,
        resolved_columns,
        rows,
        has_fixed_labels=False,
        notes=(
            *file.notes,
            *((f"columns that are not used: {', '.join(unused)}",) if unused else ()),
        ),
    )


def resolve_listed(path: Path, name: str, line: int, suffixes: Collection[str]) -> Path:
    """The file that a line of a list names, beside the list or in one of `FILE_FOLDERS`.

    Raises DataError for one outside of the folder of the list, and where there is none.
    """
    where = f"{path.name}:{line}"
    if not name:
        raise DataError(f"{where} names no file; add its path, or delete the line")
    names = (
        [name] if Path(name).suffix.lower() in suffixes else [f"{name}{each}" for each in suffixes]
    )
    for each in (name, *names):
        try:
            file = resolve_inside(path.parent, each, FILE_FOLDERS)
        except DataError as error:
            raise DataError(f"{where}: {error}") from None
        if file is None:
            continue
        if file.suffix.lower() not in suffixes:
            raise DataError(
                f"{where}: {quote_name(name)} is not a {' or '.join(sorted(suffixes))} file"
            )
        return file
    folders = [f"{each}/" for each in FILE_FOLDERS[1:] if (path.parent / each).is_dir()]
    raise DataError(
        f"{where}: there is no file {quote_name(name)} beside {path.name}"
        + (f" or in {', '.join(folders)}" if folders else "")
        + "; add it, or delete the line"
    )


def make_file_row(number: int, text: str) -> Row:
    """A file as a row. Raises DataError where there is none."""
    return Row(number, (text,), (), file_sha256=_file_sha256(Path(text)))


def _read_labeled_list(
    path: Path, suffixes: Collection[str], columns: Columns, *, labeled: bool
) -> LabeledDataset:
    listing = read_file_list(path, suffixes, columns, LABEL_COLUMNS, labeled=labeled)
    separator = columns.label_separator
    rows = tuple(
        replace(
            row,
            labels=parse_labels(row.target, separator, f"{path.name}:{row.line}"),
            target=None,
        )
        for row in listing.rows
    )
    return replace(listing, rows=rows, has_fixed_labels=True)


def _read_split(folder: ClassFolders, split: str, name: str) -> LabeledDataset:
    classes, class_files = folder.classes, folder.list_files(split)
    rows = tuple(
        replace(make_file_row(number, str(file)), labels=(classes[label],))
        for number, (file, label) in enumerate(class_files.files, start=1)
    )
    is_train = split == folder.train_split
    absent = sorted(set(classes) - {label for row in rows for label in row.labels})
    s = "s" * (len(absent) > 1)
    notes = (
        *describe_left_out(class_files.left_out),
        *(folder.layout.notes if is_train else ()),
        *((f"no file of the label{s} {format_names(absent)}",) if absent else ()),
    )
    columns = Columns(text_columns=("path",), label_column="folder")
    return LabeledDataset(name, columns, rows, notes=notes)


def _make_listed_row(
    record: TableRecord,
    path: Path,
    path_column: str,
    label_column: str | None,
    suffixes: Collection[str],
) -> Row:
    file = resolve_listed(path, record.text(path_column), record.number, suffixes)
    value = None if label_column is None else record.values.get(label_column)
    target = None if value is None else str(value).strip() or None
    return replace(make_file_row(record.number, str(file)), target=target)


def _first_match(names: Sequence[str] | Collection[str], lowered: dict[str, str]) -> str | None:
    return next((lowered[name] for name in names if name in lowered), None)


def _file_sha256(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(cast("Any", file), "sha256").hexdigest()
    except OSError as error:
        name = str(path) if len(str(path)) <= MAX_PATH_CHARS else quote_name(str(path))
        raise DataError(f"{name} cannot be read: {error.strerror}") from None
    except (ValueError, RuntimeError):
        raise DataError(f"{path} is no name that a file can have") from None
