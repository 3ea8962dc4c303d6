"""Answers and observations as Parquet.

Rows are sorted by key, so the bytes do not depend on where a run was stopped and resumed. There is
no NaN: records refuse it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import polars

from ..records import Answer, Observation

STRING_LIST = polars.List(polars.String)
FLOAT_LIST = polars.List(polars.Float64)
ANSWER_SCHEMA = {
    "model": polars.String, "ability": polars.String, "item": polars.String,
    "shots": polars.Int64, "prompt": polars.String, "target": polars.String,
    "completion": polars.String, "choices": STRING_LIST, "logprobs": FLOAT_LIST,
    "token_logprobs": FLOAT_LIST,
    "correct": polars.Boolean, "extras": polars.String, "reason": polars.String,
}  # fmt: skip
OBSERVATION_SCHEMA = {
    "model": polars.String, "ability": polars.String, "shots": polars.Int64,
    "metric": polars.String, "value": polars.Float64, "reason": polars.String,
    "items": polars.Int64, "stderr": polars.Float64, "chance": polars.Float64,
    "ceiling": polars.Float64, "missing": polars.Int64,
}  # fmt: skip


def answers_to_parquet(answers: Iterable[Answer]) -> bytes:
    """One row per answer; `extras` is JSON, because each ability has its own keys."""
    rows = [asdict(a) | {"extras": json.dumps(dict(a.extras), sort_keys=True)} for a in answers]
    return _to_parquet(rows, ANSWER_SCHEMA, ("model", "ability", "shots", "item"))


def answers_from_parquet(data: bytes) -> list[Answer]:
    """The answers, sorted by key."""
    rows = polars.read_parquet(io.BytesIO(data)).iter_rows(named=True)
    return [Answer(**{k: _from_column(k, v) for k, v in row.items()}) for row in rows]


def observations_to_parquet(observations: Iterable[Observation]) -> bytes:
    """One row per observation."""
    rows = [asdict(o) for o in observations]
    return _to_parquet(rows, OBSERVATION_SCHEMA, ("model", "ability", "shots", "metric"))


def observations_from_parquet(data: bytes) -> list[Observation]:
    """The observations, sorted by key."""
    rows = polars.read_parquet(io.BytesIO(data)).iter_rows(named=True)
    return [Observation(**row) for row in rows]


def _to_parquet(rows: list[dict[str, Any]], schema: Mapping[str, Any], key: Iterable[str]) -> bytes:
    buffer = io.BytesIO()
    frame = polars.DataFrame(rows, schema=schema)
    frame.sort(*key).write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _from_column(name: str, value: Any) -> Any:
    if name == "extras":
        return json.loads(value)
    return tuple(value) if isinstance(value, list) else value
