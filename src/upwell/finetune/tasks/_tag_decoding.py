"""Tag decoding: the most probable sequence of tags that the tag scheme allows.

The most probable tag of each word alone may begin an entity with I or change its type inside. The
best allowed path (Viterbi 1967) of the same logits does neither, and needs no training.

Axes: T words of a sentence, C tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ...metrics.entities import OUTSIDE, split_tag
from ...metrics.logits import Floats
from ...records.finetune import TagScheme

MAX_SCHEME_VIOLATION_FRACTION = 0.01
"""Share of tags that may violate a scheme that the rows still count as following."""

INSIDE_PREFIXES, OPEN_PREFIXES = ("I", "E"), ("B", "I")


def detect_tag_scheme(sentences: Iterable[Sequence[str]]) -> TagScheme:
    """The strictest scheme that the tags follow; "" if they follow none, as with IO tags.

    BIO: I follows B or I of the same type. BIOES: what begins with B also ends with E.
    """
    rows = [list(tags) for tags in sentences]
    prefixes = {split_tag(tag)[0] for tags in rows for tag in tags}
    candidates: tuple[TagScheme, ...] = ("bioes", "bio") if {"E", "S"} <= prefixes else ("bio",)
    if "B" not in prefixes:
        return ""
    transitions = [
        pair for tags in rows for pair in zip([OUTSIDE, *tags], [*tags, OUTSIDE], strict=True)
    ]
    num_tagged = sum(after != OUTSIDE for _, after in transitions)
    for scheme in candidates:
        num_invalid = sum(
            not is_valid_transition(before, after, scheme) for before, after in transitions
        )
        if num_invalid <= MAX_SCHEME_VIOLATION_FRACTION * num_tagged:
            return scheme
    return ""


def is_valid_transition(before: str, after: str, scheme: TagScheme) -> bool:
    """Whether a tag may follow another; O stands before and after each sentence."""
    (prefix, kind), (next_prefix, next_kind) = split_tag(before), split_tag(after)
    if next_prefix in INSIDE_PREFIXES:
        return prefix in OPEN_PREFIXES and kind == next_kind
    return scheme != "bioes" or prefix not in OPEN_PREFIXES


class ConstrainedTagDecoder:
    """The best allowed tags of a sentence."""

    def __init__(self, labels: Sequence[str], scheme: TagScheme) -> None:
        self._is_unconstrained = not scheme
        tags = [OUTSIDE, *labels]
        scores = np.array([
            [0.0 if is_valid_transition(before, after, scheme) else -np.inf for after in tags]
            for before in tags
        ])  # fmt: skip
        self._start_scores, self._end_scores, self._transition_scores = (
            scores[0, 1:],
            scores[1:, 0],
            scores[1:, 1:],
        )

    def __call__(self, logits_TC: Floats) -> NDArray[np.int64]:
        """[T]: ids of the tags."""
        if self._is_unconstrained or not len(logits_TC):
            return np.asarray(logits_TC.argmax(1), dtype=np.int64)
        # A constant added to a word does not change the best path, so logits need no softmax.
        score_C = logits_TC[0] + self._start_scores
        back_pointers: list[NDArray[np.intp]] = []
        for step_logits_C in logits_TC[1:]:
            candidates_CC = score_C[:, None] + self._transition_scores
            back_pointers.append(candidates_CC.argmax(0))
            score_C = candidates_CC.max(0) + step_logits_C
        path = [int((score_C + self._end_scores).argmax())]
        for pointers_C in reversed(back_pointers):
            path.append(int(pointers_C[path[-1]]))
        return np.array(path[::-1], dtype=np.int64)
