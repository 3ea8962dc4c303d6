"""Fields of JSON lines whose values have several types, as `datasets` keeps them.

Arrow has one type for a column. A field with numbers and texts, or with objects of different keys,
goes through it as a JSON text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from ...errors import MissingDependencyError

try:
    from pandas.io.json import ujson_dumps, ujson_loads
except ImportError as error:
    raise MissingDependencyError("task files need pandas: pip install pandas") from error

FieldPath: TypeAlias = tuple[str | int, ...]
"""Keys from a column down to a field; 0 stands for the elements of a list."""


def find_mixed_fields(batch: bytes) -> list[FieldPath]:
    """Objects whose keys differ from row to row, and fields of objects and of other values."""
    try:
        rows = [ujson_loads(line) for line in batch.splitlines()]
    except ValueError:
        return []
    mixed: list[FieldPath] = []
    pending: list[tuple[FieldPath, list[Any]]] = [((), [row for row in rows if row is not None])]
    while pending:
        path, values = pending.pop(0)
        if not values:
            continue
        if all(isinstance(value, dict) for value in values):
            if path and (not values[0] or any(set(each) != set(values[0]) for each in values)):
                mixed.append(path)
                continue
            fields = dict.fromkeys(field for value in values for field in value)
            pending += [
                ((*path, field), [each[field] for each in values if each.get(field) is not None])
                for field in fields
            ]
        elif all(isinstance(value, list) for value in values):
            elements = [each for value in values for each in value if each is not None]
            pending.append(((*path, 0), elements))
        elif any(isinstance(value, dict | list) for value in values):
            mixed.append(path)
    return mixed


def changed_field(message: str, batch: bytes) -> FieldPath | None:
    """The field that Arrow says has changed its type; None where it says something else."""
    if "JSON parse error: Column(" not in message or ") changed from" not in message:
        return None
    column = message.split("Column(", 1)[1].rsplit(") changed from", 1)[0]
    rows = [ujson_loads(line) for line in batch.splitlines() if line.strip()]
    paths = {path for row in rows for path in _paths_of(row, column)}
    return paths.pop() if len(paths) == 1 else None


def _paths_of(value: Any, column: str) -> Iterator[FieldPath]:
    """Paths in a value that Arrow writes as `column`, such as /answers/[]/text."""
    if not column:
        yield ()
    elif isinstance(value, dict):
        for key, child in value.items():
            if column == f"/{key}" or column.startswith(f"/{key}/"):
                yield from ((key, *path) for path in _paths_of(child, column[len(key) + 1 :]))
    elif isinstance(value, list) and (column == "/[]" or column.startswith("/[]/")):
        for child in value:
            yield from ((0, *path) for path in _paths_of(child, column[3:]))


def encode_fields(batch: bytes, paths: Sequence[FieldPath]) -> bytes:
    """The lines with the values of these fields as JSON texts."""
    rows = [ujson_loads(line) for line in batch.splitlines() if line.strip()]
    for path in paths:
        rows = [_map_field(row, path, _encode_value) for row in rows]
    return "\n".join(ujson_dumps(row) for row in rows).encode()


def decode_fields(row: dict[str, Any], paths: Sequence[FieldPath]) -> dict[str, Any]:
    """A row with the values of the fields that are JSON texts."""
    for path in paths:
        row = _map_field(row, path, _decode_value)
    return row


def _map_field(value: Any, path: FieldPath, change: Callable[[Any], Any]) -> Any:
    """The value with one of its fields changed; None stays None."""
    if value is None:
        return None
    if not path:
        return change(value)
    if path[0] == 0:
        return [_map_field(each, path[1:], change) for each in value]
    return {**value, path[0]: _map_field(value.get(path[0]), path[1:], change)}


def _encode_value(value: Any) -> str:
    try:
        ujson_loads(value)
    except (TypeError, ValueError):
        return str(ujson_dumps(value))
    return str(value)


def _decode_value(text: Any) -> Any:
    try:
        return ujson_loads(text)
    except (TypeError, ValueError):
        return text
