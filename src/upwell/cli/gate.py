"""The gate of the loop: a new model takes the place of the old only if it is not worse.

Both answer the same rows, and are compared as `upwell compare` compares: row by row.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .scored import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from ..records import Past

METRIC = "accuracy"


def gated(folder: Path, made: Path, test: Path, console: Console) -> bool:
    """Whether round `made` took the place of the model in `folder`, by the rows of `test`."""
    from ..adapt import rounds
    from ..emergence.compare import compare
    from . import telling

    old, new = (_asked(place, test) for place in (folder, made))
    sides = [
        reading(place.name, test.name, METRIC, outcomes)
        for place, outcomes in ((folder, old), (made, new))
    ]
    found = compare(sides[0].table, sides[1].table, sides[0].outcomes, sides[1].outcomes)
    (one,) = found.comparisons
    kept = not found.worse
    if not rounds.history(folder):
        rounds.noted(folder, _past(folder, 0, old, kept=True))
    rounds.noted(folder, _past(made, int(made.name), new, kept=kept))
    if kept:
        rounds.put_in_place(folder, made)
    noise = "" if one.stderr is None else f" (standard error {one.stderr:.3f})"
    telling.say(
        console,
        f"gate, {len(old):,} rows of {test.name}: {one.a:.3f} before, {one.b:.3f} now{noise}: "
        + ("not shown to be worse, and in place" if kept else "worse, so the old model stays"),
        "bold green" if kept else "bold red",
    )
    return kept


def _asked(folder: Path, test: Path) -> dict[str, float]:
    """For each row of the file, by its line, whether the model is right."""
    from ..adapt.predicting import Predictor

    predictor = Predictor(folder)
    rows = [row for row in predictor.labelled(test).rows if row.labels and all(row.texts)]
    said = [one["said"] for one in predictor(rows)]
    told = [set(one if isinstance(one, list) else [one]) for one in said]
    return {
        f"{row.line}": float(set(row.labels) == names)
        for row, names in zip(rows, told, strict=True)
    }


def _past(folder: Path, number: int, outcomes: Mapping[str, float], *, kept: bool) -> Past:
    from ..adapt.scoring import mean
    from ..adapt.shipping import card_of
    from ..records import Past

    card = card_of(folder)
    return Past(
        number=number,
        model=card.ref.id,
        parent=card.ref.parent,
        learnt=card.learnt,
        score=mean(METRIC, list(outcomes.values())),
        kept=kept,
    )
