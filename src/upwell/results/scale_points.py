"""The scale of one model, or a point on an axis, as people write it at the command line.

All of these are read: "70b", "70b,300b", "my-70b=70b,300b", "params=70b,tokens=300b",
"my-70b:params=70b,tokens=300b" and "flops=1e24". Numbers without a name are parameters, then
tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import DataError
from .numbers import parse_number

QUANTITY_NAMES = {
    "params": "params", "parameters": "params", "num_params": "params", "n_params": "params",
    "tokens": "tokens", "num_tokens": "tokens", "n_tokens": "tokens", "train_tokens": "tokens",
    "training_tokens": "tokens", "flops": "flops", "flop": "flops", "compute": "flops",
    "train_flops": "flops", "training_flops": "flops",
}  # fmt: skip
"""How people write the three quantities, to their columns."""

POSITIONAL = ("params", "tokens")
"""What numbers without a name are, in this order."""

_PART = re.compile(r"\s*(?:(?P<name>[^=:,]+?)\s*=\s*)?(?P<number>[^=:,]+?)\s*")
_MAX_POSITIONAL = len(POSITIONAL)


@dataclass(frozen=True)
class ScalePoint:
    """What a text says."""

    model: str | None
    coordinates: Mapping[str, float]
    is_named: bool
    """Whether the quantities have names; numbers without a name are parameters, then tokens."""


def parse_point(text: str, axes: Sequence[str] = ()) -> ScalePoint:
    """The model and its scale. `axes` are further columns that may be named.

    Raises DataError for a text that cannot be read, or in which a quantity seems misspelled.
    """
    names = {**QUANTITY_NAMES, **{axis.lower(): axis for axis in axes}}
    for model, rest in _splits(text):
        coordinates = _parse_quantities(rest, names)
        if coordinates is not None and _is_model_name(model):
            _check_spelling(model, text, names)
            return ScalePoint(model, coordinates, is_named="=" in rest)
    raise DataError(
        f"cannot read the scale in {text!r}: expected a positive number such as 1.4e9, 1.4b or "
        "70m, as in my-70b=70b,300b (parameters, tokens), params=70b,tokens=300b, "
        "my-70b:params=70b or flops=1e24"
    )


def _splits(text: str) -> list[tuple[str | None, str]]:
    """(model, rest) in the order in which a text is tried; a model's name may hold "=" and ":"."""
    signs = [i for i, letter in enumerate(text) if letter in "=:"]
    return [(None, text), *((text[:i].strip(), text[i + 1 :]) for i in signs)]


def _is_model_name(text: str | None) -> bool:
    """Whether the text is empty of commas, except in brackets; None stands for no name."""
    return text is None or (text != "" and "," not in re.sub(r"\([^()]*\)", "", text))


def _parse_quantities(text: str, names: Mapping[str, str]) -> dict[str, float] | None:
    """Numbers by quantity; None where the text is something else."""
    coordinates: dict[str, float] = {}
    for i, part in enumerate(text.split(",")):
        match = _PART.fullmatch(part)
        name = names.get(match["name"].lower()) if match and match["name"] else None
        if match is None or (match["name"] and name is None):
            return None
        if name is None and i < _MAX_POSITIONAL:
            name = POSITIONAL[i]
        number = _number_or_none(match["number"])
        if name is None or number is None or name in coordinates:
            return None
        coordinates[name] = number
    return coordinates


def _number_or_none(text: str) -> float | None:
    try:
        return parse_number(text)
    except DataError:
        return None


def _check_spelling(model: str | None, text: str, names: Mapping[str, str]) -> None:
    """DataError where the name of the model looks like the misspelled name of a quantity."""
    close = get_close_matches((model or "").lower(), list(names), n=1, cutoff=0.75)
    if close:
        number = text[len(model or "") + 1 :]
        raise DataError(
            f"{text!r} could mean {close[0]}={number} or a model named {model!r}; write "
            f"{close[0]}={number}, or name the model as in {model}:params=NUMBER"
        )
