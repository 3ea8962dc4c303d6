"""Rows that are files: a folder for every label, or a list of paths with what is right of each.

Every row knows its file by name and by the sha256 of what is in it, so that copies are found. No
path leads out of the folder that its list is in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from ...errors import DataError
from ...naming import listed
from ..folders import Folder
from .columns import Columns
from .files import FORMATS, opened
from .heads import LABELS
from .reading import Labelled, Row, is_none

PATHS = ("path", "file", "filename", "file_name", "image", "audio", "wav", "路径", "文件")
"""What people call the column of paths."""


def read_files(
    path: Path, suffixes: Collection[str], columns: Columns, *, labelled: bool = True
) -> Labelled:
    """The files of a folder with a folder for every label, or of a list. `texts` is the path.

    Raises DataError for a folder without such files, a list without a column of paths, and a file
    that is not there.
    """
    if path.is_dir():
        return _of_folder(path, suffixes, labelled=labelled)
    found = listed_files(path, suffixes, columns, LABELS, labelled=labelled)
    rows = tuple(
        replace(row, labels=_labels(row.truth, columns.several), truth=None) for row in found.rows
    )
    return replace(found, rows=rows, listed=True)


def listed_files(
    path: Path,
    suffixes: Collection[str],
    columns: Columns,
    names: Collection[str],
    *,
    labelled: bool = True,
) -> Labelled:
    """The files of a list; `truth` is what stands in the column that is told, or has one of the
    `names`."""
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path} is no folder, and none of {listed(FORMATS)} with a path a row")
    told = (*columns.texts, *([columns.label] if columns.label else []))
    file = opened(path, (*told, *PATHS, *names))
    lowered = {name.lower(): name for name in file.names}
    place = columns.texts[0] if columns.texts else _first(PATHS, lowered)
    label = columns.label or _first(names, lowered)
    if place not in file.names or (labelled and label not in file.names):
        lacking = "a column of paths" if place not in file.names else "a column of what is right"
        raise DataError(
            f"{path.name} has the columns {listed(file.names)} and not {lacking}; name it with "
            f"{'--text' if place not in file.names else '--label'}"
        )
    assert place is not None
    rows = []
    for line in file.lines:
        where = within(path, str(line.values.get(place) or "").strip(), line.number, suffixes)
        value = None if label is None else line.values.get(label)
        truth = None if value is None else str(value).strip() or None
        rows.append(Row(line.number, (str(where),), (), truth=truth, content=_content(where)))
    found = replace(columns, texts=(place,), label=label or "")
    return Labelled(path.name, found, tuple(rows), listed=False)


def within(path: Path, told: str, line: int, suffixes: Collection[str]) -> Path:
    """The file that a line names, under the folder of its list. DataError for one that is not."""
    root = path.parent.resolve()
    where = (root / told).resolve()
    if not told or not where.is_relative_to(root):
        raise DataError(
            f"{path.name}:{line}: {told!r} leads out of {root.name}; put the files beside the list"
        )
    if where.suffix.lower() not in suffixes:
        raise DataError(f"{path.name}:{line}: {told!r} is no {' or '.join(sorted(suffixes))} file")
    if not where.is_file():
        raise DataError(f"{path.name}:{line}: there is no file {told!r}")
    return path.parent / told


def file_row(number: int, text: str) -> Row:
    """A file as a row. DataError where there is none."""
    return Row(number, (text,), (), content=_content(Path(text)))


def _of_folder(path: Path, suffixes: Collection[str], *, labelled: bool) -> Labelled:
    if not labelled and not any(each.is_dir() for each in path.iterdir()):
        files = sorted(each for each in path.iterdir() if each.suffix.lower() in suffixes)
        rows = tuple(file_row(number, str(each)) for number, each in enumerate(files, start=1))
        return Labelled(path.name, Columns(texts=("path",), label="folder"), rows)
    folder = Folder(path, tuple(suffixes))
    part = folder.part(None)
    names = folder.classes
    rows = tuple(
        replace(file_row(number, str(file)), labels=(names[label],))
        for number, (file, label) in enumerate(part.files, start=1)
    )
    notes = tuple(f"{count} left out: {why}" for why, count in part.left_out.items())
    columns = Columns(texts=("path",), label="folder")
    return Labelled(path.name, columns, rows, notes=notes)


def _first(names: Collection[str], lowered: dict[str, str]) -> str | None:
    return next((lowered[name] for name in names if name in lowered), None)


def _content(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _labels(value: str | None, several: str | None) -> tuple[str, ...]:
    written = value or ""
    parts = [written] if several is None else [part.strip() for part in written.split(several)]
    return tuple(dict.fromkeys(part for part in parts if not is_none(part, several)))
