"""What guesses a token from its neighbours by counting: the baselines of a masked language model.

- unigram: how often a token is, plus one
- trigram: Kneser and Ney's (1995), interpolated, one discount an order (Chen & Goodman 1999, the
  discount n1 / (n1 + 2 n2)); it looks at the two tokens before
- both sides: a mixture of the unigram, two bigrams and three trigrams (before, after, around), with
  weights by EM on a tenth of the training tokens that the counts have not seen (Jelinek & Mercer
  1980), apart for contexts seen and not seen

All see the true neighbours, which a masked model does not always: one in seven is hidden from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Counts:
    """How often rows of some columns occur."""

    def __init__(self, rows: Ints, size: int) -> None:
        self._size = size
        self.keys, self.times = np.unique(self._key(rows), return_counts=True)

    def __call__(self, rows: Ints) -> Ints:
        """The counts [N] of rows [N, columns]."""
        keys = self._key(rows)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.times[place], 0)

    def rows(self, columns: int) -> Ints:
        """The different rows, [M, columns]."""
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
    """Every token with its neighbours, [N, before + 1 + after]; `edge` stands beyond the ends."""
    found = []
    for text in texts:
        padded = np.concatenate([np.full(before, edge), text, np.full(after, edge)])
        found.append(np.lib.stride_tricks.sliding_window_view(padded, before + 1 + after))
    return np.concatenate(found).astype(np.int64)


@dataclass
class Unigram:
    """Counts plus one."""

    texts: list[Ints]
    size: int

    def __post_init__(self) -> None:
        times = np.bincount(np.concatenate(self.texts), minlength=self.size) + 1.0
        self.shares = times / times.sum()

    def __call__(self, windows_N5: Ints) -> Floats:
        """Probability [N] of the middle of each window of five."""
        return self.shares[windows_N5[:, 2]]


class KneserNey:
    """The interpolated trigram: discounted counts, continuation counts below them."""

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
        return self.given(windows_N5[:, :3])

    def given(self, rows: Ints) -> Floats:
        """Probability [N] of the last of three."""
        lowest = self._lowest(rows[:, 2:])
        middle = _mixed(self.two, self.above2, self.kinds2, rows[:, 1:], lowest)
        return _mixed(self.three, self.above3, self.kinds3, rows, middle)

    def _lowest(self, rows: Ints) -> Floats:
        total, discount = len(self.two.keys), _discount(self.one)
        left = discount * len(self.one.keys) / total
        return np.maximum(self.one(rows) - discount, 0) / total + left / self.size


def _mixed(counts: Counts, above: Counts, kinds: Counts, rows: Ints, lower: Floats) -> Floats:
    discount = _discount(counts)
    total = above(rows[:, :-1])
    safe = np.maximum(total, 1)
    left = discount * kinds(rows[:, :-1]) / safe
    found = np.maximum(counts(rows) - discount, 0) / safe + left * lower
    return np.where(total > 0, found, lower)


def _discount(counts: Counts) -> float:
    once, twice = (float(np.sum(counts.times == times)) for times in (1, 2))
    return once / (once + 2 * twice)


class BothSides:
    """A mixture of what is before, after and around."""

    CONTEXTS = ((), (1,), (3,), (0, 1), (3, 4), (1, 3))
    """Columns of a window of five that each part looks at."""

    def __init__(self, texts: list[Ints], size: int, edge: int) -> None:
        held = texts[::10]
        kept = [text for place, text in enumerate(texts) if place % 10]
        self.size = size
        self.unigram = Unigram(kept, size)
        rows = windows(kept, 2, 2, edge)
        self.parts = [
            (Counts(rows[:, [*context, 2]], size), Counts(rows[:, context], size))
            for context in self.CONTEXTS[1:]
        ]
        self.weights: dict[int, Floats] = {}
        self._fit(windows(held, 2, 2, edge))

    def __call__(self, windows_N5: Ints) -> Floats:
        """Probability [N] of the middle of each window of five."""
        shares, seen = self._shares(windows_N5)
        even = np.eye(len(self.CONTEXTS))[0]
        weights = np.stack([self.weights.get(kind, even) for kind in seen])
        return (shares * weights).sum(1)

    def _shares(self, rows: Ints) -> tuple[Floats, Ints]:
        """What each part says [N, parts]; as a number, how often its contexts were seen."""
        shares, seen = [self.unigram(rows)], np.zeros(len(rows), dtype=np.int64)
        for context, (counts, above) in zip(self.CONTEXTS[1:], self.parts, strict=True):
            total = above(rows[:, context])
            shares.append(counts(rows[:, [*context, 2]]) / np.maximum(total, 1))
            seen = seen * 3 + np.digitize(total, (1, 10))
        return np.stack(shares, 1), seen

    def _fit(self, rows: Ints) -> None:
        shares, seen = self._shares(rows)
        for kind in np.unique(seen).tolist():
            own = shares[seen == kind]
            weights = np.full(own.shape[1], 1 / own.shape[1])
            for _ in range(30):
                parts = own * weights
                parts /= parts.sum(1, keepdims=True)
                weights = (parts.sum(0) + 1e-3) / (len(own) + 1e-3 * own.shape[1])
            self.weights[kind] = weights


def losses(model: Any, rows: Ints) -> Floats:
    """Nats of each middle token."""
    return -np.log(model(rows))
