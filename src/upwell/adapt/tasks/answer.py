"""Answers that stand in a text: where they begin and end, or that there is none.

A long context is read in windows that overlap; the likeliest span of all windows is the answer.
There is none where the first token, which begins every window, is likelier than any span by more
than a margin that is found on the development rows (Devlin et al. 2019, arXiv 1810.04805).

Axes: W windows, T tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForQuestionAnswering

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.files import FORMATS as FILES
from ...data.labelled.questions import read_questions
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from ..answers import exact, f1
from ..encoding import AT_ONCE, Encoded
from ..given import OFFLINE, Given
from ..material import in_batches
from ..network import Whole
from ..scoring import mean

if TYPE_CHECKING:
    from ..material import Rows

READS = "words"
FITTED = False
FORMATS = (".json", *FILES)

LONGEST = 384
"""Tokens of a window, at most."""

OVERLAP = 4
"""Of so many tokens of a window one is read by the next again."""

STARTS = 20
"""Places at which an answer is tried to begin, and to end."""

TOKENS = 40
"""Of an answer, at most."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Windows(Encoded):
    """Windows of rows: `starts` and `ends` are characters of the context, -1 outside of it."""

    contexts: tuple[str, ...] = ()
    """Of each row."""


@dataclass(frozen=True)
class Span:
    """The likeliest answer of a row."""

    text: str
    score: float
    """Sum of the logits of its first and last token."""

    none: float
    """The same of no answer, the least over all windows."""

    probability: float
    """Of the span among all that were tried and no answer."""


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Questions of SQuAD's JSON, or of rows with question, context and answer."""
    return read_questions(path, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A question without a text has no answer; two inputs make a row."""
    return Row(number, (text, ""), ())


def kept_together(row: Row) -> tuple[str, ...]:
    """What rows share that have to stay on one side: the context."""
    return row.texts[1:]


def labels_of(data: Labelled) -> tuple[str, ...]:
    """None: an answer is no label."""
    return ()


def length(given: Given, learn: Labelled) -> int:
    """Tokens of a window."""
    return LONGEST if given.context is None else min(given.context, LONGEST)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Windows:
    """Windows of a question and a part of its context; `first` and `last` [W] are the answer's
    tokens, 0 where the window does not hold it whole."""
    parts: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
    fixed: dict[str, list[int]] = defaultdict(list)
    for begin in range(0, len(rows), AT_ONCE):
        some = rows[begin : begin + AT_ONCE]
        read = _read(some, given, length)
        for window in range(len(read["input_ids"])):
            place = read["overflow_to_sample_mapping"][window]
            starts, ends = _characters(read, window)
            parts["starts"].append(starts)
            parts["ends"].append(ends)
            for name in ("input_ids", "token_type_ids"):
                if name in read:
                    parts[name].append(np.array(read[name][window], dtype=np.int64))
            first, last = _answer(some[place], starts, ends)
            fixed["row"].append(begin + place)
            fixed["first"].append(first)
            fixed["last"].append(last)
    fill = dict.fromkeys(parts, 0) | {"input_ids": int(given.words.pad_token_id)}
    return Windows(
        parts={name: tuple(values) for name, values in parts.items()},
        fixed={name: np.array(values, dtype=np.int64) for name, values in fixed.items()},
        fill={**fill, "starts": -1, "ends": -1},
        cut=0,
        contexts=tuple(row.texts[1] for row in rows),
    )


def body(given: Given, adapt: Adapt) -> Whole:
    """The encoder with a fresh head for the ends of an answer."""
    model = AutoModelForQuestionAnswering.from_pretrained(given.path, **OFFLINE)
    return Whole(given.sized(model), based=True)


def loaded(given: Given) -> Whole:
    """The model of a folder that was shipped, in eval mode."""
    return Whole(AutoModelForQuestionAnswering.from_pretrained(given.path, **OFFLINE).eval())


def shipped(body: Whole, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers that was trained."""
    return body.model.eval()


def loss(said: Any, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Mean of the cross-entropies of both ends, a window."""
    total = sum(
        functional.cross_entropy(
            logits, part[name], reduction="sum", label_smoothing=adapt.smoothing
        )
        for logits, name in ((said.start_logits, "first"), (said.end_logits, "last"))
    )
    assert isinstance(total, Tensor)
    return {"loss": total / (2 * len(whole["first"]))}


def outputs(body: Whole, given: Given, rows: Windows, adapt: Adapt) -> list[Span]:
    """The likeliest answer of each row, over its windows."""
    spans: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
    none: dict[int, float] = {}
    for places, arrays in in_batches(rows):
        said = body({name: torch.from_numpy(array) for name, array in arrays.items()})
        for i, place in enumerate(places):
            row = int(rows.fixed["row"][place])
            starts, ends = rows.parts["starts"][place], rows.parts["ends"][place]
            begin, finish = (logits[i, : len(starts)].numpy() for logits in (
                said.start_logits, said.end_logits
            ))  # fmt: skip
            none[row] = min(none.get(row, np.inf), float(begin[0] + finish[0]))
            spans[row] += _spans(begin, finish, starts, ends)
    return [
        _best(spans[row], none.get(row, 0.0), context) for row, context in enumerate(rows.contexts)
    ]


def settled(said: Sequence[Span], rows: Rows, adapt: Adapt) -> Adapt:
    """By how much no answer has to be likelier to be said: the margin of the best F1 on
    development rows, 0 where all of their questions have answers."""
    if all(row.truth for row in rows.rows):
        return adapt
    gain = np.array([one.none - one.score for one in said])
    right = [_right(row) for row in rows.rows]
    of_none = np.array([f1("", one) for one in right])
    of_span = np.array([f1(span.text, one) for span, one in zip(said, right, strict=True)])
    order = np.argsort(gain)
    # Up to each place the span is said, from there on that there is none.
    totals = np.append(0, of_span[order].cumsum()) + np.append(
        of_none[order][::-1].cumsum()[::-1], 0
    )
    borders = gain[order]
    middle = np.concatenate([[borders[0] - 1], (borders[1:] + borders[:-1]) / 2, [borders[-1] + 1]])
    fine = np.isfinite(middle) & (totals == totals[np.isfinite(middle)].max())
    best = min(middle[fine], key=abs)
    return replace(adapt, margin=float(best))


def scores(said: Sequence[Span], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """Exact match and F1, with intervals over questions."""
    told = [_told(one, adapt.margin) for one in said]
    right = [_right(row) for row in rows.rows]
    return (
        mean("answer_f1", [f1(*pair) for pair in zip(told, right, strict=True)]),
        mean("exact_match", [exact(*pair) for pair in zip(told, right, strict=True)]),
    )


def main_score(said: Sequence[Span], rows: Rows, adapt: Adapt, several: bool) -> float:
    """What is chosen by: F1."""
    return _mean_f1(said, rows, adapt.margin)


def shown(said: Sequence[Span], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Questions with what was answered."""
    return tuple(
        Shown(
            line=row.line,
            text=row.texts[0],
            label=" / ".join(dict.fromkeys(_right(row))) or "no answer",
            said=_told(one, adapt.margin) or "no answer",
            score=f1(_told(one, adapt.margin), _right(row)),
        )
        for row, one in zip(rows.rows, said, strict=True)
    )


def predictions(
    said: Sequence[Span], rows: Sequence[Row], encoded: Windows, adapted: Adapted
) -> list[dict[str, Any]]:
    """The answer to each question; "" where the context holds none."""
    return [
        {
            "text": row.texts[0],
            "said": _told(one, adapted.adapt.margin),
            "probability": one.probability,
            "abstain": not _told(one, adapted.adapt.margin),
        }
        for row, one in zip(rows, said, strict=True)
    ]


def _read(rows: Sequence[Row], given: Given, length: int) -> Any:
    return given.words(
        [_short(row.texts[0].strip(), given, length // 2) for row in rows],
        [row.texts[1] for row in rows],
        truncation="only_second",
        max_length=length,
        stride=length // OVERLAP,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def _short(question: str, given: Given, most: int) -> str:
    """A question of at most so many tokens: the context needs room."""
    read = given.words(question, add_special_tokens=False, return_offsets_mapping=True)
    offsets = read["offset_mapping"]
    return question if len(offsets) <= most - 4 else question[: offsets[most - 5][1]]


def _characters(read: Any, window: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[T] each: where a token of the context begins and ends in it, -1 for all others."""
    offsets = np.array(read["offset_mapping"][window], dtype=np.int64)
    of_context = np.array([part == 1 for part in read.sequence_ids(window)])
    return np.where(of_context, offsets[:, 0], -1), np.where(of_context, offsets[:, 1], -1)


def _answer(row: Row, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[int, int]:
    """The first and last token of the answer, both 0 where the window does not hold it whole."""
    if not row.truth:
        return 0, 0
    text, begin = row.truth[0]
    inside = np.flatnonzero((ends > begin) & (starts >= 0) & (starts < begin + len(text)))
    if not len(inside) or starts[inside[0]] > begin or ends[inside[-1]] < begin + len(text):
        return 0, 0
    return int(inside[0]), int(inside[-1])


def _spans(
    begin: Floats, finish: Floats, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> list[tuple[float, int, int]]:
    """Likely spans of a window: score, first and last character."""
    firsts = [i for i in np.argsort(-begin)[:STARTS].tolist() if starts[i] >= 0]
    lasts = [i for i in np.argsort(-finish)[:STARTS].tolist() if starts[i] >= 0]
    return [
        (float(begin[a] + finish[b]), int(starts[a]), int(ends[b]))
        for a in firsts
        for b in lasts
        if a <= b < a + TOKENS
    ]


def _best(spans: Sequence[tuple[float, int, int]], none: float, context: str) -> Span:
    if not spans:
        return Span("", -np.inf, none, 0.0)
    score, start, end = max(spans, key=lambda span: span[0])
    # A span that two windows hold is one answer.
    every = np.array([*{span[1:]: span[0] for span in sorted(spans)}.values(), none])
    share = float(np.exp(score - every.max()) / np.exp(every - every.max()).sum())
    return Span(context[start:end], score, none, share)


def _told(one: Span, margin: float) -> str:
    return "" if one.none - one.score > margin else one.text


def _right(row: Row) -> list[str]:
    return [text for text, _ in row.truth]


def _mean_f1(said: Sequence[Span], rows: Rows, margin: float) -> float:
    values = [f1(_told(one, margin), _right(row)) for one, row in zip(said, rows.rows, strict=True)]
    return sum(values) / len(values)
