"""Instructions with their responses, and conversations, to fine-tune a language model on.

A row has the turns so far as its texts, the user's first, and the next turn as its target. A
conversation has a row for each turn of the assistant; a system message is put before the next turn
of the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...plugins import quoted_list
from ..tabular import TableRecord
from .columns import Columns, read_columns
from .dataset import LabeledDataset, Row

INSTRUCTION_COLUMNS = ("instruction", "prompt", "question", "指令", "问题")
INPUT_COLUMNS = ("input", "context", "输入")
RESPONSE_COLUMNS = ("response", "output", "answer", "completion", "回答", "输出")
MESSAGE_COLUMNS = ("messages", "conversations", "conversation")

ROLE_ALIASES = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
}
"""The usual names of roles."""


def read_conversations(path: Path, requested: Columns, *, labeled: bool = True) -> LabeledDataset:
    """The rows of a file of instructions, or of messages with a role and a content each.

    Raises DataError for a file of neither, and, with its line, for an invalid conversation.
    """
    file = read_columns(path, requested, (*INSTRUCTION_COLUMNS, *RESPONSE_COLUMNS))
    lowered = {name.lower(): name for name in file.column_names}
    messages_column = next((lowered[name] for name in MESSAGE_COLUMNS if name in lowered), None)
    if messages_column is not None and not requested.text_columns:
        conversations = [
            (record, _parse_turns(record, messages_column, path)) for record in file.records
        ]
        rows = [row for record, turns in conversations for row in _make_rows(record, turns)]
        columns = Columns(text_columns=(messages_column,), label_column="")
    else:
        columns = _select_columns(lowered, path, requested, labeled=labeled)
        rows = [_make_row(record, columns) for record in file.records]
    numbered = tuple(
        Row(number, row.texts, (), target=row.target) if messages_column is not None else row
        for number, row in enumerate(rows, start=1)
    )
    return LabeledDataset(path.name, columns, numbered, has_fixed_labels=False)


def _select_columns(
    lowered: dict[str, str], path: Path, requested: Columns, *, labeled: bool
) -> Columns:
    text_columns = requested.text_columns
    if not text_columns:
        names = [next((lowered[n] for n in aliases if n in lowered), None) for aliases in
                 (INSTRUCTION_COLUMNS, INPUT_COLUMNS)]  # fmt: skip
        text_columns = tuple(name for name in names if name is not None) if names[0] else ()
    label_column = requested.label_column or next(
        (lowered[n] for n in RESPONSE_COLUMNS if n in lowered), ""
    )
    unknown = [
        name for name in (*text_columns, label_column) if name and name not in lowered.values()
    ]
    if unknown and (labeled or unknown != [label_column]):
        raise DataError(
            f"{path.name} has no column {unknown[0]!r}; it has {quoted_list(lowered.values())}"
        )
    if not text_columns or (labeled and not label_column):
        raise DataError(
            f"{path.name} has the columns {quoted_list(lowered.values())}, and neither messages "
            "nor an instruction with its response; name these with --text-column and --label-column"
        )
    return Columns(text_columns=text_columns, label_column=label_column)


def _make_row(record: TableRecord, columns: Columns) -> Row:
    parts = [record.text(name) for name in columns.text_columns]
    prompt = "\n\n".join(text for text in parts if text)
    return Row(record.number, (prompt,), (), target=record.text(columns.label_column) or None)


def _parse_turns(record: TableRecord, name: str, path: Path) -> list[tuple[str, str]]:
    """Role and content of each turn."""
    messages = record.values.get(name)
    if not isinstance(messages, list):
        raise DataError(
            f"{path.name}:{record.number}: {name!r} is not a list of messages; correct it"
        )
    return [_parse_turn(message, record, path) for message in messages]


def _parse_turn(message: Any, record: TableRecord, path: Path) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise DataError(f"{path.name}:{record.number}: a message is not an object; correct it")
    role = ROLE_ALIASES.get(str(message.get("role", message.get("from"))))
    content = message.get("content", message.get("value"))
    if role is None or not isinstance(content, str):
        raise DataError(
            f"{path.name}:{record.number}: a message needs a role among "
            f"{quoted_list(ROLE_ALIASES)} and a content, found {quoted_list(map(str, message))}"
        )
    return role, content.strip()


def _make_rows(record: TableRecord, turns: list[tuple[str, str]]) -> Iterator[Row]:
    """A row for each turn of the assistant, and one without a target after a last user turn."""
    history: list[str] = []
    system = ""
    for role, content in turns:
        if role == "system":
            system = f"{system}\n\n{content}" if system else content
            continue
        if role == "assistant" and len(history) % 2 == 1:
            yield Row(record.number, tuple(history), (), target=content or None)
        elif role == "user" and len(history) % 2 == 0:
            content = f"{system}\n\n{content}" if system else content
            system = ""
        else:
            # Two turns of one side are joined to one.
            if history:
                history[-1] = f"{history[-1]}\n\n{content}"
            continue
        history.append(content)
    if len(history) % 2 == 1:
        yield Row(record.number, tuple(history), (), target=None)
