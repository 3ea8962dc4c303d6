"""Tokenizers that are trained when they are first asked for, and kept for the next time.

A name such as "wordpiece:chitchat:8000" says it all: the kind, the source whose training documents
it is trained on, the size. The same texts give the same tokenizer, so it does not matter which of
several workers trains it; each replaces the kept file as a whole by the same bytes. A kept file
is known by what it was trained on, and one that is damaged is made anew.

Texts of your own need no such name: train on them, save, and name the file by its path.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import version
from pathlib import Path

from ..errors import SpecError, StoreError
from ..records import DataSpec
from ..store.sealed import read_sealed, write_sealed
from .corpus import corpus
from .tokenizers import Tokenizer, built_in, read, train_bpe
from .wordpiece import train_wordpiece

KINDS: dict[str, Callable[[Sequence[str], int], Tokenizer]] = {
    "bpe": train_bpe,
    "wordpiece": train_wordpiece,
    "wordpiece_cased": partial(train_wordpiece, lower=False),
}
"""What can stand first in a name."""

RECIPE = 1
"""Raised when the same texts no longer give the same tokenizer."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """A name, taken apart."""

    name: str
    kind: str
    source: str
    size: int


@dataclass(frozen=True, kw_only=True)
class TrainedTokenizer:
    """What is kept: a record in a sealed file."""

    name: str
    trained_on: str
    """sha256 of texts, recipe and library."""

    json: str
    """The `tokenizer.json`."""


def order(name: str) -> Order | None:
    """What a name of three parts asks for; None for any other name.

    Raises SpecError for a kind that there is not, and a size that is no number.
    """
    parts = name.split(":")
    if len(parts) != 3 or parts[0] not in KINDS:
        return None
    if not (parts[2].isdecimal() and parts[2].isascii()):
        raise SpecError(f"tokenizer {name!r}: the size is {parts[2]!r}, expected a whole number")
    return Order(name=name, kind=parts[0], source=parts[1], size=int(parts[2]))


@lru_cache(maxsize=8)
def tokenizer(asked: Order) -> Tokenizer:
    """The tokenizer, read where it is kept or else trained and kept."""
    texts = _texts(asked.source)
    trained_on = _digest(asked, texts)
    path = folder() / f"{asked.kind}-{asked.source}-{asked.size}-{trained_on[:16]}.json"
    # A file that is missing or damaged is made anew.
    with suppress(StoreError, OSError):
        kept = read_sealed(TrainedTokenizer, path)
        if kept.trained_on == trained_on:
            return read(kept.json, path, asked.name)
    made = KINDS[asked.kind](texts, asked.size)
    # Where nothing can be kept it is made again the next time.
    with suppress(OSError):
        record = TrainedTokenizer(name=asked.name, trained_on=trained_on, json=made.to_json())
        write_sealed(path, record)
    return read(made.to_json(), path, asked.name)


def folder() -> Path:
    """Where they are kept: in the user's cache folder."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "upwell" / "tokenizers"


def _texts(source: str) -> tuple[str, ...]:
    """The training documents of a source: what is held out is not seen by the tokenizer either."""
    words = built_in("bytes")
    assert words is not None
    return corpus(DataSpec(source=source), words).documents


def _digest(asked: Order, texts: Sequence[str]) -> str:
    found = hashlib.sha256(f"{RECIPE} {version('tokenizers')} {asked.name}\0".encode())
    for text in texts:
        body = text.encode()
        found.update(len(body).to_bytes(8, "big") + body)
    return found.hexdigest()
