"""The columns of texts and labels: those that the user names, or those that are detected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ...errors import DataError
from ...plugins import did_you_mean, quoted_list
from ..tabular import TabularFile, read_table

PAIR_COLUMNS = (
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("text_a", "text_b"),
    ("text1", "text2"),
    ("question", "sentence"),
)
TEXT_COLUMNS = (
    "text", "sentence", "review", "utterance", "question", "content", "query", "comment",
    "message", "body", "title", "文本", "内容", "评论", "句子", "问题", "标题",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "labels", "category", "class", "intent", "sentiment", "target", "topic", "标签",
    "类别",
)  # fmt: skip
"""Usual names of the columns of pairs, texts and labels, in the order in which they are tried."""

HEADER_NAMES = frozenset(
    {*TEXT_COLUMNS, *LABEL_COLUMNS, *(name for pair in PAIR_COLUMNS for name in pair), "id"}
)
"""Names that make a first line a header."""

MAX_DISTINCT_FRACTION = 0.5
"""Number of different values, as a fraction of the rows, that a detected label column may have."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a file of labeled rows."""

    text_columns: tuple[str, ...] = ()
    """One column, or two for pairs of sentences; empty to detect them."""

    label_column: str = ""
    """The column of the labels; empty to detect it."""

    label_separator: str | None = None
    """What separates the labels of a row that may have several; None where each row has one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*self.text_columns, *([self.label_column] if self.label_column else []))


def read_columns(path: Path, requested: Columns, names: Iterable[str] = ()) -> TabularFile:
    """A file whose header has one of the usual names, a requested one, or one of `names`."""
    return read_table(path, (*HEADER_NAMES, *requested.names, *names))


def detect_columns(file: TabularFile, path: Path, requested: Columns) -> Columns:
    """The columns of a file: the requested ones, and the others by name or content.

    Raises DataError for a requested column that is missing, and where none can be detected.
    """
    for name in requested.names:
        if name not in file.column_names:
            # A column of labels is not suggested for a text.
            candidates = [
                each
                for each in file.column_names
                if name == requested.label_column or each not in LABEL_COLUMNS
            ]
            raise DataError(
                f"{path.name} has no column {name!r}; it has {quoted_list(file.column_names)}"
                + did_you_mean(name, candidates)
            )
    label_column = requested.label_column or _detect_label_column(file, requested.text_columns)
    rest = [name for name in file.column_names if name != label_column]
    text_columns = requested.text_columns or _detect_text_columns(file, rest)
    if not label_column or not text_columns:
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)}, and text and label are "
            "not clear; name them with --text-column and --label-column"
        )
    return Columns(
        text_columns=text_columns,
        label_column=label_column,
        label_separator=requested.label_separator,
    )


def _detect_label_column(file: TabularFile, text_columns: Sequence[str]) -> str:
    lowered = {name.lower(): name for name in file.column_names if name not in text_columns}
    known = [lowered[name] for name in LABEL_COLUMNS if name in lowered]
    if known:
        return known[0]
    # Among columns with other names, labels are those with few values that repeat.
    counts = {
        name: len({str(record.values.get(name)) for record in file.records})
        for name in lowered.values()
    }
    repetitive = [
        name
        for name, count in counts.items()
        if 1 < count <= MAX_DISTINCT_FRACTION * len(file.records)
    ]
    return min(repetitive, key=lambda name: counts[name], default="")


def _detect_text_columns(file: TabularFile, names: Sequence[str]) -> tuple[str, ...]:
    lowered = {name.lower(): name for name in names}
    for pair in PAIR_COLUMNS:
        if set(pair) <= set(lowered):
            return lowered[pair[0]], lowered[pair[1]]
    known = [lowered[name] for name in TEXT_COLUMNS if name in lowered]
    if known:
        return (known[0],)
    first = file.records[0].values if file.records else {}
    text_like = [name for name in names if isinstance(first.get(name), str)]
    longest = max(text_like, key=lambda name: _mean_length(file, name), default=None)
    return () if longest is None else (longest,)


def _mean_length(file: TabularFile, name: str) -> float:
    return fmean(_text_length(record.values.get(name)) for record in file.records)


def _text_length(value: Any) -> int:
    return len(value) if isinstance(value, str) else 0
