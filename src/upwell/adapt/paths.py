"""Tags in an order that can be: the likeliest of all sequences that their scheme allows.

Word by word, a network that is unsure begins entities in the middle and changes their kind within;
the best allowed path (Viterbi 1967) of the same probabilities does neither. Nothing is learnt for
it.

Axes: T words of a sentence, C tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records.making import Scheme
from .entities import OUT, parts
from .linear import Floats

MISTAKES = 0.01
"""Share of entities in rows by hand that may break a scheme which is still theirs."""

INSIDE, OPEN = ("I", "E"), ("B", "I")


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme:
    """The strictest scheme that the tags keep to; "" where they keep to none, as IO does.

    BIO: what is inside follows its beginning. BIOES: what has begun also ends.
    """
    rows = [list(tags) for tags in sentences]
    marks = {parts(tag)[0] for tags in rows for tag in tags}
    asked: tuple[Scheme, ...] = ("bioes", "bio") if {"E", "S"} <= marks else ("bio",)
    if "B" not in marks:
        return ""
    steps = [pair for tags in rows for pair in zip([OUT, *tags], [*tags, OUT], strict=True)]
    told = sum(after != OUT for _, after in steps)
    for scheme in asked:
        broken = sum(not allowed(before, after, scheme) for before, after in steps)
        if broken <= MISTAKES * told:
            return scheme
    return ""


def allowed(before: str, after: str, scheme: Scheme) -> bool:
    """Whether a tag may stand after another; O stands before and after a sentence."""
    (mark, kind), (next_mark, next_kind) = parts(before), parts(after)
    if next_mark in INSIDE:
        return mark in OPEN and kind == next_kind
    return scheme != "bioes" or mark not in OPEN


class Paths:
    """The best allowed tags, sentence by sentence."""

    def __init__(self, labels: Sequence[str], scheme: Scheme) -> None:
        self._free = not scheme
        beside = [OUT, *labels]
        cost = np.array([
            [0.0 if allowed(before, after, scheme) else -np.inf for after in beside]
            for before in beside
        ])  # fmt: skip
        self._first, self._last, self._step = cost[0, 1:], cost[1:, 0], cost[1:, 1:]

    def __call__(self, logits_TC: Floats) -> NDArray[np.int64]:
        """[T]: numbers of the tags."""
        if self._free or not len(logits_TC):
            return np.asarray(logits_TC.argmax(1), dtype=np.int64)
        # A constant a word does not change which path is best, so logits do for log-probabilities.
        score_C = logits_TC[0] + self._first
        came: list[NDArray[np.intp]] = []
        for now_C in logits_TC[1:]:
            ways_CC = score_C[:, None] + self._step
            came.append(ways_CC.argmax(0))
            score_C = ways_CC.max(0) + now_C
        path = [int((score_C + self._last).argmax())]
        for back_C in reversed(came):
            path.append(int(back_C[path[-1]]))
        return np.array(path[::-1], dtype=np.int64)
