"""Questions about a text whose answers stand in it: SQuAD's JSON, or a question a row.

A row's texts are the question and the context; its truth is every right answer with the character
at which it begins, and no answer at all where the text does not hold one (Rajpurkar et al. 2016,
arXiv 1606.05250; 2018, arXiv 1806.03822).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...naming import listed
from .columns import Columns
from .files import FORMATS, Line, decoded, opened
from .reading import Labelled, Row

TEXTS = ("question", "context")
ANSWERS = ("answers", "answer", "答案")
STARTS = ("answer_start", "start")

Answer = tuple[str, int]
"""What the answer is, and the character of the context at which it begins."""


def read_questions(path: Path, *, labelled: bool = True) -> Labelled:
    """The questions of a file, numbered as they come. Where an answer does not begin where the file
    says it is looked for; of a question's answers those that stand in its context are kept, and a
    question none of whose answers does is left out. Both are told.

    Raises DataError for a file of another kind.
    """
    found = _of_squad(path) if path.suffix.lower() == ".json" else _of_rows(path, labelled=labelled)
    rows, moved, some, lost = [], [], [], []
    for number, question, context, answers in found:
        placed = [] if answers is None else [_placed(one, context) for one in answers]
        stand = tuple(one for one in placed if one is not None)
        if labelled and placed and not stand:
            lost.append(number)
            continue
        if len(stand) < len(placed):
            some.append(number)
        if answers is not None and _differ(placed, answers):
            moved.append(number)
        truth = None if answers is None else stand
        rows.append(Row(number, (question, context), (), truth=truth))
    notes = (
        *_note("whose answer does not stand in the context, left out", lost),
        *_note("of whose answers some do not stand in the context, these left out", some),
        *_note("whose answer begins elsewhere than the file says", moved),
    )
    columns = Columns(texts=TEXTS, label=ANSWERS[0])
    return Labelled(path.name, columns, tuple(rows), listed=False, notes=notes)


Asked = tuple[int, str, str, list[tuple[str, int | None]] | None]
"""Number, question, context, answers; None where none is told."""


def _of_squad(path: Path) -> Iterator[Asked]:
    if not path.is_file():
        raise DataError(f"{path} is no file; give one with questions")
    try:
        articles = json.loads(decoded(path))["data"]
        paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
        number = 0
        for paragraph in paragraphs:
            for asked in paragraph["qas"]:
                number += 1
                yield number, asked["question"], paragraph["context"], _answers(asked)
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path.name} is not laid out as SQuAD is (data, paragraphs, qas): {error!r}"
        ) from None


def _answers(asked: Any) -> list[tuple[str, int | None]] | None:
    if asked.get("is_impossible"):
        return []
    told = asked.get("answers")
    return None if told is None else [(one["text"], one.get("answer_start")) for one in told]


def _of_rows(path: Path, *, labelled: bool) -> Iterator[Asked]:
    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{path.name} is none of {listed(('.json', *FORMATS))}; convert it")
    file = opened(path, (*TEXTS, *ANSWERS))
    answer = next((name for name in ANSWERS if name in file.names), None)
    missing = [name for name in TEXTS if name not in file.names]
    if missing or (labelled and answer is None):
        raise DataError(
            f"{path.name} has the columns {listed(file.names)} and lacks "
            f"{missing[0] if missing else ANSWERS[1]!r}; questions need question, context, answer"
        )
    start = next((name for name in STARTS if name in file.names), None)
    for line in file.lines:
        question, context = (str(line.values.get(name) or "").strip() for name in TEXTS)
        told = None if answer is None else _of_cell(line, answer, start, path)
        yield line.number, question, context, told


def _of_cell(
    line: Line, answer: str, start: str | None, path: Path
) -> list[tuple[str, int | None]]:
    """A cell with an answer, or with SQuAD's lists of them; an empty one for no answer."""
    told = line.values.get(answer)
    if isinstance(told, dict) and isinstance(told.get("text"), list):
        starts = told.get("answer_start") or [None] * len(told["text"])
        return list(zip(told["text"], starts, strict=True))
    if told is not None and not isinstance(told, str):
        raise DataError(f"{path.name}:{line.number}: an answer is a text, found {told!r}")
    begin = None if start is None else line.values.get(start)
    number = int(begin) if begin is not None and str(begin).strip().isdecimal() else None
    return [(told, number)] if told else []


def _placed(answer: tuple[str, int | None], context: str) -> Answer | None:
    """Where the answer begins: where it is said to, or the nearest place at which it stands."""
    text, start = _stripped(answer)
    if text and start is not None and context[start : start + len(text)] == text:
        return text, start
    places = [] if not text else _places(text, context)
    if not places:
        return None
    near = 0 if start is None else start
    return text, min(places, key=lambda place: abs(place - near))


def _stripped(answer: tuple[str, int | None]) -> tuple[str, int | None]:
    """Without spaces around it."""
    text, start = answer
    bare = text.lstrip()
    return bare.rstrip(), None if start is None else start + len(text) - len(bare)


def _places(text: str, context: str) -> list[int]:
    found, place = [], context.find(text)
    while place >= 0:
        found.append(place)
        place = context.find(text, place + 1)
    return found


def _differ(placed: Sequence[Answer | None], told: Sequence[tuple[str, int | None]]) -> bool:
    return any(
        one is not None and start is not None and one[1] != start
        for one, (_, start) in zip(placed, map(_stripped, told), strict=True)
    )


def _note(what: str, numbers: Sequence[int]) -> Iterator[str]:
    if numbers:
        shown = ", ".join(map(str, numbers[:8])) + (", ..." if len(numbers) > 8 else "")
        many = len(numbers) > 1
        yield f"{len(numbers)} question{'s' * many} {what} (number{'s' * many} {shown})"
