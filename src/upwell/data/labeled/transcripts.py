"""Recordings with their transcripts, in the layouts that speech data have.

- a list (CSV, TSV, JSON lines, Parquet) with a path and a transcript a row, as of Common Voice
- LJSpeech's `metadata.csv`: name|transcript|normalized transcript, without a header
- LibriSpeech's `*.trans.txt`: a name and its transcript a line, beside the recordings
- a folder with such a list, or with one for each split
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ...errors import DataError
from ...plugins import quoted_list
from ..media.audio import SUFFIXES, describe_recordings
from ..media.listing import describe_left_out, format_names, list_files, list_folders, quote_name
from ..media.split_folders import find_split_folders, split_of
from ..tabular import TableRecord, TabularFile
from ..text_files import read_text
from .columns import Columns
from .dataset import LabeledDataset, Row
from .file_rows import (
    LIST_STEMS,
    LIST_SUFFIXES,
    make_file_row,
    read_file_list,
    read_unlabeled_folder,
)
from .splits import SplitDatasets, read_each_split

TRANSCRIPT_COLUMNS = (
    "transcript", "transcription", "text", "sentence", "words", "normalized_text", "文本", "转写",
)  # fmt: skip
"""Common names of the column with the transcripts."""

BAR = "|"
BAR_SUFFIXES = (".csv", ".txt")
LJSPEECH_COLUMNS = ("path", "raw_text", "text")
MAX_BAR_COLUMNS = 3

TRANS_ENDING = ".trans.txt"
"""End of the name of a file of transcripts in LibriSpeech."""


def read_transcripts(path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
    """The recordings of a list or folder, with their transcripts as target.

    Raises DataError for a missing list, column or recording.
    """
    if path.is_dir() and not labeled:
        return read_unlabeled_folder(path, SUFFIXES)
    if path.is_dir():
        lists = _find_lists(path)
        if len(lists) > 1:
            names = quoted_list(each.name for each in lists.values())
            raise DataError(f"{path} has several lists: {names}; give one of them")
        if not lists:
            return _describe(_read_librispeech(path))
        path = next(iter(lists.values()))
    file = _parse_bars(path) if path.suffix.lower() in BAR_SUFFIXES else None
    return _describe(
        read_file_list(path, SUFFIXES, columns, TRANSCRIPT_COLUMNS, labeled=labeled, file=file)
    )


def read_transcript_splits(path: Path, columns: Columns) -> SplitDatasets:
    """The training rows with the dev and test rows of a folder.

    Splits are folders, or lists with the name of a split, such as `train.tsv` and `dev.tsv`.
    """
    if not path.is_dir():
        return SplitDatasets(read_transcripts(path, columns))
    lists = _find_lists(path)
    if "train" in lists:
        return read_each_split(path, lists, lambda each: read_transcripts(each, columns))
    folders = {} if lists else find_split_folders(path)
    if folders:
        return read_each_split(path, folders, lambda each: read_transcripts(each, columns))
    return SplitDatasets(read_transcripts(path, columns))


def _find_lists(path: Path) -> Mapping[str, Path]:
    """{split: list}; the only split is "" for a list with a usual name that is of no split."""
    tables = list_files(path, (*LIST_SUFFIXES, ".txt"), recursive=False).files
    splits: dict[str, Path] = {}
    for table in tables:
        split = split_of(table.stem)
        if split is not None and split in splits:
            raise DataError(
                f"{path} has two lists for one split, {splits[split].name} and {table.name}; move "
                "one away"
            )
        if split is not None:
            splits[split] = table
    if "train" in splits:
        return splits
    named = [table for table in tables if table.stem.lower() in LIST_STEMS]
    rows = [table for table in tables if table.suffix.lower() in LIST_SUFFIXES]
    usual = named or (rows if len(rows) == 1 else [])
    return {str(number or ""): table for number, table in enumerate(usual)}


def _parse_bars(path: Path) -> TabularFile | None:
    """The rows of a list with vertical bars and no header; None for any other list.

    Quotes are letters in it. A first line that names its columns makes it another list.
    """
    decoded = read_text(path)
    lines = [
        (number, line.split(BAR))
        for number, line in enumerate(decoded.text.splitlines(), start=1)
        if line.strip()
    ]
    if not lines or min(len(fields) for _, fields in lines) < 2:
        return None
    first = [field.strip().lower() for field in lines[0][1]]
    if any(name in TRANSCRIPT_COLUMNS for name in first):
        return None
    width = len(first)
    wrong = [number for number, fields in lines if len(fields) != width]
    if wrong or width > MAX_BAR_COLUMNS:
        where = f"{path.name}:{wrong[0]}" if wrong else path.name
        raise DataError(
            f"{where} is not of the layout name|transcript or name|transcript|normalized "
            "transcript; correct it, or give a list with a header"
        )
    names = LJSPEECH_COLUMNS[:1] + LJSPEECH_COLUMNS[1 - width :]
    records = tuple(
        TableRecord(number, dict(zip(names, fields, strict=True)), path.name)
        for number, fields in lines
    )
    note = "read as name|transcript" + "|normalized transcript" * (width == MAX_BAR_COLUMNS)
    which = ", of which the last is learned" if width == MAX_BAR_COLUMNS else ""
    return TabularFile(names, records, (*decoded.notes, f"{note}{which}"))


def _read_librispeech(path: Path) -> LabeledDataset:
    """The recordings below a folder that a `*.trans.txt` file names."""
    recordings = list_files(path, SUFFIXES)
    files = [
        file
        for file in list_files(path, (".txt",)).files
        if file.name.lower().endswith(TRANS_ENDING)
    ]
    if not files:
        folders = list_folders(path)
        inside = f" or in {format_names(folders)}" if folders else ""
        raise DataError(
            f"{path} has no list with a path and a transcript a row{inside}; add one, such as "
            "metadata.csv, or give its path"
        )
    by_name = {(file.parent, file.stem): file for file in recordings.files}
    rows: list[Row] = []
    for file in files:
        for number, line in enumerate(read_text(file).text.splitlines(), start=1):
            name, _, text = line.strip().partition(" ")
            if not name:
                continue
            recording = by_name.pop((file.parent, name), None)
            if recording is None:
                raise DataError(
                    f"{file}:{number}: there is no recording {quote_name(name)} beside it"
                )
            row = make_file_row(len(rows) + 1, str(recording))
            rows.append(replace(row, target=text.strip() or None))
    unused = [file.name for file in by_name.values()]
    left_out = {
        reason: names
        for reason, each in recordings.left_out.items()
        if (names := tuple(name for name in each if not name.lower().endswith(TRANS_ENDING)))
    }
    notes = (
        *describe_left_out(left_out),
        *((f"{len(unused)} recordings without a transcript, left out ({format_names(unused)})",)
          if unused else ()),
    )  # fmt: skip
    columns = Columns(text_columns=("path",), label_column="transcript")
    return LabeledDataset(path.name, columns, tuple(rows), has_fixed_labels=False, notes=notes)


def _describe(data: LabeledDataset) -> LabeledDataset:
    traits = describe_recordings(Path(row.texts[0]) for row in data.rows)
    return replace(data, notes=(*data.notes, *traits))
