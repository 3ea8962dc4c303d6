"""The examples of a source: limited, counted, and held to their revision."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import chain

import numpy as np

from ..errors import DataError
from ..records import DataSpec
from .source import Examples, ExampleSource, Pair, PairSource, example_source, source
from .tokenizers import Tokenizer


def examples(spec: DataSpec, tokenizer: Tokenizer | None, context: int) -> Examples:
    """The examples of the spec's split, at most its limit.

    Raises DataError for a source without examples, for a split that is empty, and for a
    revision that is not the content's.
    """
    made = example_source(spec)
    found = made.examples(tokenizer, spec.split, context)
    if not len(found):
        raise DataError(f"source {spec.source!r} has no example to {spec.split} on; give some")
    if spec.revision is not None and (there := digest(made)) != spec.revision:
        raise DataError(
            f"source {spec.source!r} holds {there}, but the study is pinned to {spec.revision}; "
            "bring back the examples it was pinned with, or pin the study to what is there"
        )
    return replace(found, rows={name: rows[: spec.limit] for name, rows in found.rows.items()})


def pairs(spec: DataSpec, limit: int | None = None) -> list[Pair]:
    """The first pairs of texts of the spec's split, at most `limit`.

    Raises DataError for a source that has no pairs, or none in the split.
    """
    found = source(spec)
    if not isinstance(found, PairSource):
        raise DataError(f"source {spec.source!r} has no pairs of texts; name one that has")
    there = list(found.pairs(spec.split)[:limit])
    if not there:
        raise DataError(f"source {spec.source!r} has no pair to {spec.split} on; give some")
    return there


def digest(source: ExampleSource) -> str:
    """sha256 of all training examples: of their texts, or of the arrays of those that have none."""
    found = hashlib.sha256()
    if isinstance(source, PairSource):
        for text in chain.from_iterable(source.pairs("train")):
            found.update(len(text.encode()).to_bytes(8, "big") + text.encode())
        return found.hexdigest()
    for name, rows in sorted(source.examples(None, "train", 1).rows.items()):
        found.update(f"{name} {rows.dtype.str} {rows.shape}\0".encode())
        found.update(np.ascontiguousarray(rows).tobytes())
    return found.hexdigest()
