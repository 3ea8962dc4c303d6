"""Tokenizers that are trained at first use, and cached.

A name such as "wordpiece:chitchat:8000" has the kind, the source whose training documents are used,
and the size. The same texts give the same tokenizer, so any of several workers may train it: each
writes the same bytes in one atomic step. The name of a cached file holds a hash of the training
texts; a damaged file is replaced.

For texts of your own, train a tokenizer, save it, and name it by its path.
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

from ...errors import SpecError, StoreError
from ...records import DataSpec
from ...store.checksummed import read_checksummed, write_checksummed
from ..tokenization.tokenizer import Tokenizer, builtin_tokenizer, parse_tokenizer, train_bpe
from ..tokenization.wordpiece import train_wordpiece
from .corpus import load_corpus

TRAINERS: dict[str, Callable[[Sequence[str], int], Tokenizer]] = {
    "bpe": train_bpe,
    "wordpiece": train_wordpiece,
    "wordpiece_cased": partial(train_wordpiece, lower=False),
}
"""The kinds."""

RECIPE_VERSION = 1
"""Raised when the same texts no longer give the same tokenizer."""


@dataclass(frozen=True, kw_only=True)
class TokenizerSpec:
    """The parts of a name."""

    name: str
    kind: str
    source: str
    size: int


@dataclass(frozen=True, kw_only=True)
class TrainedTokenizer:
    """The record in a cached file, which has a checksum."""

    name: str
    trained_on: str
    """sha256 of texts, recipe version and library version."""

    json: str
    """The `tokenizer.json`."""


def parse_name(name: str) -> TokenizerSpec | None:
    """The parts of a name KIND:SOURCE:SIZE; None for any other name.

    Raises SpecError for a size that is not a number.
    """
    parts = name.split(":")
    if len(parts) != 3 or parts[0] not in TRAINERS:
        return None
    if not (parts[2].isdecimal() and parts[2].isascii()):
        raise SpecError(f"tokenizer {name!r}: the size is {parts[2]!r}, expected a whole number")
    return TokenizerSpec(name=name, kind=parts[0], source=parts[1], size=int(parts[2]))


@lru_cache(maxsize=8)
def load_or_train(spec: TokenizerSpec) -> Tokenizer:
    """The tokenizer, from the cache, or else trained and cached."""
    texts = _read_training_texts(spec.source)
    trained_on = _hash_inputs(spec, texts)
    path = cache_dir() / f"{spec.kind}-{spec.source}-{spec.size}-{trained_on[:16]}.json"
    # A missing or damaged file is replaced.
    with suppress(StoreError, OSError):
        cached = read_checksummed(TrainedTokenizer, path)
        if cached.trained_on == trained_on:
            return parse_tokenizer(cached.json, path, spec.name)
    trained = TRAINERS[spec.kind](texts, spec.size)
    # Where nothing can be written, the tokenizer is trained again next time.
    with suppress(OSError):
        record = TrainedTokenizer(name=spec.name, trained_on=trained_on, json=trained.to_json())
        write_checksummed(path, record)
    return parse_tokenizer(trained.to_json(), path, spec.name)


def cache_dir() -> Path:
    """The folder of cached tokenizers, in the cache folder of the user."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "upwell" / "tokenizers"


def _read_training_texts(source: str) -> tuple[str, ...]:
    """The training documents of a source, without the held-out ones."""
    byte_tokenizer = builtin_tokenizer("bytes")
    assert byte_tokenizer is not None
    return load_corpus(DataSpec(source=source), byte_tokenizer).documents


def _hash_inputs(spec: TokenizerSpec, texts: Sequence[str]) -> str:
    hasher = hashlib.sha256(f"{RECIPE_VERSION} {version('tokenizers')} {spec.name}\0".encode())
    for text in texts:
        encoded = text.encode()
        hasher.update(len(encoded).to_bytes(8, "big") + encoded)
    return hasher.hexdigest()
