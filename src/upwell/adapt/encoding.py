"""Rows as a model reads them: token ids of their own lengths, put together batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .given import Given

LEFT_OUT = -100
"""Label of a token that has none."""

MOST = 256
"""Tokens of a row where nobody says."""

AT_ONCE = 4096
"""Texts that are tokenised together."""

Ragged = tuple[NDArray[np.int64], ...]
"""One array a row, each of its own length."""


class Prepared(Protocol):
    """Rows as a model reads them, whatever they are."""

    def __len__(self) -> int:
        """How many there are."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How much each has to be read of, [rows]: those of a length are put together."""

    @property
    def cut(self) -> int:
        """Rows that were longer than is read, and were cut."""

    def batch(
        self, places: Sequence[int], dice: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These rows: arrays by name. With `dice`, rows to learn from may be varied."""


@dataclass(frozen=True)
class Encoded:
    """Texts as tokens, by the names that a model knows their parts by."""

    parts: Mapping[str, Ragged]
    """`input_ids` and what else there is of each row, token by token."""

    fixed: Mapping[str, NDArray[Any]]
    """What is of one size in all rows, such as `label` [rows]."""

    fill: Mapping[str, int]
    """What each part is filled up with."""

    cut: int
    """Rows that were longer than the length and were cut."""

    def __len__(self) -> int:
        return len(self.parts["input_ids"])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row."""
        return np.array([len(ids) for ids in self.parts["input_ids"]], dtype=np.int64)

    def batch(
        self, places: Sequence[int], dice: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These rows, each part filled up to its longest, with their `attention_mask`."""
        found: dict[str, NDArray[Any]] = {}
        for name, rows in self.parts.items():
            longest = max(len(rows[place]) for place in places)
            found[name] = np.full((len(places), longest), self.fill[name], dtype=np.int64)
            for i, place in enumerate(places):
                found[name][i, : len(rows[place])] = rows[place]
        read = self.parts["input_ids"]
        there = np.arange(found["input_ids"].shape[1])
        mask = [there < len(read[place]) for place in places]
        found["attention_mask"] = np.array(mask, dtype=np.int64)
        chosen = np.array(places, dtype=np.int64)
        return found | {name: values[chosen] for name, values in self.fixed.items()}


def encoded(
    texts: Sequence[tuple[str, ...]],
    words: Any,
    length: int,
    fixed: Mapping[str, NDArray[Any]] | None = None,
) -> Encoded:
    """Texts, or pairs of them, with the special tokens that the tokenizer adds."""
    parts: dict[str, list[NDArray[np.int64]]] = {}
    cut = 0
    for start in range(0, len(texts), AT_ONCE):
        some = [list(column) for column in zip(*texts[start : start + AT_ONCE], strict=True)]
        whole = words(*some, return_attention_mask=False, verbose=False)
        rows = words(*some, truncation=True, max_length=length, return_attention_mask=False)
        cut += sum(len(ids) > length for ids in whole["input_ids"])
        for name, values in rows.items():
            parts.setdefault(name, []).extend(np.array(ids, dtype=np.int64) for ids in values)
    if not parts:
        raise DataError("there are no rows to read")
    fill = {name: int(words.pad_token_id) if name == "input_ids" else 0 for name in parts}
    return Encoded({name: tuple(rows) for name, rows in parts.items()}, fixed or {}, fill, cut)


def longest(texts: Sequence[tuple[str, ...]], given: Given, share: float = 0.995) -> int:
    """A length that all but so small a share of the rows keep within, at most `MOST` tokens and
    what the model reads."""
    most = MOST if given.context is None else min(given.context, MOST)
    lengths = encoded(texts[: 4 * AT_ONCE], given.words, most).lengths
    wanted = int(np.quantile(lengths, share, method="higher"))
    return min(most, -(-wanted // 8) * 8)
