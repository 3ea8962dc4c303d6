"""Held-out rows of a study's `masked` data, the same for every model: what two abilities share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from ..data import Rows, RowSource, source
from ..errors import DataError
from ..models.answering import Answerer, Instance
from ..records import DataSpec

CONTEXT: Final = 64
"""Tokens in a row at most, whatever the context that a model was trained with."""

SEED: Final = 0
"""Of the dice that choose sentences and hidden words."""


def rows_of(data: Sequence[DataSpec], answerer: Answerer, count: int) -> Iterator[tuple[str, Rows]]:
    """About `count` rows with their names, as many from each source.

    Raises DataError for a source of other than pairs with hidden words, SpecError for a model
    whose tokenizer has no [MASK].
    """
    words: Any = answerer.tokenizer
    each = max(1, count // len(data))
    for place, spec in enumerate(data):
        # However many words training hides, the same are hidden here.
        options = {name: value for name, value in spec.options.items() if name != "share"}
        found = source(replace(spec, options=options, split="test", limit=None, revision=None))
        made = (
            found.fill(words, "test", CONTEXT, each, np.random.default_rng(SEED))
            if isinstance(found, RowSource)
            else {}
        )
        if not {"tokens", "segments", "length", "truth", "stranger"} <= set(made):
            raise DataError(
                f"source {spec.source!r} hides no words; ask this of a study that learns from "
                "'masked'"
            )
        for row in range(each):
            yield f"{place}-{row:04d}", {name: array[row] for name, array in made.items()}


def shown(row: Rows, hidden: bool) -> Instance:
    """The row without its padding, as a model is shown it; nothing hidden unless told so."""
    length = int(row["length"])
    tokens, truth = row["tokens"][:length], row["truth"][:length]
    places = np.flatnonzero(truth >= 0)
    if hidden:
        arrays = {"tokens": tokens, "places": places}
    else:
        arrays = {"tokens": np.where(truth >= 0, truth, tokens)}
    return Instance({**arrays, "segments": row["segments"][:length]})
