"""Records as strict JSON, and their fingerprints.

Reading refuses unknown fields, wrong types and NaN. A fingerprint hashes the schema version and
the fields that differ from their defaults, so a new field changes no fingerprint.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..errors import StoreError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")

SCHEMA_VERSION = 2
"""Rises when a field changes its name or meaning; part of every file and fingerprint."""


def to_json(record: Any) -> str:
    """One line of JSON. Raises ValueError for NaN or infinity."""
    return json.dumps(_to_plain(record), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(kind: type[T], text: str | bytes) -> T:
    """A record of that class. Raises StoreError with the first error."""
    from pydantic import ValidationError

    try:
        # mypy does not know that every class is hashable.
        return cast("T", _type_adapter(cast("Any", kind)).validate_json(text, strict=False))
    except ValidationError as error:
        first = error.errors()[0]
        location = ".".join(str(part) for part in first["loc"]) or "the document"
        raise StoreError(f"not a {kind.__name__}: {location}: {first['msg']}") from None


def fingerprint(*records: Any) -> str:
    """sha256 (hex) of the non-default fields as canonical JSON."""
    payload = {"schema": SCHEMA_VERSION, "records": [_non_default(record) for record in records]}
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _type_adapter(kind: type[Any]) -> TypeAdapter[Any]:
    from pydantic import ConfigDict, TypeAdapter

    for record in _nested_records(kind):
        if "__pydantic_config__" not in record.__dict__:
            record.__pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)
    return TypeAdapter(kind)


def _nested_records(kind: type[Any]) -> set[type[Any]]:
    """The class and all record classes that may be inside it."""
    from . import conclusions, crossover, evaluation, feedback, finetune, model_card, training

    modules = (training, finetune, evaluation, conclusions, model_card, crossover, feedback)
    classes = {v for module in modules for v in vars(module).values() if isinstance(v, type)}
    return {v for v in classes | {kind} if is_dataclass(v)}


def _to_plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _to_plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_to_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a value; write None and a reason")
    return value


def _non_default(record: Any) -> Any:
    """Like `_to_plain`, without the fields that equal their defaults."""
    if is_dataclass(record) and not isinstance(record, type):
        values = [(field, getattr(record, field.name)) for field in fields(record)]
        return {f.name: _non_default(v) for f, v in values if v != _default(f)}
    if isinstance(record, Mapping):
        return {str(key): _non_default(inner) for key, inner in record.items()}
    if isinstance(record, list | tuple):
        return [_non_default(inner) for inner in record]
    return _to_plain(record)


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
