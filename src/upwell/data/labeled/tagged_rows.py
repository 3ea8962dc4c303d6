"""Sentences with tagged words as rows: lists of tokens and tags, or a text with marked spans.

These are the files that `datasets`, doccano, Label Studio (JSON-MIN) and CLUENER write. Spans are
offsets of characters; they become tags of words in BIO.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import DataError
from ...formatting import pluralize
from ...plugins import quoted_list
from ..json_values import parse_json
from ..tabular import TableRecord, TabularFile
from ..text_files import read_text
from .columns import Columns, describe_unused, read_columns
from .conll import unify_tags
from .dataset import LabeledDataset, Row
from .tag_dialects import OUTSIDE, looks_like_tags
from .words import split_words

TOKEN_COLUMNS = ("tokens", "words", "word", "token", "sentence", "text", "词", "字")
TAG_COLUMNS = (
    "ner_tags", "tags", "ner", "bio_tags", "iob_tags", "labels", "label", "word_labels",
    "pos_tags", "upos", "tag",
)  # fmt: skip
SPAN_COLUMNS = ("entities", "labels", "label", "spans", "annotations")
TEXT_COLUMNS = ("text", "data", "sentence", "content", "文本")

START_KEYS, END_KEYS = ("start", "start_offset", "begin", "from"), ("end", "end_offset", "to")
KIND_KEYS = ("label", "labels", "entity", "entity_group", "type", "tag")

MAX_INFO_BYTES = 10 << 20

Span: TypeAlias = tuple[int, int, str]
"""The characters from the first to before the second, and the kind of the entity."""


@dataclass
class SpanCounts:
    """What happened to the spans of a file."""

    widened: int = 0
    overlapping: int = 0
    outside: int = 0
    blank: int = 0

    def notes(self) -> tuple[str, ...]:
        """A sentence for each thing that happened."""
        sentences = (
            (self.widened, "with an end inside of a word, widened to whole words"),
            (self.overlapping, "over a longer one, left out"),
            (self.outside, "beyond the text, left out"),
            (self.blank, "without a word, left out"),
        )
        return tuple(f"{pluralize(n, 'span')} {what}" for n, what in sentences if n)


def read_tagged_rows(path: Path, requested: Columns, *, labeled: bool = True) -> LabeledDataset:
    """The sentences of a file of rows: words as `texts`, tags as `labels`.

    Raises DataError for a file with neither tokens and tags nor a text with spans, and, with its
    line, for a row whose tokens and tags differ in number.
    """
    file = read_columns(path, requested, (*TOKEN_COLUMNS, *TAG_COLUMNS, *SPAN_COLUMNS))
    tokens, tags = _find_token_columns(file, requested, labeled)
    if tokens:
        names = _class_names(file, tags, path)
        rows = [_make_token_row(record, tokens, tags, names) for record in file.records]
        notes: tuple[str, ...] = ()
        columns = Columns(text_columns=(tokens,), label_column=tags)
    else:
        rows, columns, notes = _read_spans(file, path, requested, labeled)
    rows = [row for row in rows if row.texts]
    empty = len(file.records) - len(rows)
    if empty:
        notes = (*notes, f"{pluralize(empty, 'row')} without a word, left out")
    if not rows:
        raise DataError(f"{path.name} has no words; give a file with sentences")
    tag_notes: tuple[str, ...] = ()
    if labeled:
        unified, tag_notes = unify_tags(path.name, rows)
        notes = (*notes, *describe_unused(file, columns))
        rows = list(unified)
    return LabeledDataset(path.name, columns, tuple(rows), notes=(*file.notes, *notes, *tag_notes))


def _find_token_columns(file: TabularFile, requested: Columns, labeled: bool) -> tuple[str, str]:
    """The columns of tokens and tags; ("", "") where there are none."""
    requested_names = [name for name in requested.names if name in file.column_names]
    token_names = [*requested_names, *TOKEN_COLUMNS]
    tokens = _first_column(file, token_names, _is_token_list)
    if not tokens and labeled:
        # A text of words and a text of tags, both with spaces between.
        tokens = _first_column(file, token_names, _is_text)
    if not tokens:
        return "", ""
    others = [name for name in [*requested_names, *TAG_COLUMNS] if name != tokens]
    is_tag_list = _is_tag_list if _holds_lists(file, tokens) else _is_tag_text
    tags = _first_column(file, others, is_tag_list)
    if labeled and not tags:
        return "", ""
    return tokens, tags


def _first_column(file: TabularFile, names: Sequence[str], accept: Any) -> str:
    lowered = {name.lower(): name for name in file.column_names}
    for name in names:
        column = name if name in file.column_names else lowered.get(name)
        values = [record.values.get(column) for record in file.records if column is not None]
        filled = [each for each in values if each is not None]
        if column is not None and filled and accept(filled):
            return column
    return ""


def _is_token_list(values: Sequence[Any]) -> bool:
    return all(isinstance(each, list) and all(isinstance(x, str) for x in each) for each in values)


def _holds_lists(file: TabularFile, column: str) -> bool:
    return any(isinstance(record.values.get(column), list) for record in file.records)


def _is_text(values: Sequence[Any]) -> bool:
    return all(isinstance(each, str) for each in values)


def _is_tag_text(values: Sequence[Any]) -> bool:
    """Whether all values are texts of entity tags with spaces between."""
    if not _is_text(values):
        return False
    counts = Counter(tag for each in values for tag in each.split())
    return bool(counts[OUTSIDE]) and looks_like_tags(counts)


def _is_tag_list(values: Sequence[Any]) -> bool:
    return all(
        isinstance(each, list)
        and all(isinstance(x, str | int) and not isinstance(x, bool) for x in each)
        for each in values
    )


def _make_token_row(
    record: TableRecord, tokens: str, tags: str, names: Sequence[str] | None
) -> Row:
    words = _as_words(record.values.get(tokens))
    if not tags:
        return Row(record.number, tuple(word for word in words if word.strip()), ())
    values = _as_words(record.values.get(tags))
    if len(values) != len(words):
        raise DataError(
            f"{record.location} has {len(words)} words and {len(values)} tags; give each word one"
        )
    if any(isinstance(each, int) for each in values):
        if names is None:
            raise DataError(
                f"{record.location}: {tags!r} has numbers and no names; write the tags, e.g. "
                '"B-PER", or put the dataset_info.json of `datasets` beside the file'
            )
        wrong = [each for each in values if isinstance(each, int) and not 0 <= each < len(names)]
        if wrong:
            raise DataError(f"{record.location}: tag {wrong[0]} is none of the {len(names)} names")
        values = [names[each] if isinstance(each, int) else each for each in values]
    word_indices = [index for index, word in enumerate(words) if word.strip()]
    return Row(
        record.number,
        tuple(words[index] for index in word_indices),
        tuple(values[index].strip() for index in word_indices),
    )


def _as_words(value: Any) -> list[Any]:
    return value.split() if isinstance(value, str) else list(value or ())


def _class_names(file: TabularFile, column: str, path: Path) -> Sequence[str] | None:
    """The names that `datasets` keeps for the numbers of a column."""
    feature = file.features.get(column) or _read_dataset_info(path).get(column)
    while isinstance(feature, Mapping) and "names" not in feature:
        feature = feature.get("feature")
    if isinstance(feature, list) and feature:
        feature = feature[0]
    names = feature.get("names") if isinstance(feature, Mapping) else None
    return [str(each) for each in names] if isinstance(names, list) else None


def _read_dataset_info(path: Path) -> Mapping[str, Any]:
    """The features in the dataset_info.json beside a file; empty without one."""
    info = path.parent / "dataset_info.json"
    if not info.is_file() or info.stat().st_size > MAX_INFO_BYTES:
        return {}
    value = parse_json(read_text(info).text, info.name)
    features = value.get("features") if isinstance(value, dict) else None
    return features if isinstance(features, dict) else {}


def _read_spans(
    file: TabularFile, path: Path, requested: Columns, labeled: bool
) -> tuple[list[Row], Columns, tuple[str, ...]]:
    lowered = {name.lower(): name for name in file.column_names}
    text_names = [*requested.text_columns, *TEXT_COLUMNS]
    text = next((lowered[name.lower()] for name in text_names if name.lower() in lowered), "")
    label_names = [requested.label_column, *SPAN_COLUMNS]
    label = next(
        (
            lowered[name.lower()]
            for name in label_names
            if name.lower() in lowered and _holds_spans(file, lowered[name.lower()])
        ),
        "",
    )
    if not text or (labeled and not label):
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)}, and neither tokens "
            "with tags nor a text with spans; give lists 'tokens' and 'ner_tags', or CoNLL"
        )
    counts = SpanCounts()
    rows = [_make_span_row(record, text, label, counts, labeled) for record in file.records]
    return rows, Columns(text_columns=(text,), label_column=label), counts.notes()


def _holds_spans(file: TabularFile, column: str) -> bool:
    values = [each for record in file.records if (each := record.values.get(column)) is not None]
    return bool(values) and all(isinstance(each, list | dict) for each in values)


def _make_span_row(
    record: TableRecord, text_column: str, label_column: str, counts: SpanCounts, labeled: bool
) -> Row:
    text = record.text(text_column, strip=False)
    words = split_words(text)
    if not labeled:
        return Row(record.number, tuple(word for word, _, _ in words), ())
    spans = list(_parse_spans(record, label_column, text))
    tags = [OUTSIDE] * len(words)
    for start, end, kind in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if not 0 <= start < end <= len(text):
            counts.outside += 1
            continue
        inside = [i for i, (_, first, last) in enumerate(words) if first < end and last > start]
        if not inside:
            counts.blank += 1
        elif any(tags[index] != OUTSIDE for index in inside):
            counts.overlapping += 1
        else:
            counts.widened += words[inside[0]][1] < start or words[inside[-1]][2] > end
            for index in inside:
                tags[index] = f"{'B' if index == inside[0] else 'I'}-{kind}"
    return Row(record.number, tuple(word for word, _, _ in words), tuple(tags))


def _parse_spans(record: TableRecord, column: str, text: str) -> Iterator[Span]:
    """The spans of a row: lists of start, end and kind; objects; or objects of kinds and texts."""
    value = record.values.get(column)
    if isinstance(value, dict):
        yield from _parse_cluener(record, column, text)
        return
    for span in value or []:
        if isinstance(span, dict):
            pair = [_first_value(span, START_KEYS), _first_value(span, END_KEYS)]
            kind = _first_value(span, KIND_KEYS)
        else:
            cells = _as_list(span, record, column)
            pair, kind = cells[:2], cells[2] if len(cells) > 2 else None
        if isinstance(kind, list) and len(kind) == 1:
            kind = kind[0]
        if not isinstance(kind, str) or not kind.strip():
            raise _wrong_span(record, column, span)
        yield (*_offsets(pair, record, column), kind.strip())


def _parse_cluener(record: TableRecord, column: str, text: str) -> Iterator[Span]:
    """The spans of {kind: {entity: [[first, last], ...]}}, the last character included."""
    for kind, entities in record.values[column].items():
        if not isinstance(entities, dict):
            raise _wrong_span(record, column, entities)
        for entity, offsets in entities.items():
            for pair in _as_list(offsets, record, column):
                start, last = _offsets(_as_list(pair, record, column), record, column)
                if text[start : last + 1] != entity:
                    raise DataError(
                        f"{record.location}: {entity[:40]!r} does not stand at characters {start} "
                        f"to {last} of the text; correct the offsets"
                    )
                yield start, last + 1, kind


def _as_list(value: Any, record: TableRecord, column: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _wrong_span(record, column, value)
    return value


def _offsets(pair: Sequence[Any], record: TableRecord, column: str) -> tuple[int, int]:
    if len(pair) != 2 or not all(isinstance(each, int) and each < 1 << 40 for each in pair):
        raise _wrong_span(record, column, list(pair))
    return int(pair[0]), int(pair[1])


def _wrong_span(record: TableRecord, column: str, value: Any) -> DataError:
    return DataError(
        f"{record.location}: {column!r} has {str(value)[:60]}, expected [start, end, kind] or an "
        "object with start, end and label"
    )


def _first_value(span: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((span[key] for key in keys if key in span), None)
