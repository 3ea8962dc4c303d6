"""Rows that a task file asks for: those to evaluate, and those that examples are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...plugins import did_you_mean, quoted_list
from . import safe_yaml
from .data_files import find_data_files
from .rows import READERS, TaskRow, load_splits
from .safe_yaml import short_repr
from .tables import OPTIONS

IGNORED_DATASET_KEYS = ("trust_remote_code",)
"""Keys of `dataset_kwargs` that cannot change rows of local files."""


@dataclass(frozen=True, kw_only=True)
class TaskData:
    """The rows of a task."""

    rows: Sequence[TaskRow]
    examples: Sequence[TaskRow]
    """Rows that few-shot examples are drawn from."""

    columns: frozenset[str]
    examples_from_test: bool
    """Whether the examples are the evaluated rows."""

    lm_eval_excludes_question: bool
    """Whether lm-eval keeps a row from being its own example."""


def load_task_data(
    config: Mapping[str, Any],
    fewshot_config: Mapping[str, Any],
    path: Path,
    data_dir: Path | None = None,
) -> TaskData:
    """The rows of a task file. Raises DataError for what is missing, unknown or damaged."""
    test_split = config.get("test_split") or config.get("validation_split")
    if not test_split:
        raise DataError(f"{path}: test_split or validation_split must name the rows to evaluate")
    splits = _load_splits(config, path, data_dir)
    rows = _get_split(splits, test_split, path)
    if not rows:
        raise DataError(f"{path}: the split {test_split!r} has no rows")
    split = fewshot_config.get("split", config.get("fewshot_split"))
    samples = fewshot_config.get("samples")
    if split is None and samples is not None:
        if not isinstance(samples, list) or not all(isinstance(sample, dict) for sample in samples):
            raise DataError(f"{path}: fewshot_config.samples must be a list of rows")
        examples: Sequence[TaskRow] = samples
        examples_split = None
    else:
        names = (
            split,
            *(config.get(f"{name}_split") for name in ("training", "validation", "test")),
        )
        examples_split = next(name for name in names if name)
        examples = _get_split(splits, examples_split, path)
    return TaskData(
        rows=rows,
        examples=examples,
        columns=frozenset(rows[0]),
        examples_from_test=examples_split == test_split,
        lm_eval_excludes_question=split == config.get("test_split"),
    )


def _load_splits(
    config: Mapping[str, Any], path: Path, data_dir: Path | None
) -> dict[str, list[dict[str, Any]]]:
    reader = config.get("dataset_path")
    kwargs = dict(config.get("dataset_kwargs") or {})
    files = kwargs.pop("data_files", None)
    if reader not in READERS or not files:
        raise DataError(
            f"{path}: rows come from local files: dataset_path must be one of "
            f"{quoted_list(READERS)} and dataset_kwargs.data_files must name files; found "
            f"dataset_path {short_repr(reader)} "
            "(save a dataset of the hub as JSON lines with its to_json)"
        )
    for key in kwargs:
        if key not in (*OPTIONS[reader], *IGNORED_DATASET_KEYS):
            raise DataError(
                f"{path}: dataset_kwargs.{key} is not supported with {reader}"
                f"{did_you_mean(str(key), OPTIONS[reader])} "
                f"(supported: {quoted_list(['data_files', *OPTIONS[reader]])})"
            )
    options = {key: value for key, value in kwargs.items() if key in OPTIONS[reader]}
    by_split = files if isinstance(files, dict) else {"train": files}
    return load_splits(
        reader,
        {
            str(split): [
                file
                for name in _names(names, path)
                for file in find_data_files(name, path, data_dir)
            ]
            for split, names in by_split.items()
        },
        {key: value for key, value in options.items() if value is not None},
    )


def _names(names: Any, path: Path) -> list[str]:
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list) or not all(isinstance(name, str) and name for name in listed):
        raise DataError(
            f"{path}: dataset_kwargs.data_files must name files; found {short_repr(names)}"
        )
    return listed


def _get_split(
    splits: Mapping[str, list[dict[str, Any]]], split: str, path: Path
) -> list[dict[str, Any]]:
    if split not in splits:
        raise DataError(
            f"{path}: there is no split {short_repr(split)}; there are {quoted_list(splits)}"
        )
    return splits[split]


def read_ids(rows: Sequence[TaskRow], column: str | None, path: Path) -> tuple[str, ...]:
    """The values of the id column; none without one. Raises DataError for one that repeats."""
    if column is None:
        return ()
    if column not in rows[0]:
        raise DataError(
            f"{path}: id_column names the column {short_repr(column)}; "
            f"there are {quoted_list(rows[0])}{did_you_mean(column, rows[0])}"
        )
    ids = tuple(str(row[column]) for row in rows)
    if len(set(ids)) < len(ids):
        raise DataError(f"{path}: the id_column {short_repr(column)} has the same id twice")
    return ids


def check_fewshot_config(fewshot_config: Mapping[str, Any], keys: Sequence[str], path: Path) -> str:
    """The sampler of a `fewshot_config`. Raises DataError for an unknown key or sampler."""
    safe_yaml.check_keys(fewshot_config, keys, f"{path}: fewshot_config")
    sampler = fewshot_config.get("sampler", "default")
    if sampler not in ("default", "first_n"):
        raise DataError(
            f"{path}: fewshot_config.sampler is default or first_n; found {short_repr(sampler)}"
        )
    return str(sampler)
