"""Records to JSON and back, strictly, and the fingerprint that names them.

Reading refuses unknown fields, wrong types and NaN. A fingerprint hashes only what
differs from its default, beside a schema number: adding a field renames nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..errors import StoreError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

SCHEMA = 1
"""Raised when the meaning of a field changes; it is hashed into every fingerprint."""


def to_json(record: Any) -> str:
    """One line of JSON. Raises ValueError on NaN or infinity: they are not values."""
    return json.dumps(_plain(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(kind: type[T], text: str | bytes) -> T:
    """A record of the given kind, or StoreError with the first thing that is wrong."""
    from pydantic import ValidationError

    try:
        # mypy holds that type[T] may not be hashable; every class is.
        return cast("T", _adapter(cast("Any", kind)).validate_json(text, strict=False))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise StoreError(f"not a {kind.__name__}: {where}: {first['msg']}") from None


def fingerprint(*records: Any) -> str:
    """sha256 (hex) over what differs from the defaults, in canonical JSON."""
    body = {"schema": SCHEMA, "records": [_different(record) for record in records]}
    text = json.dumps(body, ensure_ascii=False, allow_nan=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter

    for record in _records_within(kind):
        if "__pydantic_config__" not in record.__dict__:
            record.__pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)
    return TypeAdapter(kind)


def _records_within(kind: type[Any]) -> set[type[Any]]:
    """The dataclass and every dataclass of its package that may stand inside it."""
    from . import adapting, asking, making, reasoning

    rooms = (making, asking, reasoning, adapting)
    found = {v for room in rooms for v in vars(room).values() if isinstance(v, type)}
    return {v for v in found | {kind} if is_dataclass(v)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a value; give None and a reason")
    return value


def _different(record: Any) -> Any:
    """Like `_plain`, without the fields that equal their defaults."""
    if is_dataclass(record) and not isinstance(record, type):
        kept = {f.name: getattr(record, f.name) for f in fields(record)}
        return {
            f.name: _different(kept[f.name])
            for f in fields(record)
            if kept[f.name]
            != (f.default_factory() if f.default_factory is not MISSING else f.default)
        }
    if isinstance(record, Mapping):
        return {str(key): _different(inner) for key, inner in record.items()}
    if isinstance(record, list | tuple):
        return [_different(inner) for inner in record]
    return _plain(record)
