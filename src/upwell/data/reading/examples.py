"""The examples of a source: limited, and checked against a revision."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import chain

import numpy as np

from ...errors import DataError
from ...records import DataSpec
from ..source import Examples, ExampleSource, PairSource, TextPair, load_example_source, load_source
from ..tokenization.tokenizer import Tokenizer


def load_examples(spec: DataSpec, tokenizer: Tokenizer | None, context: int) -> Examples:
    """The examples of the spec's split, within its limit.

    Raises DataError for a source without examples, for an empty split, and for content of another
    revision.
    """
    data_source = load_example_source(spec)
    split_examples = data_source.examples(tokenizer, spec.split, context)
    if not len(split_examples):
        raise DataError(f"source {spec.source!r} has no example to {spec.split} on; give some")
    if spec.revision is not None and (actual := hash_examples(data_source)) != spec.revision:
        raise DataError(
            f"source {spec.source!r} holds {actual}, but the study is pinned to {spec.revision}; "
            "restore those examples, or pin the study to the examples that are there"
        )
    return replace(
        split_examples,
        rows={name: rows[: spec.limit] for name, rows in split_examples.rows.items()},
    )


def load_pairs(spec: DataSpec, limit: int | None = None) -> list[TextPair]:
    """The first pairs of texts of the spec's split, at most `limit`.

    Raises DataError for a source that has no pairs, or none in the split.
    """
    data_source = load_source(spec)
    if not isinstance(data_source, PairSource):
        raise DataError(f"source {spec.source!r} has no pairs of texts; name one that has")
    first_pairs = list(data_source.pairs(spec.split)[:limit])
    if not first_pairs:
        raise DataError(f"source {spec.source!r} has no pair to {spec.split} on; give some")
    return first_pairs


def hash_examples(source: ExampleSource) -> str:
    """sha256 of all training examples: of their texts, or of their arrays where they have none."""
    hasher = hashlib.sha256()
    if isinstance(source, PairSource):
        for text in chain.from_iterable(source.pairs("train")):
            hasher.update(len(text.encode()).to_bytes(8, "big") + text.encode())
        return hasher.hexdigest()
    for name, rows in sorted(source.examples(None, "train", 1).rows.items()):
        hasher.update(f"{name} {rows.dtype.str} {rows.shape}\0".encode())
        hasher.update(np.ascontiguousarray(rows).tobytes())
    return hasher.hexdigest()
