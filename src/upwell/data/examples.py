"""The examples of a source: limited, counted, and held to their revision."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from ..errors import DataError
from ..records import DataSpec
from .source import Examples, ExampleSource, example_source
from .tokenizers import Tokenizer


def examples(spec: DataSpec, tokenizer: Tokenizer | None, context: int) -> Examples:
    """The examples of the spec's split, at most its limit.

    Raises DataError for a source without examples, for a split that is empty, and for a
    revision that is not the content's.
    """
    source = example_source(spec)
    found = source.examples(tokenizer, spec.split, context)
    if not len(found):
        raise DataError(f"source {spec.source!r} has no example to {spec.split} on; give some")
    if spec.revision is not None and (there := digest(source)) != spec.revision:
        raise DataError(
            f"source {spec.source!r} holds {there}, but the study is pinned to {spec.revision}; "
            "bring back the examples it was pinned with, or pin the study to what is there"
        )
    return replace(found, rows={name: rows[: spec.limit] for name, rows in found.rows.items()})


def digest(source: ExampleSource) -> str:
    """sha256 of all training examples that need no tokenizer to be read."""
    found = hashlib.sha256()
    for name, rows in sorted(source.examples(None, "train", 1).rows.items()):
        found.update(f"{name} {rows.dtype.str} {rows.shape}\0".encode())
        found.update(np.ascontiguousarray(rows).tobytes())
    return found.hexdigest()
