"""The columns of texts and labels: those that the user names, or those that are detected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ...errors import DataError
from ...plugins import did_you_mean, quoted_list
from ..separated import is_number
from ..tabular import TabularFile, read_table
from .indicators import find_indicators, split_names

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
    "comment_text", "message", "body", "title", "文本", "内容", "评论", "句子", "问题", "标题",
)  # fmt: skip
LABEL_COLUMNS = (
    "label", "labels", "category", "class", "intent", "sentiment", "target", "topic", "标签",
    "类别", "情感",
)  # fmt: skip
"""Usual names of the columns of pairs, texts and labels, in the order in which they are tried."""

HEADER_NAMES = frozenset(
    {*TEXT_COLUMNS, *LABEL_COLUMNS, *(name for pair in PAIR_COLUMNS for name in pair), "id"}
)
"""Names that make a first line a header."""

ID_COLUMNS = ("", "id", "idx", "index", "uuid", "guid", "unnamed: 0")
RESULT_COLUMNS = {"model", "metric", "value"}
"""Columns of a table of results, which has no labeled rows."""

MAX_DISTINCT_FRACTION = 0.5
"""Number of different values, as a fraction of the rows, that a detected label column may have."""

MAX_LABEL_CHARS = 40
"""Mean length of the values of a label column that differ in most rows."""

MAX_LABEL_WORDS = 3
"""Mean number of words of the values of a label column that is detected by its values."""

MAX_FRACTIONS = 20
"""Different numbers that are not whole, from which a column holds a quantity and no labels."""

MAX_LISTED_COLUMNS = 8


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a file of labeled rows."""

    text_columns: tuple[str, ...] = ()
    """One column, or two for pairs of sentences; empty to detect them."""

    label_column: str = ""
    """The column of the labels; empty to detect it. Several names with commas between are columns
    of 0 and 1, one a label."""

    label_separator: str | None = None
    """What separates the labels of a row that may have several; None where each row has one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return (*self.text_columns, *([self.label_column] if self.label_column else []))


def read_columns(path: Path, requested: Columns, names: Iterable[str] = ()) -> TabularFile:
    """A file whose header has one of the usual names, a requested one, or one of `names`."""
    return read_table(path, (*HEADER_NAMES, *names), requested.names)


def detect_columns(file: TabularFile, path: Path, requested: Columns) -> Columns:
    """The columns of a file: the requested ones, and the others by name or content.

    Raises DataError for a requested column that is missing, and where none can be detected.
    """
    indicators = split_names(requested.label_column, file)
    for name in requested.names:
        if name not in file.column_names and not (indicators and name == requested.label_column):
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
    if not requested.names and {name.lower() for name in file.column_names} >= RESULT_COLUMNS:
        raise DataError(
            f"{path.name} has the columns of a table of results and no labeled rows; judge it with "
            "`upwell judge`, or name the columns with --text-column and --label-column"
        )
    label_column = requested.label_column or _detect_label_column(file, requested.text_columns)
    separator = requested.label_separator
    text_columns = requested.text_columns or _detect_text_columns(
        file, [name for name in file.column_names if name != label_column]
    )
    indicator_columns = () if requested.label_column or separator is not None else find_indicators(
        file, [name for name in file.column_names if name not in text_columns]
    )  # fmt: skip
    if indicator_columns and label_column.lower() not in LABEL_COLUMNS:
        label_column, separator = indicator_columns
    if not label_column or not text_columns:
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)}, and text and label are "
            "not clear; name them with --text-column and --label-column"
        )
    if label_column in file.column_names:
        _check_label_column(file, label_column, path)
    return Columns(text_columns=text_columns, label_column=label_column, label_separator=separator)


def describe_unused(file: TabularFile, columns: Columns) -> tuple[str, ...]:
    """A note on the columns that are not read; other label columns first."""
    used = {*columns.names, *split_names(columns.label_column, file)}
    unused = [name for name in file.column_names if name not in used]
    labels = [name for name in unused if name.lower() in LABEL_COLUMNS]
    notes = []
    if labels:
        names = _list_names(labels)
        notes.append(
            f"label {columns.label_column!r} is read, and {names} not; choose with --label-column"
        )
    others = [name for name in unused if name not in labels]
    if others:
        notes.append(
            f"not read: {'column' if len(others) == 1 else 'columns'} {_list_names(others)}"
        )
    return tuple(notes)


def _list_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_LISTED_COLUMNS} more" if len(names) > MAX_LISTED_COLUMNS else ""
    return ", ".join(map(repr, names[:MAX_LISTED_COLUMNS])) + more


def _detect_label_column(file: TabularFile, text_columns: Sequence[str]) -> str:
    lowered = {name.lower(): name for name in file.column_names if name not in text_columns}
    known = [lowered[name] for name in LABEL_COLUMNS if name in lowered]
    if known:
        return known[0]
    # Among columns with other names, labels are those with few values that repeat.
    counts = {
        name: len({str(record.values.get(name)) for record in file.records})
        for name in lowered.values()
        if name.lower() not in ID_COLUMNS
    }
    repetitive = [
        name
        for name, count in counts.items()
        if 1 < count <= MAX_DISTINCT_FRACTION * len(file.records)
        and _mean(file, name, len) <= MAX_LABEL_CHARS
        and _mean(file, name, lambda value: len(value.split())) <= MAX_LABEL_WORDS
    ]
    return min(repetitive, key=lambda name: counts[name], default="")


def _check_label_column(file: TabularFile, name: str, path: Path) -> None:
    """Raises DataError for a column of texts or of quantities instead of labels."""
    values = [str(value) for value in _values(file, name) if isinstance(value, str | float)]
    distinct = set(values)
    fractions = {each for each in distinct if is_number(each) and not _is_whole(each)}
    if len(fractions) > MAX_FRACTIONS:
        raise DataError(
            f"{path.name}: column {name!r} has {len(fractions):,} different fractions, a quantity "
            "and not labels; write a label a row, or choose another with --label-column"
        )
    is_varied = len(distinct) > MAX_DISTINCT_FRACTION * len(values) and len(values) >= 10
    if is_varied and fmean(map(len, values)) > MAX_LABEL_CHARS:
        raise DataError(
            f"{path.name}: column {name!r} has {len(distinct):,} different texts in "
            f"{len(values):,} rows, which are not labels; choose another with --label-column"
        )


def _is_whole(number: str) -> bool:
    try:
        return float(number.replace(",", ".")) % 1 == 0
    except (ValueError, OverflowError):
        return True


def _detect_text_columns(file: TabularFile, names: Sequence[str]) -> tuple[str, ...]:
    lowered = {name.lower(): name for name in names}
    for pair in PAIR_COLUMNS:
        if set(pair) <= set(lowered):
            return lowered[pair[0]], lowered[pair[1]]
    known = [lowered[name] for name in TEXT_COLUMNS if name in lowered]
    if known:
        return (known[0],)
    text_like = [
        name
        for name in names
        if name.lower() not in ID_COLUMNS
        and any(isinstance(value, str) and not is_number(value) for value in _values(file, name))
    ]
    longest = max(
        text_like, key=lambda name: (_mean(file, name, _count_words), _mean(file, name, len)),
        default=None,
    )  # fmt: skip
    return () if longest is None else (longest,)


def _values(file: TabularFile, name: str) -> list[Any]:
    return [record.values.get(name) for record in file.records]


def _mean(file: TabularFile, name: str, measure: Any) -> float:
    return fmean(measure(each) if isinstance(each, str) else 0 for each in _values(file, name))


def _count_words(text: str) -> int:
    """Words, and Chinese characters: an id or a link has a single one, however long."""
    return len(text.split()) + sum("\u3400" <= each <= "\u9fff" for each in text)
