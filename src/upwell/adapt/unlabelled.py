"""Rows that nobody has labelled: to learn from what is sure of them, or to ask about what is not.

Axes: N rows of the pool, C labels, D features, K rows that are suggested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data.labelled import Labelled, Row
from ..data.labelled.problems import key
from ..errors import DataError, SpecError
from ..records import Calibration
from .calibration import probabilities
from .linear import Floats
from .material import Material, made, run_over, said_of
from .network import Adapting, Pooled, Stock
from .wanted import Tell


@dataclass(frozen=True)
class Suggestion:
    """A row whose label would teach the model much."""

    row: Row
    said: str
    probability: float


def pool(ready: Material, path: Path) -> Labelled:
    """Rows of a file that the model neither learns from nor is measured on; labels are not read.

    Raises SpecError for a task whose rows have more than one label, DataError where no row is left.
    """
    task = ready.task
    if not (task.FITTED and task.ONE_A_ROW) or ready.several:
        raise SpecError(
            f"--unlabelled is for rows with one label, and those of {ready.wanted.task!r} are not"
        )
    read: Labelled = task.read(path, ready.learn.data.columns, labelled=False)
    parts = (ready.learn, ready.choose, *([ready.score] if ready.score is not None else []))
    there = {key(row) for part in parts for row in part.rows}
    rows = tuple(
        Row(row.line, row.texts, (), content=row.content)
        for row in read.rows
        if all(row.texts) and key(row) not in there
    )
    if not rows:
        raise DataError(f"{path.name} has no row that is not learnt from already; give others")
    return replace(read, rows=rows)


def with_pseudo(
    ready: Material, network: Adapting, told: Calibration, some: Labelled, tell: Tell
) -> tuple[Material, int]:
    """The same with the rows that the model is sure of among those to learn from, and how many
    (Lee 2013). How sure it must be is the calibrated threshold at which 95 % of answers are right,
    found on rows that it had not learnt from."""
    if told.threshold is None:
        tell(f"no threshold makes {told.aim:.0%} of its answers right, so none is learnt from")
        return ready, 0
    rows = made(some, ready.task, ready.given, ready.adapt, bare=True)
    logits_NC = said_of(ready.task, ready.given, ready.adapt, network.body, rows.encoded)
    chances_NC = probabilities(logits_NC / np.float32(told.temperature), several=False)
    labels, last = ready.adapt.labels, max(row.line for row in ready.learn.rows)
    sure = np.flatnonzero(chances_NC.max(1) >= told.threshold).tolist()
    more = tuple(
        replace(some.rows[i], line=last + 1 + i, labels=(labels[int(chances_NC[i].argmax())],))
        for i in sure
    )
    tell(
        f"{some.name}: {len(more):,} of {len(some.rows):,} rows are said with probability "
        f"{told.threshold:.2f} or more, and learnt from"
    )
    learn = replace(ready.learn.data, rows=(*ready.learn.rows, *more))
    return replace(ready, learn=made(learn, ready.task, ready.given, ready.adapt)), len(more)


def suggestions(
    ready: Material, network: Adapting, some: Labelled, count: int, temperature: float
) -> list[Suggestion]:
    """Which rows to label next, the most telling first: unlike each other, and doubtful.

    Drawn as the first centres of k-means++ among the gradients that their likeliest labels would
    give the head (BADGE: Ash et al. 2020, arXiv 1906.03671).
    """
    body = network.body
    assert isinstance(body, Pooled | Stock)
    rows = made(some, ready.task, ready.given, ready.adapt, bare=True)
    features_ND = ready.task.flat(run_over(body.features, rows.encoded), rows.encoded)
    logits_NC = ready.task.flat(run_over(body, rows.encoded), rows.encoded)
    chances_NC = probabilities(logits_NC / np.float32(temperature), several=False)
    labels = ready.adapt.labels
    return [
        Suggestion(some.rows[i], labels[int(chances_NC[i].argmax())], float(chances_NC[i].max()))
        for i in centres(chances_NC, features_ND, count, ready.wanted.seed)
    ]


def centres(chances_NC: Floats, features_ND: Floats, count: int, seed: int) -> Sequence[int]:
    """[K] places of k-means++ among the gradients (p - y) x features, never written out: only
    their products are needed. The first has the longest gradient; that of a row which would teach
    nothing counts as chosen from the start, so that rows that are sure come last."""
    error_NC = chances_NC - np.eye(chances_NC.shape[1], dtype=np.float32)[chances_NC.argmax(1)]
    long_N = np.square(error_NC).sum(1) * np.square(features_ND).sum(1)
    dice = np.random.default_rng(seed)
    chosen = [int(long_N.argmax())]
    away_N = np.minimum(long_N, _apart(chosen[0], error_NC, features_ND, long_N))
    while len(chosen) < min(count, len(long_N)):
        left = away_N.copy()
        left[chosen] = 0
        total = left.sum()
        if total <= 0:
            rest = [i for i in range(len(long_N)) if i not in set(chosen)]
            return chosen + rest[: count - len(chosen)]
        chosen.append(int(dice.choice(len(left), p=left / total)))
        away_N = np.minimum(away_N, _apart(chosen[-1], error_NC, features_ND, long_N))
    return chosen


def _apart(
    place: int, error_NC: Floats, features_ND: Floats, long_N: Floats
) -> NDArray[np.float64]:
    """Squared distance of every gradient to one of them."""
    shared_N = (error_NC @ error_NC[place]) * (features_ND @ features_ND[place])
    found = long_N + long_N[place] - 2 * shared_N
    return np.maximum(found.astype(np.float64), 0)
