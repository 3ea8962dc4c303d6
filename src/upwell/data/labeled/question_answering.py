"""Extractive question answering: SQuAD JSON, or a question a row.

The texts of a row are the question and the context. Its target is every correct answer with the
character at which it begins, and () where the context holds no answer (Rajpurkar et al. 2016, arXiv
1606.05250; 2018, arXiv 1806.03822).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from ...errors import DataError
from ...formatting import pluralize
from ...plugins import quoted_list
from ..json_values import parse_json
from ..tabular import FORMATS, MAX_FILE_BYTES, TableRecord, TabularFile
from ..text_files import read_text
from .columns import Columns, read_columns
from .dataset import LabeledDataset, Row

TEXT_COLUMNS = ("question", "context")
ANSWER_COLUMNS = ("answers", "answer", "答案")
START_COLUMNS = ("answer_start", "start")

AnswerSpan: TypeAlias = tuple[str, int]
"""An answer, and the character of the context at which it begins."""


def read_questions(path: Path, *, labeled: bool = True) -> LabeledDataset:
    """The questions of a file, numbered in their order.

    An answer with a wrong position is searched for in the context. Answers that are not in the
    context are left out, and so is a question without any of its answers; `notes` counts both.
    Raises DataError for a file of another kind.
    """
    questions, file_notes = _read_file(path, labeled=labeled)
    if not questions:
        raise DataError(f"{path.name} has no questions; give a file with questions")
    rows, moved, partial, dropped, ignored = [], [], [], [], []
    for number, question, context, answers, impossible in questions:
        if impossible:
            if answers:
                ignored.append(number)
            answers = []
        context = context if context.strip() else ""
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
    impossible_count = sum(row.target == () for row in rows)
    notes = (
        *_format_note("whose answer is not in the context, left out", dropped),
        *_format_note("with some answers that are not in the context, these left out", partial),
        *_format_note("whose answer begins elsewhere than the file says", moved),
        *_format_note("marked as impossible, whose answers are not read", ignored),
        *(
            [f"{pluralize(impossible_count, 'question')} without an answer"]
            * bool(impossible_count)
        ),
    )
    columns = Columns(text_columns=TEXT_COLUMNS, label_column=ANSWER_COLUMNS[0])
    return LabeledDataset(
        path.name, columns, tuple(rows), has_fixed_labels=False, notes=(*file_notes, *notes)
    )


RawAnswers: TypeAlias = "list[tuple[str, int | None]] | None"
"""Texts and positions; None where the file has no answers."""


class RawQuestion(NamedTuple):
    """A question as its file has it."""

    number: int
    question: str
    context: str
    answers: RawAnswers
    is_impossible: bool = False
    """Whether the file says that there is no answer."""


def _read_file(path: Path, *, labeled: bool) -> tuple[list[RawQuestion], tuple[str, ...]]:
    if not path.is_file():
        raise DataError(f"{path} is not a file; give one with questions")
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name} is none of {quoted_list(FORMATS)}; convert it")
    if path.suffix.lower() == ".json" and path.stat().st_size <= MAX_FILE_BYTES:
        decoded = read_text(path)
        first_line, _, rest = decoded.text.lstrip().partition("\n")
        is_lines = first_line.rstrip().endswith("}") and bool(rest.strip())
        value = None if is_lines else parse_json(decoded.text, path.name)
        if _is_nested(value):
            walker = _Walker(path.name)
            walker.walk(value, "")
            return walker.questions, decoded.notes
    file = read_columns(path, Columns(), (*TEXT_COLUMNS, *ANSWER_COLUMNS))
    if any("qas" in record.values or "paragraphs" in record.values for record in file.records):
        walker = _Walker(path.name)
        for record in file.records:
            walker.walk(record.values, f" in row {record.number}")
        return walker.questions, file.notes
    return _read_rows(file, path, labeled=labeled), file.notes


def _is_nested(value: Any) -> bool:
    """Whether a JSON value has the layout of SQuAD and not rows."""
    items = value.get("data") if isinstance(value, dict) else value
    first = items[0] if isinstance(items, list) and items else items
    return isinstance(first, dict) and ("paragraphs" in first or "qas" in first)


class _Walker:
    """The questions of articles, paragraphs and rows, whatever holds them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.questions: list[RawQuestion] = []

    def walk(self, node: Any, where: str) -> None:
        """Collect the questions below a value."""
        if isinstance(node, list):
            for each in node:
                self.walk(each, where)
            return
        if not isinstance(node, dict):
            raise self._error(where, f"has {_shorten(node)}, expected an object")
        for key in ("data", "paragraphs"):
            if key in node:
                if not isinstance(node[key], list):
                    raise self._error(where, f"has {key!r} that is not a list")
                self.walk(node[key], where)
                return
        if "qas" in node:
            if not isinstance(node["qas"], list):
                raise self._error(where, "has 'qas' that is not a list")
            for qa in node["qas"]:
                self._add(qa, node.get("context"), where)
        elif "question" in node and "context" in node:
            self._add(node, node["context"], where)
        elif "header" not in node:
            raise self._error(where, f"has an object without questions: {_shorten(list(node))}")

    def _add(self, qa: Any, context: Any, where: str) -> None:
        number = len(self.questions) + 1
        location = f"{self._name}: question {number}{where}"
        if not isinstance(qa, dict) or not isinstance(qa.get("question"), str):
            raise DataError(f"{location} has no text 'question'; correct it")
        if not isinstance(context, str):
            raise DataError(f"{location} has no text 'context'; correct it")
        impossible = _parse_flag(qa.get("is_impossible"), location)
        answers = _parse_answers(qa.get("answers"), location)
        self.questions.append(
            RawQuestion(number, qa["question"].strip(), context, answers, impossible)
        )

    def _error(self, where: str, problem: str) -> DataError:
        return DataError(
            f"{self._name}{where} {problem}; give SQuAD (data, paragraphs, qas) or a question a row"
        )


def _parse_flag(value: Any, location: str) -> bool:
    """Whether a question is marked as impossible."""
    if value is None or isinstance(value, bool):
        return bool(value)
    known = {"true": True, "1": True, "false": False, "0": False, "": False}
    text = str(value).strip().lower()
    if isinstance(value, list | dict) or text not in known:
        raise DataError(f"{location}: 'is_impossible' is {_shorten(value)}, expected true or false")
    return known[text]


def _parse_answers(value: Any, location: str) -> RawAnswers:
    """The answers of a value: SQuAD's objects, lists of texts and of positions, or texts."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        if "'" in value and '"' not in value.replace("'", ""):
            raise DataError(
                f"{location}: the answers are written as Python objects; save the rows as JSON"
            )
        value = parse_json(value, location)
    if value is None:
        return None
    if isinstance(value, str):
        return [(value, None)] if value.strip() else []
    if isinstance(value, dict) and isinstance(value.get("text"), list):
        texts = value["text"]
        starts = value.get("answer_start")
        starts = [None] * len(texts) if starts is None or starts == [] else starts
        if not isinstance(starts, list) or len(starts) != len(texts):
            raise DataError(f"{location} has {len(texts)} answers and other than as many positions")
        return [_parse_answer(*pair, location) for pair in zip(texts, starts, strict=True)]
    answers = [value] if isinstance(value, dict) else value
    if not isinstance(answers, list):
        raise DataError(f"{location}: an answer is a text, found {_shorten(value)}")
    return [
        _parse_answer(each.get("text"), each.get("answer_start"), location)
        if isinstance(each, dict)
        else _parse_answer(each, None, location)
        for each in answers
    ]


def _parse_answer(text: Any, start: Any, location: str) -> tuple[str, int | None]:
    if not isinstance(text, str):
        raise DataError(f"{location}: an answer is a text, found {_shorten(text)}")
    if isinstance(start, str) and start.strip().lstrip("-").isdecimal() and len(start) < 16:
        start = int(start)
    if isinstance(start, float) and start == start // 1:
        start = int(start)
    if start is not None and (isinstance(start, bool) or not isinstance(start, int)):
        raise DataError(f"{location}: an answer begins at {_shorten(start)}, expected a number")
    return text, start


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _read_rows(file: TabularFile, path: Path, *, labeled: bool) -> list[RawQuestion]:
    lowered = {name.lower(): name for name in file.column_names}
    answer_column = next((lowered[name] for name in ANSWER_COLUMNS if name in lowered), None)
    missing = [name for name in TEXT_COLUMNS if name not in lowered]
    if missing or (labeled and answer_column is None):
        raise DataError(
            f"{path.name} has the columns {quoted_list(file.column_names)} and lacks "
            f"{missing[0] if missing else ANSWER_COLUMNS[1]!r}; give question, context and answer"
        )
    start_column = next((lowered[name] for name in START_COLUMNS if name in lowered), None)
    return [_make_question(record, lowered, answer_column, start_column) for record in file.records]


def _make_question(
    record: TableRecord, lowered: dict[str, str], answer_column: str | None, start: str | None
) -> RawQuestion:
    question = record.text(lowered["question"])
    # Positions count from the first character, so a context keeps its blanks.
    context = record.text(lowered["context"], strip=False)
    impossible = _parse_flag(record.values.get(lowered.get("is_impossible", "")), record.location)
    if answer_column is None:
        return RawQuestion(record.number, question, context, None, impossible)
    answers = _parse_answers(record.values.get(answer_column), record.location) or []
    if len(answers) == 1 and answers[0][1] is None and start is not None:
        position = record.values.get(start)
        if isinstance(position, str) and not position.strip():
            position = None
        answers = [_parse_answer(answers[0][0], position, record.location)]
    return RawQuestion(record.number, question, context, answers, impossible)


def _locate_answer(answer: tuple[str, int | None], context: str) -> AnswerSpan | None:
    """The answer at its position, or at the nearest position at which the context holds it."""
    text, start = _strip(answer)
    if text and start is not None and start >= 0 and context[start : start + len(text)] == text:
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
