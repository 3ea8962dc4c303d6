"""Instructions with their responses, and talks: what a language model is to say next.

A row has the turns so far as its texts, the other side's first, and the next turn as its truth. A
talk of several turns is as many rows as it has turns of the assistant; what the system says stands
before the first turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...naming import listed
from .columns import Columns
from .files import Line, opened
from .reading import Labelled, Row

INSTRUCTIONS = ("instruction", "prompt", "question", "指令", "问题")
INPUTS = ("input", "context", "输入")
RESPONSES = ("response", "output", "answer", "completion", "回答", "输出")
MESSAGES = ("messages", "conversations", "conversation")

SPEAKERS = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}
"""What people call who speaks."""


def read_talks(path: Path, wanted: Columns, *, labelled: bool = True) -> Labelled:
    """The rows of a file with instructions, or with messages of a role and a content each.

    Raises DataError for a file that has neither, and names the line of a talk that cannot be read.
    """
    told = (*wanted.texts, *([wanted.label] if wanted.label else []))
    file = opened(path, (*told, *INSTRUCTIONS, *RESPONSES))
    lowered = {name.lower(): name for name in file.names}
    talk = next((lowered[name] for name in MESSAGES if name in lowered), None)
    if talk is not None and not wanted.texts:
        lines = [(line, _turns(line, talk, path)) for line in file.lines]
        rows = [row for line, turns in lines for row in _rows(line, turns)]
        columns = Columns(texts=(talk,), label="")
    else:
        columns = _columns(lowered, path, wanted, labelled=labelled)
        rows = [_row(line, columns) for line in file.lines]
    numbered = tuple(
        Row(number, row.texts, (), truth=row.truth) if talk is not None else row
        for number, row in enumerate(rows, start=1)
    )
    return Labelled(path.name, columns, numbered, listed=False)


def _columns(lowered: dict[str, str], path: Path, wanted: Columns, *, labelled: bool) -> Columns:
    texts = wanted.texts
    if not texts:
        names = [next((lowered[n] for n in some if n in lowered), None) for some in
                 (INSTRUCTIONS, INPUTS)]  # fmt: skip
        texts = tuple(name for name in names if name is not None) if names[0] else ()
    label = wanted.label or next((lowered[n] for n in RESPONSES if n in lowered), "")
    strange = [name for name in (*texts, label) if name and name not in lowered.values()]
    if strange and (labelled or strange != [label]):
        raise DataError(
            f"{path.name} has no column {strange[0]!r}; it has {listed(lowered.values())}"
        )
    if not texts or (labelled and not label):
        raise DataError(
            f"{path.name} has the columns {listed(lowered.values())}, and neither messages nor an "
            "instruction with its response; name these with --text and --label"
        )
    return Columns(texts=texts, label=label)


def _row(line: Line, columns: Columns) -> Row:
    said = [_text(line.values.get(name)) for name in columns.texts]
    prompt = "\n\n".join(text for text in said if text)
    return Row(line.number, (prompt,), (), truth=_text(line.values.get(columns.label)) or None)


def _turns(line: Line, name: str, path: Path) -> list[tuple[str, str]]:
    """Who speaks and what, turn after turn."""
    told = line.values.get(name)
    if not isinstance(told, list):
        raise DataError(f"{path.name}:{line.number}: {name!r} is no list of messages; mend it")
    return [_turn(one, line, path) for one in told]


def _turn(one: Any, line: Line, path: Path) -> tuple[str, str]:
    if not isinstance(one, dict):
        raise DataError(f"{path.name}:{line.number}: a message is no object; mend it")
    role = SPEAKERS.get(str(one.get("role", one.get("from"))))
    content = one.get("content", one.get("value"))
    if role is None or not isinstance(content, str):
        raise DataError(
            f"{path.name}:{line.number}: a message needs a role among {listed(SPEAKERS)} and a "
            f"content, found {listed(map(str, one))}"
        )
    return role, content.strip()


def _rows(line: Line, turns: list[tuple[str, str]]) -> Iterator[Row]:
    """A row for each turn of the assistant; one without a truth where the other side is last."""
    before: list[str] = []
    rule = ""
    for role, content in turns:
        if role == "system":
            rule = f"{rule}\n\n{content}" if rule else content
            continue
        if role == "assistant" and len(before) % 2 == 1:
            yield Row(line.number, tuple(before), (), truth=content or None)
        elif role == "user" and len(before) % 2 == 0:
            content = f"{rule}\n\n{content}" if rule else content
            rule = ""
        else:
            # The same side twice: what it says is one turn.
            if before:
                before[-1] = f"{before[-1]}\n\n{content}"
            continue
        before.append(content)
    if len(before) % 2 == 1:
        yield Row(line.number, tuple(before), (), truth=None)


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()
