"""Families that no file tells, from the names of the models.

Models of one family differ in size alone. Without a known family the name without its size is the
family: "EleutherAI/pythia" of "EleutherAI/pythia-70m", apart from "EleutherAI/pythia-deduped", and
"google/gemma-2" apart from "google/gemma-2-it". If no name has a size, names that are equal but
for numbers or letters ("m1", "m2", "m3") are one family.

Two models of one such family at the same scale are neither seeds nor rungs: each is kept apart,
unless their names differ in a seed alone ("-seed3").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from .remarks import MAX_EXAMPLES, list_examples

_EDGE, _END = r"(?<![A-Za-z0-9.])", r"(?![A-Za-z0-9=])"

_EXPERTS = re.compile(rf"{_EDGE}(?:\d+x(?=\d)|[Aa]\d+(?:\.\d+)?[BbMm]{_END})")
"""The number of experts in "8x7B", or the active parameters in "30B-A3B"."""

_AMOUNT = r"(?<![0-9.])(?<![0-9][A-Za-z])\d+(?:\.\d+)?"
_SIZE = re.compile(
    rf"{_AMOUNT}(?:[BbMmTt]|[BbMm]\d+|e\d+|-?(?:million|billion|trillion|mil|bn)){_END}",
)
"""A number of parameters: "70m", "1.4B", "1b7", also right after a word ("bloom1b3")."""

_SIZE_IN_THOUSANDS = re.compile(rf"{_AMOUNT}[Kk]{_END}")
"""Only in a name without another size: "4k" beside it is the length of the context."""

_SIZE_WORD = re.compile(
    rf"{_EDGE}(?:nano|micro|tiny|mini|small|base|medium|large|huge|giant|xxs|xs|xl|xxl"
    rf"|(?<!k_)[sml](?=$| \()){_END}",
    re.IGNORECASE,
)
_CHECKPOINT = re.compile(
    rf"@.*?(?= \(|$)|{_EDGE}(?:global_?)?(?:step|checkpoint|ckpt|iter)[-_]?\d+k?{_END}"
    rf"|{_EDGE}20\d{{6}}(?:-\d+)?{_END}",
    re.IGNORECASE,
)
_SEED = re.compile(rf"{_EDGE}seed[-_]?(\d+){_END}", re.IGNORECASE)
_INDEX = re.compile(r"\d+(?:\.\d+)?|(?<![A-Za-z])[A-Za-z](?![A-Za-z])")
"""A number or a single letter."""

_SEPARATORS = re.compile(r"[-_. ]{2,}")
_LOOSE_ENDS = re.compile(r"[-_ ]+(?=[/)])|[-_. ]+(?=$| \()|(?<=/)[-_ ]+|^[-_ ]+| \(\w+=\)$")

MIXTURE = "MoE"
"""In place of the number of experts: a mixture is no rung between dense models."""

UNKNOWN = "unnamed"
"""The family of models whose names are nothing but a size."""


@dataclass(frozen=True)
class NamedFamilies:
    """A table in which models of different families are apart, and what to say of it."""

    frame: pl.DataFrame
    notes: tuple[str, ...]


def family_of(model: str) -> str:
    """The name of a model without its size, its checkpoint and its seed."""
    text = _EXPERTS.sub(f"{MIXTURE}-", model)
    sizes = (_SIZE, _SIZE_WORD) if _has_size(text) else (_SIZE_IN_THOUSANDS,)
    for pattern in (_CHECKPOINT, _SEED, *sizes):
        text = pattern.sub("", text)
    return _clean(text)


def name_families(frame: pl.DataFrame, axis: str) -> NamedFamilies:
    """Families from names where none is known; two models of them at one scale are kept apart.

    A single such family stays null. Models of a known family at one scale are one rung, and named.
    """
    unknown = frame.filter(pl.col("family").is_null())["model"].unique().sort().to_list()
    notes: list[str] = []
    if unknown:
        frame, notes = _fill_families(frame, unknown)
        frame = _read_seeds(frame, unknown)
    shared = frame.filter(pl.col("model").n_unique().over(_rung_key(axis)) > 1)
    clashing = shared.filter(pl.col("model").is_in(unknown))["model"].unique().sort().to_list()
    averaged = shared.filter(~pl.col("model").is_in(unknown))["model"].unique().sort().to_list()
    if clashing:
        is_clash = pl.col("model").is_in(clashing)
        frame = frame.with_columns(family=pl.when(is_clash).then("model").otherwise("family"))
        notes.append(
            f"{len(clashing)} models of no known family have the same {axis} as another, and no "
            f"name says that they are seeds; each is kept apart: {list_examples(clashing)}. Tell "
            "their family or seed in a column"
        )
    if averaged:
        notes.append(
            f"{len(averaged)} models have the same {axis} and tokens as another of their family; "
            f"their mean is one rung: {list_examples(averaged)}"
        )
    return NamedFamilies(frame, tuple(notes))


def _fill_families(frame: pl.DataFrame, unknown: Sequence[str]) -> tuple[pl.DataFrame, list[str]]:
    """The families of models without one, and what to say of it; a single family stays null."""
    families = _families(unknown)
    if frame["family"].null_count() == len(frame) and len(set(families.values())) == 1:
        return frame, _describe_numbers(unknown)
    name = pl.col("model").replace_strict(families, default=None, return_dtype=pl.String)
    return frame.with_columns(family=pl.coalesce("family", name)), [_describe(families)]


def _rung_key(axis: str) -> list[str]:
    """Columns that two values of one rung and seed share."""
    key = ["family", "ability", "shots", "metric", "seed", "params", "tokens", "step"]
    return list(dict.fromkeys((*key, axis)))


def _families(models: Sequence[str]) -> dict[str, str]:
    families = {model: family_of(model) for model in models}
    if len(set(families.values())) == 1 or any(_SIZE.search(model) for model in models):
        return families
    words = any(_SIZE_WORD.search(model) for model in models)
    stems = {m: _clean(_INDEX.sub("", m if words else families[m])) for m in models}
    return stems if len(set(stems.values())) == 1 else families


def _has_size(model: str) -> bool:
    return bool(_SIZE.search(model) or _SIZE_WORD.search(model))


def _clean(text: str) -> str:
    text = _SEPARATORS.sub(lambda match: match[0][0], _LOOSE_ENDS.sub("", text))
    return text.strip("/") or UNKNOWN


def _describe(families: dict[str, str]) -> str:
    counts: dict[str, int] = {}
    for family in families.values():
        counts[family] = counts.get(family, 0) + 1
    largest = sorted(counts, key=lambda family: (-counts[family], family))
    listed = list_examples([f"{family} ({counts[family]})" for family in largest], 2 * MAX_EXAMPLES)
    return (
        f"no file tells the family of {len(families)} models; families were taken "
        f"from names: {listed}. Tell them in a column 'family', also of models.csv"
    )


def _describe_numbers(models: Sequence[str]) -> list[str]:
    """What to say where names without sizes are taken for one family."""
    if len({family_of(model) for model in models}) < 2:
        return []
    return [
        f"no file tells the family of {len(models)} models; they are judged as one family, since "
        f"their names differ in numbers or letters alone: {list_examples(list(models))}"
    ]


def _read_seeds(frame: pl.DataFrame, models: Sequence[str]) -> pl.DataFrame:
    """The seed in a name such as "pythia-70m-seed3", where the table has none."""
    seeds = {model: int(match[1]) for model in models if (match := _SEED.search(model))}
    if not seeds:
        return frame
    seed = pl.col("model").replace_strict(seeds, default=None, return_dtype=pl.Int64)
    return frame.with_columns(seed=pl.coalesce("seed", seed))
