"""Tokenizers by name: what a study's ModelSpec says, to what reads its text."""

from __future__ import annotations

from pathlib import Path

from ..errors import SpecError
from ..naming import did_you_mean
from . import trained
from .tokenizers import FILE, Tokenizer, built_in, load


def tokenizer(name: str) -> Tokenizer:
    """The tokenizer of that name: "bytes", "ascii", the path of a `tokenizer.json`, or one that is
    trained when it is first asked for, such as "bpe:pydoc:1000" or "wordpiece:chitchat:8000".

    Raises SpecError for a name that is none of these, DataError or StoreError for a file
    that cannot be used, and whatever the source of texts raises that cannot be read.
    """
    if (found := built_in(name)) is not None:
        return found
    path = Path(name) / FILE if Path(name).is_dir() else Path(name)
    if path.is_file():
        return load(path, name)
    if (order := trained.order(name)) is not None:
        return trained.tokenizer(order)
    raise SpecError(
        f"no tokenizer {name!r}: expected 'bytes', 'ascii' or the path of a {FILE} that exists, "
        f"or KIND:SOURCE:SIZE with a kind among {', '.join(trained.KINDS)}"
        + did_you_mean(name, ["bytes", "ascii"])
    )


def vocabulary(name: str) -> int:
    """Size of a tokenizer's vocabulary, specials included; a matter of milliseconds."""
    order = trained.order(name)
    return tokenizer(name).size if order is None else order.size
