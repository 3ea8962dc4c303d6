"""Source texts with target texts: translations, summaries, free-form answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...errors import DataError
from ...plugins import did_you_mean, quoted_list
from ..tabular import TableRecord, TabularFile
from .columns import Columns, describe_unused, read_columns
from .dataset import LabeledDataset, Row

SEQ2SEQ_COLUMNS = (
    ("source", "target"), ("src", "tgt"), ("input", "output"), ("document", "summary"),
    ("article", "highlights"), ("article", "summary"), ("text", "summary"), ("text", "translation"),
    ("原文", "译文"), ("正文", "摘要"),
)  # fmt: skip
"""Usual names of the two columns."""

NESTED_COLUMNS = ("translation", "translations")
"""Columns whose values are objects of a text in each language, as `datasets` has them."""

LANGUAGE_COLUMNS = ("en", "zh", "de", "fr", "es", "ru", "ja", "ko", "it", "pt", "cs", "cmn", "eng")
"""Columns named after a language; the first of two is the source."""


def read_pairs(path: Path, requested: Columns, *, labeled: bool = True) -> LabeledDataset:
    """The rows of a file, with the source as text and the target text as target.

    Targets may be absent where `labeled` is false. Raises DataError for columns that are missing or
    cannot be detected.
    """
    names = {name for pair in SEQ2SEQ_COLUMNS for name in pair} | set(LANGUAGE_COLUMNS)
    file = _flatten(read_columns(path, requested, (*names, *NESTED_COLUMNS)))
    source, target = _select_columns(file, path, requested, labeled=labeled)
    rows = tuple(
        Row(record.number, (record.text(source),), (), target=record.text(target) or None)
        for record in file.records
    )
    columns = Columns(text_columns=(source,), label_column=target)
    notes = (*file.notes, *(describe_unused(file, columns) if labeled else ()))
    return LabeledDataset(path.name, columns, rows, has_fixed_labels=False, notes=notes)


def _flatten(file: TabularFile) -> TabularFile:
    """The file with a column for each language of a nested column of translations."""
    column = next(
        (
            name
            for name in file.column_names
            if name.lower() in NESTED_COLUMNS
            and all(isinstance(r.values.get(name), dict | None) for r in file.records)
            and any(isinstance(r.values.get(name), dict) for r in file.records)
        ),
        None,
    )
    if column is None:
        return file
    records = tuple(
        TableRecord(
            each.number,
            {**{n: v for n, v in each.values.items() if n != column}, **each.values[column]}
            if each.values.get(column)
            else each.values,
            each.file,
        )
        for each in file.records
    )
    languages = dict.fromkeys(
        name for each in file.records for name in (each.values.get(column) or ())
    )
    names = (*languages, *(n for n in file.column_names if n != column and n not in languages))
    note = f"languages {', '.join(map(repr, languages))} of column {column!r}"
    return replace(file, column_names=names, records=records, notes=(*file.notes, note))


def _select_columns(
    file: TabularFile, path: Path, requested: Columns, *, labeled: bool
) -> tuple[str, str]:
    for name in requested.text_columns:
        if name not in file.column_names:
            raise DataError(
                f"{path.name} has no column {name!r}; it has {quoted_list(file.column_names)}"
                + did_you_mean(name, file.column_names)
            )
    if requested.label_column and requested.label_column not in file.column_names and labeled:
        raise DataError(
            f"{path.name} has no column {requested.label_column!r}; it has "
            f"{quoted_list(file.column_names)}"
            + did_you_mean(requested.label_column, file.column_names)
        )
    detected = _detect_columns(file.column_names, labeled=labeled)
    source = (
        requested.text_columns[0] if requested.text_columns else detected[0] if detected else None
    )
    target = requested.label_column or (detected[1] if detected else None)
    if source is None or target is None or source == target:
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)}, and source and target "
            "are not clear; name them with --text-column and --label-column"
        )
    return source, target


def _detect_columns(names: Sequence[str], *, labeled: bool) -> tuple[str, str] | None:
    lowered = {name.lower(): name for name in names}
    for source, target in SEQ2SEQ_COLUMNS:
        if source in lowered and (target in lowered or not labeled):
            return lowered[source], lowered.get(target, target)
    languages = [name for name in names if name.lower() in LANGUAGE_COLUMNS]
    if len(languages) == 2:
        return languages[0], languages[1]
    return (names[0], names[1]) if len(names) == 2 else None
