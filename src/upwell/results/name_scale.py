"""Parameters read off the names of models, only on request, and shown for each model.

"pythia-70m", "Llama-2-7b-hf", "bloom-1b7" and "stories15M" name one number of parameters. A name
with two numbers, with a mixture of experts ("8x7B", "A3B", "16e") or with none is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from .remarks import Remark

UNITS = {"m": 1e6, "b": 1e9}

SIZE_PATTERN = re.compile(
    r"(?<![\d.,])(?:(?<![a-z])(?P<whole>\d+)(?P<unit>[mb])(?P<tenth>\d)|(?P<number>\d+(?:\.\d+)?)(?P<suffix>[mb]))"
    r"(?![a-z0-9])",
    re.IGNORECASE,
)
"""70m, 1.4b and 1b7, which is 1.7b."""

EXPERTS_PATTERN = re.compile(
    r"(?<![a-z0-9])(?:\d+x\d+(?:\.\d+)?[mb]?|a\d+(?:\.\d+)?[mb]|\d+e)(?![a-z0-9])", re.IGNORECASE
)

READ_REMARK = "params read from names, as asked"
UNREAD_REMARK = "params not read from names (tell them with models.csv or --scale)"


@dataclass(frozen=True)
class NamedSize:
    """What the name of a model says of its size."""

    params: float | None
    text: str
    """The part of the name that was read, or why there is none."""


def parse_name(model: str) -> NamedSize:
    """The parameters that a name states; None, with the reason, where it could mean more."""
    name = re.sub(r" \(.*", "", model).partition("@")[0].rstrip("/").rpartition("/")[2]
    if experts := EXPERTS_PATTERN.search(name):
        return NamedSize(None, f"mixture of experts, {experts[0]}")
    sizes = list(SIZE_PATTERN.finditer(name))
    if not sizes:
        return NamedSize(None, "no number of parameters")
    values = {_value(size) for size in sizes}
    if len(values) > 1:
        return NamedSize(None, f"{' or '.join(size[0] for size in sizes)}")
    return NamedSize(values.pop(), sizes[0][0])


def read_sizes(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Remark]]:
    """Parameters by name for the models that have none, and what was read for each model."""
    models = frame.filter(pl.col("params").is_null())["model"].unique().sort().to_list()
    sizes = {model: parse_name(model) for model in models}
    known = {model: size.params for model, size in sizes.items() if size.params is not None}
    read = [f"{model} {sizes[model].text}" for model in sorted(known, key=lambda m: known[m])]
    unread = [f"{model} ({size.text})" for model, size in sizes.items() if size.params is None]
    remarks = [
        Remark(text, ", ".join(examples))
        for text, examples in ((READ_REMARK, read), (UNREAD_REMARK, unread))
        if examples
    ]
    by_name = pl.col("model").replace_strict(known, default=None, return_dtype=pl.Float64)
    return frame.with_columns(params=pl.coalesce("params", by_name)), remarks


def _value(size: re.Match[str]) -> float:
    if size["unit"]:
        return float(f"{size['whole']}.{size['tenth']}") * UNITS[size["unit"].lower()]
    return float(size["number"]) * UNITS[size["suffix"].lower()]
