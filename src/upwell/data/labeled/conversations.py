"""Instructions with their responses, and conversations, to fine-tune a language model on.

Read are Alpaca's columns (instruction, input, output, and perhaps system and history), prompts with
completions, questions with answers, messages with roles, and ShareGPT's conversations.

A row has the turns so far as its texts, the user's first, and the next turn as its target. A
conversation has a row for each turn of the assistant; a system message is put before the next turn
of the user. Conversations with turns of tools are left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...formatting import pluralize
from ...plugins import quoted_list
from ..json_values import parse_json
from ..tabular import TableRecord, TabularFile
from .columns import Columns, describe_unused, read_columns
from .dataset import LabeledDataset, Row

INSTRUCTION_COLUMNS = ("instruction", "prompt", "question", "query", "指令", "问题")
INPUT_COLUMNS = ("input", "context", "输入")
RESPONSE_COLUMNS = ("response", "output", "answer", "completion", "chosen", "回答", "输出")
MESSAGE_COLUMNS = ("messages", "conversations", "conversation", "dialogue", "dialog")
SYSTEM_COLUMNS = ("system", "system_prompt")
HISTORY_COLUMNS = ("history",)

ROLE_ALIASES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "tool": "tool",
    "function": "tool",
    "ipython": "tool",
    "observation": "tool",
    "function_call": "tool",
    "tool_call": "tool",
    "function_response": "tool",
}
"""The usual names of roles."""

ROLE_KEYS, CONTENT_KEYS = ("role", "from", "speaker"), ("content", "value", "text")

Turn = tuple[str, str]
"""A role and its text."""


class _Skip(Exception):
    """A conversation that is left out; the message says why."""


def read_conversations(path: Path, requested: Columns, *, labeled: bool = True) -> LabeledDataset:
    """The rows of a file of instructions, or of messages with a role and a content each.

    Rows of messages are numbered in their order. Raises DataError for a file of neither, and, with
    its line, for an invalid conversation.
    """
    names = (*INSTRUCTION_COLUMNS, *RESPONSE_COLUMNS, *MESSAGE_COLUMNS)
    file = read_columns(path, requested, names)
    lowered = {name.lower(): name for name in file.column_names}
    messages_column = next((lowered[name] for name in MESSAGE_COLUMNS if name in lowered), None)
    requested_texts = requested.text_columns
    if messages_column is not None and (
        not requested_texts or requested_texts == (messages_column,)
    ):
        return _read_messages(path, file, messages_column, lowered)
    columns = _select_columns(lowered, path, requested, labeled=labeled)
    system = _first_match(SYSTEM_COLUMNS, lowered, columns)
    history = _first_match(HISTORY_COLUMNS, lowered, columns)
    rows = tuple(_make_row(record, columns, system, history) for record in file.records)
    used = Columns(
        text_columns=(*columns.text_columns, *filter(None, (system, history))),
        label_column=columns.label_column,
    )
    notes = (
        *file.notes,
        *(describe_unused(file, used) if labeled else ()),
        *_count(sum(bool(record.text(system)) for record in file.records) if system else 0,
                "row with a system message, put before the instruction",
                "rows with a system message, put before the instruction"),
        *_count(sum(len(row.texts) > 1 for row in rows), "row with a history",
                "rows with a history"),
    )  # fmt: skip
    return LabeledDataset(path.name, columns, rows, has_fixed_labels=False, notes=notes)


def _read_messages(
    path: Path, file: TabularFile, column: str, lowered: dict[str, str]
) -> LabeledDataset:
    columns = Columns(text_columns=(column,), label_column="")
    system = _first_match(SYSTEM_COLUMNS, lowered, columns)
    skipped: Counter[str] = Counter()
    rows: list[Row] = []
    counts: Counter[str] = Counter()
    with_system = unanswered = 0
    for record in file.records:
        try:
            turns = _parse_turns(record, column)
        except _Skip as skip:
            skipped[str(skip)] += 1
            continue
        if system and record.text(system):
            turns = [("system", record.text(system)), *turns]
        with_system += any(role == "system" for role, _ in turns)
        turns, joined, dropped = _alternate(turns)
        counts["joined"] += joined
        counts["dropped"] += dropped
        responses = list(_make_rows(turns))
        unanswered += bool(responses) and responses[-1][1] is None
        rows += [
            Row(len(rows) + number, texts, (), target=target)
            for number, (texts, target) in enumerate(responses, start=1)
        ]
    if not rows:
        reasons = ", ".join(skipped) or "no turns of a user"
        raise DataError(f"{path.name} has no conversation to learn from ({reasons}); give others")
    used = Columns(text_columns=(column, *([system] if system else [])))
    notes = (
        *file.notes,
        *describe_unused(file, used),
        f"{pluralize(len(file.records) - skipped.total(), 'conversation')} "
        f"with {pluralize(len(rows), 'response')}; issues name the number of the response",
        *(f"{pluralize(count, 'conversation')} {why}, left out" for why, count in skipped.items()),
        *_count(with_system, "conversation with a system message, put before the user's turn",
                "conversations with a system message, put before the user's turn"),
        *_count(counts["joined"], "turn joined to the one before, of the same side",
                "turns joined to the one before, of the same side"),
        *_count(counts["dropped"], "turn of the assistant before any of the user, left out",
                "turns of the assistant before any of the user, left out"),
        *_count(unanswered, "conversation ends without a response",
                "conversations end without a response"),
    )  # fmt: skip
    return LabeledDataset(path.name, columns, tuple(rows), has_fixed_labels=False, notes=notes)


def _count(number: int, singular: str, plural: str) -> tuple[str, ...]:
    return (pluralize(number, singular, plural),) if number else ()


def _first_match(names: Sequence[str], lowered: dict[str, str], columns: Columns) -> str:
    return next(
        (lowered[name] for name in names if name in lowered and lowered[name] not in columns.names),
        "",
    )


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


def _make_row(record: TableRecord, columns: Columns, system: str, history: str) -> Row:
    parts = [record.text(name) for name in columns.text_columns]
    prompt = "\n\n".join(text for text in parts if text)
    target = record.text(columns.label_column) or None
    if not (system or history):
        return Row(record.number, (prompt,), (), target=target)
    turns = [*_parse_history(record, history), ("user", prompt)] if prompt else []
    if system and record.text(system):
        turns.insert(0, ("system", record.text(system)))
    histories = [texts for texts, _ in _make_rows([*turns, ("assistant", target or "")])]
    return Row(record.number, histories[-1] if histories else (prompt,), (), target=target)


def _parse_history(record: TableRecord, column: str) -> list[Turn]:
    """The earlier turns in a column of pairs of a question and its answer."""
    pairs = record.values.get(column) if column else None
    if not isinstance(pairs, list | None) or not all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair)
        for pair in pairs or ()
    ):
        raise DataError(
            f"{record.location}: {column!r} is not a list of pairs of a question and its answer; "
            "correct it"
        )
    return [
        turn
        for question, answer in pairs or ()
        for turn in (("user", question.strip()), ("assistant", answer.strip()))
    ]


def _parse_turns(record: TableRecord, name: str) -> list[Turn]:
    """Role and content of each turn. Raises _Skip for a conversation that cannot be learned."""
    messages = record.values.get(name)
    if isinstance(messages, str) and messages.lstrip().startswith("["):
        messages = parse_json(messages, record.location)
    if not isinstance(messages, list):
        raise DataError(f"{record.location}: {name!r} is not a list of messages; correct it")
    return [_parse_turn(message, record) for message in messages]


def _parse_turn(message: Any, record: TableRecord) -> Turn:
    if not isinstance(message, dict):
        raise DataError(f"{record.location}: a message is not an object; correct it")
    role_name = next((message[key] for key in ROLE_KEYS if message.get(key) is not None), None)
    role = ROLE_ALIASES.get(str(role_name).lower())
    if role == "tool" or message.get("tool_calls") or message.get("function_call"):
        raise _Skip("with turns of tools")
    content = next((message[key] for key in CONTENT_KEYS if message.get(key) is not None), None)
    if isinstance(content, list):
        content = _join_parts(content)
    if role is None or not isinstance(content, str):
        raise DataError(
            f"{record.location}: a message needs a role among {quoted_list(ROLE_ALIASES)} and a "
            f"content, found {quoted_list(map(str, message))}"
            + (
                f" with the role {str(role_name)[:40]!r}"
                if role_name is not None and role is None
                else ""
            )
        )
    return role, content.strip()


def _join_parts(parts: Sequence[Any]) -> str | None:
    """The texts of a content in parts. Raises _Skip for parts of another kind."""
    if not all(isinstance(part, dict) for part in parts):
        return None
    if any(not isinstance(part.get("text"), str) for part in parts):
        raise _Skip("with images or other parts that are no text")
    return "\n\n".join(part["text"] for part in parts)


def _alternate(turns: Sequence[Turn]) -> tuple[list[Turn], int, int]:
    """The turns, those of one side in a row as one; (turns, joined turns, turns left out).

    Turns of the assistant before any of the user are left out.
    """
    result: list[Turn] = []
    joined = dropped = 0
    last = ""
    for role, content in turns:
        if role == "assistant" and not last:
            dropped += 1
        elif role != "system" and role == last:
            joined += 1
            index = max(i for i, (other, _) in enumerate(result) if other == role)
            result[index] = role, f"{result[index][1]}\n\n{content}"
        else:
            result.append((role, content))
            last = role if role != "system" else last
    return result, joined, dropped


def _make_rows(turns: Sequence[Turn]) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """(turns so far, response) for each turn of the assistant, and a last turn of the user."""
    history: list[str] = []
    system = ""
    for role, content in turns:
        if role == "system":
            system = f"{system}\n\n{content}" if system else content
            continue
        if role == "assistant":
            yield tuple(history), content or None
        elif system:
            content, system = f"{system}\n\n{content}", ""
        history.append(content)
    if len(history) % 2 == 1:
        yield tuple(history), None
