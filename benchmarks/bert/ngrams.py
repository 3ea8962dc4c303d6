"""N-gram models that predict a token from its neighbors: baselines of a masked language model.

- unigram: frequency of a token, with add-one smoothing
- trigram: interpolated Kneser-Ney (1995) over the two tokens before, with one discount per order:
  n1 / (n1 + 2 n2) (Chen & Goodman 1999)
- both sides: a mixture of the unigram, two bigrams and three trigrams (before, after, around). EM
  fits the weights to a tenth of the training texts, which is held out from the counts (Jelinek
  & Mercer 1980), separately by the frequency of the contexts

All see the true neighbors. A masked model does not: one in seven is masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Counts:
    """Number of occurrences of rows of ids."""

    def __init__(self, rows: Ints, size: int) -> None:
        self._size = size
        self.keys, self.times = np.unique(self._key(rows), return_counts=True)

    def __call__(self, rows: Ints) -> Ints:
        """The counts [N] of rows [N, columns]."""
        keys = self._key(rows)
        index = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[index] == keys, self.times[index], 0)

    def rows(self, columns: int) -> Ints:
        """The distinct rows, [M, columns]."""
        parts, left = [], self.keys
        for _ in range(columns):
            left, last = np.divmod(left, self._size)
            parts.append(last)
        return np.stack(parts[::-1], 1)

    def _key(self, rows: Ints) -> Ints:
        key = np.zeros(len(rows), dtype=np.int64)
        for column in rows.T:
            key = key * self._size + column
        return key


def windows(texts: list[Ints], before: int, after: int, edge: int) -> Ints:
    """Every token with its neighbors, [N, before + 1 + after]; `edge` pads both ends."""
    parts = []
    for text in texts:
        padded = np.concatenate([np.full(before, edge), text, np.full(after, edge)])
        parts.append(np.lib.stride_tricks.sliding_window_view(padded, before + 1 + after))
    return np.concatenate(parts).astype(np.int64)


@dataclass
class Unigram:
    """Token frequencies with add-one smoothing."""

    texts: list[Ints]
    size: int

    def __post_init__(self) -> None:
        times = np.bincount(np.concatenate(self.texts), minlength=self.size) + 1.0
        self.shares = times / times.sum()

    def __call__(self, windows_N5: Ints) -> Floats:
        """Probability [N] of the middle of each window of five."""
        return self.shares[windows_N5[:, 2]]


class KneserNey:
    """Interpolated trigram: discounted counts, and continuation counts for lower orders."""

    def __init__(self, texts: list[Ints], size: int, edge: int) -> None:
        three = windows(texts, 2, 0, edge)
        self.size, self.three = size, Counts(three, size)
        kinds = self.three.rows(3)
        self.two = Counts(kinds[:, 1:], size)
        self.one = Counts(self.two.rows(2)[:, 1:], size)
        self.above3, self.kinds3 = Counts(three[:, :2], size), Counts(kinds[:, :2], size)
        self.above2 = Counts(kinds[:, 1:2], size)
        self.kinds2 = Counts(self.two.rows(2)[:, :1], size)

    def __call__(self, windows_N5: Ints) -> Floats:
        """Probability [N] of the middle of each window of five, from the two before."""
        return self.trigram(windows_N5[:, :3])

    def trigram(self, rows: Ints) -> Floats:
        """Probability [N] of the last token of each trigram."""
        lowest = self._lowest(rows[:, 2:])
        middle = _interpolate(self.two, self.above2, self.kinds2, rows[:, 1:], lowest)
        return _interpolate(self.three, self.above3, self.kinds3, rows, middle)

    def _lowest(self, rows: Ints) -> Floats:
        total, discount = len(self.two.keys), _discount(self.one)
        left = discount * len(self.one.keys) / total
        return np.maximum(self.one(rows) - discount, 0) / total + left / self.size


def _interpolate(counts: Counts, above: Counts, kinds: Counts, rows: Ints, lower: Floats) -> Floats:
    discount = _discount(counts)
    total = above(rows[:, :-1])
    safe = np.maximum(total, 1)
    left = discount * kinds(rows[:, :-1]) / safe
    probability = np.maximum(counts(rows) - discount, 0) / safe + left * lower
    return np.where(total > 0, probability, lower)


def _discount(counts: Counts) -> float:
    once, twice = (float(np.sum(counts.times == times)) for times in (1, 2))
    return once / (once + 2 * twice)


class BothSides:
    """Mixture of n-grams before, after and around the token."""

    CONTEXTS = ((), (1,), (3,), (0, 1), (3, 4), (1, 3))
    """Columns of a window of five that each component reads."""

    def __init__(self, texts: list[Ints], size: int, edge: int) -> None:
        held_out = texts[::10]
        train = [text for index, text in enumerate(texts) if index % 10]
        self.size = size
        self.unigram = Unigram(train, size)
        rows = windows(train, 2, 2, edge)
        self.parts = [
            (Counts(rows[:, [*context, 2]], size), Counts(rows[:, context], size))
            for context in self.CONTEXTS[1:]
        ]
        self.weights: dict[int, Floats] = {}
        self._fit(windows(held_out, 2, 2, edge))

    def __call__(self, windows_N5: Ints) -> Floats:
        """Probability [N] of the middle of each window of five."""
        shares, context_code = self._shares(windows_N5)
        default = np.eye(len(self.CONTEXTS))[0]
        weights = np.stack([self.weights.get(kind, default) for kind in context_code])
        return (shares * weights).sum(1)

    def _shares(self, rows: Ints) -> tuple[Floats, Ints]:
        """Probabilities by component [N, parts], and a code for the counts of the contexts [N]."""
        shares, context_code = [self.unigram(rows)], np.zeros(len(rows), dtype=np.int64)
        for context, (counts, above) in zip(self.CONTEXTS[1:], self.parts, strict=True):
            total = above(rows[:, context])
            shares.append(counts(rows[:, [*context, 2]]) / np.maximum(total, 1))
            context_code = context_code * 3 + np.digitize(total, (1, 10))
        return np.stack(shares, 1), context_code

    def _fit(self, rows: Ints) -> None:
        shares, context_code = self._shares(rows)
        for kind in np.unique(context_code).tolist():
            own = shares[context_code == kind]
            weights = np.full(own.shape[1], 1 / own.shape[1])
            for _ in range(30):
                parts = own * weights
                parts /= parts.sum(1, keepdims=True)
                weights = (parts.sum(0) + 1e-3) / (len(own) + 1e-3 * own.shape[1])
            self.weights[kind] = weights


def losses(model: Any, rows: Ints) -> Floats:
    """Nats of each middle token."""
    return -np.log(model(rows))
