"""Column names as people write them: "Model Size (B)" is `params` in billions, `Task` is `ability`.

A name is compared in lower case, without its unit. A column that is named as ours wins over one
that only means the same; columns of other names are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

COLUMN_ALIASES: Mapping[str, tuple[str, ...]] = {
    "model": ("model_name", "model_id", "modelname", "model_path", "模型", "模型名称"),
    "family": ("model_family", "model_series", "系列", "模型系列"),
    "params": (
        "parameters", "num_params", "n_params", "nparams", "param", "num_parameters",
        "n_parameters", "number_of_parameters", "total_params", "total_parameters", "param_count",
        "params_count", "parameter_count", "model_num_parameters", "model_params", "model_size",
        "size", "参数", "参数量",
    ),
    "tokens": (
        "train_tokens", "training_tokens", "num_tokens", "n_tokens", "num_train_tokens",
        "pretraining_tokens", "tokens_seen", "pretraining_data_size", "training_data_size",
        "训练词元", "训练词元数", "训练数据量",
    ),
    "flops": ("flop", "train_flops", "training_flops", "training_compute", "total_flops", "计算量"),
    "step": ("steps", "train_step", "training_step", "training_steps", "global_step", "步数"),
    "revision": ("checkpoint_revision",),
    "seed": ("random_seed", "随机种子"),
    "ability": ("task", "task_name", "benchmark", "eval_name", "任务", "能力", "基准", "dataset"),
    "shots": (
        "num_fewshot", "n_shot", "n_shots", "nshot", "num_shots", "num_shot", "shot", "fewshot",
        "few_shot", "k_shot", "num_few_shot", "n_fewshot", "样例数",
    ),
    "metric": ("metric_name", "measure", "指标"),
    "value": ("metric_value", "score_value", "值", "数值", "得分", "分数"),
    "stderr": (
        "std_err", "se", "sem", "standard_error", "value_stderr", "stderr_value", "标准误",
    ),
    "items": (
        "num_items", "n_items", "samples", "num_samples", "n_samples", "sample_count",
        "sample_len", "num_examples", "n_examples", "examples", "n", "题数", "样本数",
    ),
    "missing": ("num_missing", "缺失"),
    "chance": ("chance_level", "random_baseline", "random_chance"),
    "ceiling": ("max_value",),
    "loss": (),
    "reason": (),
}  # fmt: skip
"""Names of others for our columns; of several in one table, the first counts."""

SCALED_COLUMNS = ("params", "tokens", "flops")
"""Columns whose name may carry a unit."""

UNIT_COLUMNS = ("size", "model_size", "pretraining_data_size", "training_data_size", "训练数据量")
"""Names that may mean anything unless the header or the cells have a unit."""

VALUE_COLUMNS = ("value", "stderr", "chance", "ceiling")
"""Columns whose name may say that they are percentages."""

UNIT_FACTORS = {
    "k": 1e3, "thousand": 1e3, "thousands": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6,
    "millions": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9, "t": 1e12,
    "trillion": 1e12, "trillions": 1e12, "万": 1e4, "亿": 1e8, "万亿": 1e12,
}  # fmt: skip

_PARENTHESES = re.compile(r"(.*?)\s*[(\[（]\s*(.*?)\s*[)\]）]\s*")
_TRAILING_UNIT = re.compile(r"(.+?)_(?:in_)?([kmbt]|bn|thousands?|millions?|billions?|trillions?)")
_TRAILING_PERCENT = re.compile(r"(.+?)[\s_]*(?:%|％|[\s_](?:pct|percent|percentage|in[\s_]%))")
_POWER = re.compile(r"(?:x|×)?\s*(?:1e\+?|10\^)(\d{1,2})")
_PERCENT_UNITS = ("%", "％", "pct", "percent", "in %", "percentage")

_CANONICAL = {alias: name for name, aliases in COLUMN_ALIASES.items() for alias in (name, *aliases)}


@dataclass(frozen=True)
class ColumnName:
    """What the header of a column says."""

    name: str
    """Our name."""

    factor: float = 1.0
    """What a cell without a unit of its own is multiplied by."""

    is_percent: bool = False
    is_alias: bool = False
    """Whether it has another name than ours."""


@dataclass(frozen=True)
class ColumnMap:
    """Which columns of a table are ours."""

    rename: Mapping[str, str]
    """Header to our name."""

    factors: Mapping[str, float] = field(default_factory=dict)
    """Our name to the unit in the header."""

    percents: frozenset[str] = frozenset()
    """Our names of columns whose header says that they are percentages."""


def identify_column(header: str) -> ColumnName | None:
    """Our column that a header names, with its unit; None for a column of one's own."""
    text = header.strip().strip("\ufeff").strip()
    if text in COLUMN_ALIASES:
        return ColumnName(text)
    base, unit = split_unit(text)
    canonical = _CANONICAL.get(normalize_name(base))
    if canonical is None:
        parsed = _TRAILING_UNIT.fullmatch(normalize_name(base))
        canonical, unit = (_CANONICAL.get(parsed[1]), parsed[2]) if parsed else (None, unit)
        if canonical not in SCALED_COLUMNS:
            return None
    factor = _parse_factor(unit)
    if canonical in VALUE_COLUMNS and unit in _PERCENT_UNITS:
        return ColumnName(canonical, is_percent=True, is_alias=True)
    if canonical in SCALED_COLUMNS and factor is not None:
        return ColumnName(canonical, factor, is_alias=True)
    return ColumnName(canonical, is_alias=True) if not unit else None


def map_columns(headers: Iterable[str]) -> ColumnMap:
    """Our columns among the headers. A header that is ours wins, then the order of the aliases."""
    identified = [(header, identify_column(header)) for header in headers]
    best: dict[str, tuple[int, str, ColumnName]] = {}
    for header, column in identified:
        if column is not None:
            rank = 0 if not column.is_alias else 1 + _alias_rank(header, column.name)
            if column.name not in best or rank < best[column.name][0]:
                best[column.name] = (rank, header, column)
    return ColumnMap(
        rename={header: name for name, (_, header, _) in best.items()},
        factors={name: column.factor for name, (*_, column) in best.items() if column.factor != 1},
        percents=frozenset(name for name, (*_, column) in best.items() if column.is_percent),
    )


def split_unit(header: str) -> tuple[str, str]:
    """("Params", "b") of "Params (B)", ("acc", "%") of "acc %" or "acc_pct"; else no unit."""
    if parsed := _PARENTHESES.fullmatch(header):
        return parsed[1], parsed[2].lower()
    if parsed := _TRAILING_PERCENT.fullmatch(header):
        return parsed[1], "%"
    return header, ""


def is_percent_unit(unit: str) -> bool:
    """Whether a unit says percent."""
    return unit in _PERCENT_UNITS


def normalize_name(name: str) -> str:
    """In lower case, with underscores for blanks and hyphens, without a number sign."""
    return re.sub(r"[\s\-_]+", "_", name.strip().lower().strip("#").strip())


def _parse_factor(unit: str) -> float | None:
    unit = unit.removeprefix("in ").strip()
    parsed = _POWER.fullmatch(unit)
    return 10.0 ** int(parsed[1]) if parsed else UNIT_FACTORS.get(unit)


def _alias_rank(header: str, name: str) -> int:
    base = normalize_name(split_unit(header)[0])
    aliases = (name, *COLUMN_ALIASES[name])
    return aliases.index(base) if base in aliases else len(aliases)
