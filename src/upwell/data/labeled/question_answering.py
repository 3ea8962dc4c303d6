"""Extractive question answering: SQuAD JSON, or a question a row.

The texts of a row are the question and the context. Its target is every correct answer with the
character at which it begins, and () where the context holds no answer (Rajpurkar et al. 2016, arXiv
1606.05250; 2018, arXiv 1806.03822).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...plugins import quoted_list
from ..tabular import FORMATS, TableRecord
from ..text_files import read_utf8
from .columns import Columns, read_columns
from .dataset import LabeledDataset, Row

TEXT_COLUMNS = ("question", "context")
ANSWER_COLUMNS = ("answers", "answer", "答案")
START_COLUMNS = ("answer_start", "start")

AnswerSpan = tuple[str, int]
"""An answer, and the character of the context at which it begins."""


def read_questions(path: Path, *, labeled: bool = True) -> LabeledDataset:
    """The questions of a file, numbered in their order.

    An answer with a wrong position is searched for in the context. Answers that are not in the
    context are left out, and so is a question without any of its answers; `notes` counts both.
    Raises DataError for a file of another kind.
    """
    questions = (
        _read_squad(path) if path.suffix.lower() == ".json" else _read_rows(path, labeled=labeled)
    )
    rows, moved, partial, dropped = [], [], [], []
    for number, question, context, answers in questions:
        located = [] if answers is None else [_locate_answer(one, context) for one in answers]
        spans = tuple(one for one in located if one is not None)
        if labeled and located and not spans:
            dropped.append(number)
            continue
        if len(spans) < len(located):
            partial.append(number)
        if answers is not None and _positions_differ(located, answers):
            moved.append(number)
        target = None if answers is None else spans
        rows.append(Row(number, (question, context), (), target=target))
    notes = (
        *_format_note("whose answer is not in the context, left out", dropped),
        *_format_note("with some answers that are not in the context, these left out", partial),
        *_format_note("whose answer begins elsewhere than the file says", moved),
    )
    columns = Columns(text_columns=TEXT_COLUMNS, label_column=ANSWER_COLUMNS[0])
    return LabeledDataset(path.name, columns, tuple(rows), has_fixed_labels=False, notes=notes)


RawQuestion = tuple[int, str, str, list[tuple[str, int | None]] | None]
"""Number, question, context and answers; None where the file has no answers."""


def _read_squad(path: Path) -> Iterator[RawQuestion]:
    if not path.is_file():
        raise DataError(f"{path} is not a file; give one with questions")
    try:
        articles = json.loads(read_utf8(path))["data"]
        paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
        number = 0
        for paragraph in paragraphs:
            for qa in paragraph["qas"]:
                number += 1
                yield number, qa["question"], paragraph["context"], _parse_answers(qa)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path.name} does not have the layout of SQuAD (data, paragraphs, qas): {error!r}"
        ) from None


def _parse_answers(qa: Any) -> list[tuple[str, int | None]] | None:
    if qa.get("is_impossible"):
        return []
    answers = qa.get("answers")
    return None if answers is None else [(one["text"], one.get("answer_start")) for one in answers]


def _read_rows(path: Path, *, labeled: bool) -> Iterator[RawQuestion]:
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name} is none of {quoted_list(('.json', *FORMATS))}; convert it")
    file = read_columns(path, Columns(), (*TEXT_COLUMNS, *ANSWER_COLUMNS))
    answer_column = next((name for name in ANSWER_COLUMNS if name in file.column_names), None)
    missing = [name for name in TEXT_COLUMNS if name not in file.column_names]
    if missing or (labeled and answer_column is None):
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)} and lacks "
            f"{missing[0] if missing else ANSWER_COLUMNS[1]!r}; give question, context and answer"
        )
    start_column = next((name for name in START_COLUMNS if name in file.column_names), None)
    for record in file.records:
        question, context = (str(record.values.get(name) or "").strip() for name in TEXT_COLUMNS)
        answers = (
            None
            if answer_column is None
            else _parse_cell(record, answer_column, start_column, path)
        )
        yield record.number, question, context, answers


def _parse_cell(
    record: TableRecord, answer_column: str, start_column: str | None, path: Path
) -> list[tuple[str, int | None]]:
    """The answers in a cell: one, or the lists of SQuAD; an empty cell has none."""
    cell = record.values.get(answer_column)
    if isinstance(cell, dict) and isinstance(cell.get("text"), list):
        starts = cell.get("answer_start") or [None] * len(cell["text"])
        return list(zip(cell["text"], starts, strict=True))
    if cell is not None and not isinstance(cell, str):
        raise DataError(f"{path.name}:{record.number}: an answer is a text, found {cell!r}")
    start_cell = None if start_column is None else record.values.get(start_column)
    position = (
        int(start_cell) if start_cell is not None and str(start_cell).strip().isdecimal() else None
    )
    return [(cell, position)] if cell else []


def _locate_answer(answer: tuple[str, int | None], context: str) -> AnswerSpan | None:
    """The answer at its position, or at the nearest position at which the context holds it."""
    text, start = _strip(answer)
    if text and start is not None and context[start : start + len(text)] == text:
        return text, start
    positions = [] if not text else _find_all(text, context)
    if not positions:
        return None
    expected = 0 if start is None else start
    return text, min(positions, key=lambda position: abs(position - expected))


def _strip(answer: tuple[str, int | None]) -> tuple[str, int | None]:
    """The answer without blanks around it."""
    text, start = answer
    stripped = text.lstrip()
    return stripped.rstrip(), None if start is None else start + len(text) - len(stripped)


def _find_all(text: str, context: str) -> list[int]:
    positions, position = [], context.find(text)
    while position >= 0:
        positions.append(position)
        position = context.find(text, position + 1)
    return positions


def _positions_differ(
    located: Sequence[AnswerSpan | None], answers: Sequence[tuple[str, int | None]]
) -> bool:
    return any(
        one is not None and start is not None and one[1] != start
        for one, (_, start) in zip(located, map(_strip, answers), strict=True)
    )


def _format_note(description: str, numbers: Sequence[int]) -> Iterator[str]:
    if numbers:
        preview = ", ".join(map(str, numbers[:8])) + (", ..." if len(numbers) > 8 else "")
        s = "s" * (len(numbers) > 1)
        yield f"{len(numbers)} question{s} {description} (number{s} {preview})"
