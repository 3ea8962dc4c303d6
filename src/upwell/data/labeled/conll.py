"""Sentences with a tag for every word, one word a line: CoNLL files, and Chinese by character.

A line has a word and its tag, separated by a tab or spaces, and perhaps an index before the word
and other columns after it; a blank line ends a sentence. The columns are detected and said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ...errors import DataError
from ...formatting import pluralize
from ..tabular import FORMATS as TABLE_FORMATS
from ..text_files import read_text
from .columns import Columns
from .dataset import LabeledDataset, Row
from .tag_dialects import OUTSIDE, describe_scheme, detect_dialect, kinds_of, looks_like_tags

SUFFIXES = (
    ".conll",
    ".bio",
    ".iob",
    ".iob2",
    ".bioes",
    ".ner",
    ".train",
    ".testa",
    ".testb",
    ".dev",
)
"""Usual suffixes; a file with another one is read, too, if its lines are words with tags."""

FORMATS = (*SUFFIXES, *TABLE_FORMATS)
COLUMNS = Columns(text_columns=("word",), label_column="tag")
DOCSTART = "-DOCSTART-"
HEADER_WORDS = ("word", "words", "token", "tokens", "form", "text")
COMMENT = "#"
CONLLU_COLUMNS = 10
SPACES = re.compile(r"[ \t]+")
BLANKS = " \u3000\xa0\u2002\u2003\u2009\ufeff\u200b"
"""Blanks that stand as words of their own in files of Chinese by character."""


class Line(NamedTuple):
    """The cells of a line, and its number."""

    number: int
    cells: tuple[str, ...]


def read_conll(
    path: Path, columns: Columns | None = None, *, labeled: bool = True
) -> LabeledDataset:
    """The sentences of a file: words as `texts`, tags as `labels`, the line of the first word.

    `columns` may name the columns of words and tags by their numbers. Raises DataError for a file
    of another format or encoding, and, with its line, for a word without a tag.
    """
    if not path.is_file():
        raise DataError(f"{path} is not a file; give one with a word and its tag a line")
    decoded = read_text(path)
    sentences, notes = _read_lines(path, decoded.text)
    if not sentences:
        raise DataError(f"{path.name} is empty; give a file with sentences")
    layout, more = _detect_layout(path, sentences, columns or COLUMNS, labeled)
    sentences, removed = _drop_lines(sentences, layout)
    rows = [_make_row(path, sentence, layout, labeled) for sentence in sentences]
    rows, blanks = _drop_blank_words([row for row in rows if row.texts])
    if not rows:
        raise DataError(f"{path.name} has no words; give a file with sentences")
    unified, tag_notes = unify_tags(path.name, rows) if labeled else (tuple(rows), ())
    all_notes = (*decoded.notes, *notes, *more, *removed, *blanks, *tag_notes)
    return LabeledDataset(path.name, layout.columns, unified, notes=all_notes)


def unify_tags(name: str, rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows with their tags in the usual way, and notes on what was recognized."""
    counts = Counter(tag for row in rows for tag in row.labels)
    reader = detect_dialect(counts, name)
    unified = tuple(replace(row, labels=tuple(map(reader, row.labels))) for row in rows)
    scheme = describe_scheme(row.labels for row in unified)
    return unified, (*reader.notes, *([f"tags are {scheme}"] if scheme else []))


@dataclass(frozen=True)
class Layout:
    """Which column holds what, counted from 0."""

    word: int
    tag: int
    width: int
    """Number of columns of a line; 0 where lines may differ."""

    columns: Columns
    tags: frozenset[str] = frozenset()
    """The tags of lines that are no comments."""


def _read_lines(path: Path, text: str) -> tuple[list[list[Line]], tuple[str, ...]]:
    """The lines of each sentence, without those between documents."""
    lines = text.split("\n")
    with_tabs = sum("\t" in line for line in lines)
    has_tabs = with_tabs >= 0.5 * sum(bool(line.strip(" \r")) for line in lines) > 0
    sentences: list[list[Line]] = [[]]
    documents = 0
    for number, line in enumerate(lines, start=1):
        cells = _split_cells(line.rstrip("\r"), has_tabs)
        if not cells:
            sentences.append([])
        elif cells[0] == DOCSTART:
            documents += 1
        else:
            sentences[-1].append(Line(number, cells))
    note = f"{pluralize(documents, f'{DOCSTART} line')} left out"
    return [each for each in sentences if each], ((note,) if documents else ())


def _split_cells(line: str, has_tabs: bool) -> tuple[str, ...]:
    """The cells of a line; empty for a blank one. A first cell may be a blank, which is a word."""
    if not line.strip():
        return ()
    if has_tabs and "\t" in line:
        cells = line.rstrip(" ").split("\t")
        while len(cells) > 2 and not cells[-1].strip():
            cells.pop()
        return (
            cells[0] if not cells[0].strip() else cells[0].strip(" "),
            *map(str.strip, cells[1:]),
        )
    parts = SPACES.split(line.rstrip(" \t"))
    # A line that begins with a space has a blank as its word.
    return (" ", *parts[1:]) if not parts[0] else tuple(parts)


def _detect_layout(
    path: Path, sentences: Sequence[Sequence[Line]], requested: Columns, labeled: bool
) -> tuple[Layout, tuple[str, ...]]:
    """Where words and tags stand, with notes on columns that are not read."""
    lines = [line for sentence in sentences for line in sentence]
    plain = [line for line in lines if not line.cells[0].startswith(COMMENT)] or lines
    width = Counter(len(line.cells) for line in plain).most_common(1)[0][0]
    regular = [line for line in plain if len(line.cells) == width]
    numbers = _requested_columns(requested, width, labeled)
    if numbers is not None:
        word, tag = numbers
        tags = frozenset(line.cells[tag] for line in regular)
        return Layout(word, tag, width, _columns(word, tag, width), tags), ()
    if width == CONLLU_COLUMNS:
        raise DataError(
            f"{path.name} has {CONLLU_COLUMNS} columns, as CoNLL-U has, and not one of tags; name "
            "those of word and tag by their numbers with --text-column and --label-column"
        )
    if width == 1:
        if not labeled:
            return Layout(0, 0, 1, COLUMNS), ()
        raise DataError(
            f"{path.name}:{plain[0].number} has a word without a tag; give each word one"
        )
    has_index = width > 2 and _is_index([
        [line for line in sentence if not line.cells[0].startswith(COMMENT)]
        for sentence in sentences
    ])  # fmt: skip
    word = int(has_index)
    values = [Counter(line.cells[index] for line in regular) for index in range(width)]
    tag = _find_tag_column(values, word)
    notes = []
    if has_index:
        notes.append("the first column is the index of a word, not read")
    for index in range(tag + 1, width):
        count = sum(
            number for value, number in values[index].items() if value not in ("O", "o", "_")
        )
        notes.append(f"column {index + 1} (nested tags of {pluralize(count, 'word')}) not read")
    if tag - word > 1:
        others = range(word + 2, tag + 1)
        notes.append(f"{'columns' if len(others) > 1 else 'column'} {_join(others)} not read")
    return Layout(word, tag, width, _columns(word, tag, width), frozenset(values[tag])), tuple(
        notes
    )


def _requested_columns(requested: Columns, width: int, labeled: bool) -> tuple[int, int] | None:
    """The columns of words and tags that numbers name, from 0; None where no numbers are given."""
    word = requested.text_columns[0] if len(requested.text_columns) == 1 else ""
    tag = requested.label_column
    if not (word.isdecimal() and 1 <= int(word) <= width):
        return None
    if not labeled:
        return int(word) - 1, int(word) - 1
    return (int(word) - 1, int(tag) - 1) if tag.isdecimal() and 1 <= int(tag) <= width else None


def _columns(word: int, tag: int, width: int) -> Columns:
    """Columns by number, unless they are the first and the last."""
    if word == 0 and tag == width - 1:
        return COLUMNS
    return Columns(text_columns=(str(word + 1),), label_column=str(tag + 1))


def _join(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _is_index(sentences: Iterable[Sequence[Line]]) -> bool:
    """Whether the first cells of each sentence count its words."""
    for sentence in sentences:
        firsts = [line.cells[0] for line in sentence]
        if not all(each.isdecimal() and each.isascii() and len(each) < 10 for each in firsts):
            return False
        if firsts and [int(each) - int(firsts[0]) for each in firsts] != list(range(len(firsts))):
            return False
    return True


def _find_tag_column(values: Sequence[Counter[str]], word: int) -> int:
    """The last column, or the one before it if the last has entities inside of its entities."""
    last = len(values) - 1
    if last - 1 <= word or not looks_like_tags(values[last]):
        return last
    outer = values[last - 1]
    if not looks_like_tags(outer):
        return last
    inner_kinds = kinds_of(values[last])
    is_nested = inner_kinds <= kinds_of(outer) and (bool(inner_kinds) or last - 1 == word + 1)
    return last - 1 if is_nested else last


def _drop_lines(
    sentences: Sequence[Sequence[Line]], layout: Layout
) -> tuple[list[list[Line]], tuple[str, ...]]:
    """The sentences without comments and without a header."""
    comments, remaining = 0, []
    for sentence in sentences:
        words = [line for line in sentence if not _is_comment(line, layout)]
        comments += len(sentence) - len(words)
        remaining.append(words)
    notes = []
    if comments:
        notes.append(f"{pluralize(comments, 'line')} beginning with # left out as comments")
    first = next((sentence[0] for sentence in remaining if sentence), None)
    if first is not None and first.cells[min(layout.word, len(first.cells) - 1)].lower() in (
        HEADER_WORDS
    ):
        others = (
            line.cells[-1] for sentence in remaining for line in sentence if line is not first
        )
        if first.cells[-1] not in set(others):
            remaining = [[line for line in sentence if line is not first] for sentence in remaining]
            notes.append("the first line is a header")
    return remaining, tuple(notes)


def _is_comment(line: Line, layout: Layout) -> bool:
    """Whether a line with # is no word: its cells are too many or too few, or end in no tag."""
    if not line.cells[0].startswith(COMMENT) or layout.width == 1:
        return False
    return len(line.cells) != layout.width or line.cells[layout.tag] not in {*layout.tags, OUTSIDE}


def _make_row(path: Path, sentence: Sequence[Line], layout: Layout, labeled: bool) -> Row:
    for line in sentence:
        if labeled and len(line.cells) < min(2, layout.width):
            raise DataError(f"{path.name}:{line.number} has a word without a tag; add it")
        if len(line.cells) != layout.width and (labeled or len(line.cells) > 1):
            raise DataError(
                f"{path.name}:{line.number} has {len(line.cells)} columns and most lines have "
                f"{layout.width}; write one word a line"
            )
    words = tuple(line.cells[min(layout.word, len(line.cells) - 1)] for line in sentence)
    tags = tuple(line.cells[layout.tag] for line in sentence) if labeled else ()
    return Row(sentence[0].number if sentence else 0, words, tags)


def _drop_blank_words(rows: Sequence[Row]) -> tuple[list[Row], tuple[str, ...]]:
    """The rows without words that are blanks: no tokenizer has a token for them."""
    blank_rows = [row for row in rows if any(not word.strip(BLANKS) for word in row.texts)]
    if not blank_rows:
        return list(rows), ()
    count = sum(not word.strip(BLANKS) for row in blank_rows for word in row.texts)
    first = blank_rows[0].line + next(
        index for index, word in enumerate(blank_rows[0].texts) if not word.strip(BLANKS)
    )
    remaining = []
    for row in rows:
        positions = [index for index, word in enumerate(row.texts) if word.strip(BLANKS)]
        if not positions:
            continue
        remaining.append(
            replace(
                row,
                texts=tuple(row.texts[index] for index in positions),
                labels=tuple(row.labels[index] for index in positions) if row.labels else (),
            )
        )
    return remaining, (f"{pluralize(count, 'blank')} as words left out (first at line {first})",)
