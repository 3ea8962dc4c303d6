"""Rows that are files: a folder for every label, or a list of paths with labels.

Every row has the path and the sha256 of its file, so that copies are found. No path may lead out of
the folder of its list.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from ..media.class_folders import ClassFolders
from ..tabular import FORMATS
from .columns import LABEL_COLUMNS, Columns, read_columns
from .dataset import LabeledDataset, Row, parse_labels

PATH_COLUMNS = ("path", "file", "filename", "file_name", "image", "audio", "wav", "路径", "文件")
"""What people call the column of paths."""


def read_files(
    path: Path, suffixes: Collection[str], columns: Columns, *, labeled: bool = True
) -> LabeledDataset:
    """The files of a folder with a folder for every label, or of a list; `texts` is the path.

    Raises DataError for a folder without such files, a list without a column of paths, and a
    missing file.
    """
    if path.is_dir():
        return _read_folder(path, suffixes, labeled=labeled)
    listing = read_file_list(path, suffixes, columns, LABEL_COLUMNS, labeled=labeled)
    rows = tuple(
        replace(
            row,
            labels=parse_labels(row.target, columns.label_separator, f"{path.name}:{row.line}"),
            target=None,
        )
        for row in listing.rows
    )
    return replace(listing, rows=rows, has_fixed_labels=True)


def read_file_list(
    path: Path,
    suffixes: Collection[str],
    columns: Columns,
    names: Collection[str],
    *,
    labeled: bool = True,
) -> LabeledDataset:
    """The files of a list, with the value of the label column as target.

    That column is the one of `columns`, or the first with one of the `names`. Raises DataError for
    missing columns and files.
    """
    if path.suffix.lower() not in FORMATS:
        raise DataError(
            f"{path} is neither a folder nor one of {quoted_list(FORMATS)} with a path a row"
        )
    file = read_columns(path, columns, (*PATH_COLUMNS, *names))
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
    rows = []
    for record in file.records:
        resolved = resolve_inside(
            path, str(record.values.get(path_column) or "").strip(), record.number, suffixes
        )
        value = None if label_column is None else record.values.get(label_column)
        target = None if value is None else str(value).strip() or None
        rows.append(
            Row(
                record.number,
                (str(resolved),),
                (),
                target=target,
                file_sha256=_file_sha256(resolved),
            )
        )
    resolved_columns = replace(
        columns, text_columns=(path_column,), label_column=label_column or ""
    )
    return LabeledDataset(path.name, resolved_columns, tuple(rows), has_fixed_labels=False)


def resolve_inside(path: Path, name: str, line: int, suffixes: Collection[str]) -> Path:
    """The file that a line names. Raises DataError for one outside of the folder of the list."""
    root = path.parent.resolve()
    resolved = (root / name).resolve()
    if not name or not resolved.is_relative_to(root):
        raise DataError(
            f"{path.name}:{line}: {name!r} leads out of {root.name}; put the files beside the list"
        )
    if resolved.suffix.lower() not in suffixes:
        raise DataError(
            f"{path.name}:{line}: {name!r} is not a {' or '.join(sorted(suffixes))} file"
        )
    if not resolved.is_file():
        raise DataError(f"{path.name}:{line}: there is no file {name!r}")
    return path.parent / name


def make_file_row(number: int, text: str) -> Row:
    """A file as a row. Raises DataError where there is none."""
    return Row(number, (text,), (), file_sha256=_file_sha256(Path(text)))


def _read_folder(path: Path, suffixes: Collection[str], *, labeled: bool) -> LabeledDataset:
    if not labeled and not any(each.is_dir() for each in path.iterdir()):
        files = sorted(each for each in path.iterdir() if each.suffix.lower() in suffixes)
        rows = tuple(make_file_row(number, str(each)) for number, each in enumerate(files, start=1))
        return LabeledDataset(
            path.name, Columns(text_columns=("path",), label_column="folder"), rows
        )
    folder = ClassFolders(path, tuple(suffixes))
    class_files = folder.list_files(None)
    class_names = folder.classes
    rows = tuple(
        replace(make_file_row(number, str(file)), labels=(class_names[label],))
        for number, (file, label) in enumerate(class_files.files, start=1)
    )
    notes = tuple(f"{count} left out: {reason}" for reason, count in class_files.left_out.items())
    columns = Columns(text_columns=("path",), label_column="folder")
    return LabeledDataset(path.name, columns, rows, notes=notes)


def _first_match(names: Collection[str], lowered: dict[str, str]) -> str | None:
    return next((lowered[name] for name in names if name in lowered), None)


def _file_sha256(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
