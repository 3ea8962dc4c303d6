"""The page of one adapted model: how good, where it errs, how far to trust it, what to mend.

It is drawn from what the model's folder says of itself and from its learning curve. It computes
nothing that was not measured, and needs no network and no script.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Adapted, Past, Progress
from ..document import document, section
from ..markup import element
from . import confusion, loop, made, opening, rows, seen, training, trust


def page(
    adapted: Adapted,
    curve: Sequence[Progress] = (),
    rounds: Sequence[Past] = (),
    picture: bytes | None = None,
) -> str:
    """A whole HTML document, to be written as UTF-8; `curve` is how training went, `rounds` are
    those of a loop of feedback, `picture` is a JPEG of what the model sees."""
    main = element(
        "main",
        opening.shown(adapted),
        section("Rounds of feedback", loop.shown(rounds)),
        section("What was tried", opening.tried(adapted)),
        section("What it sees", seen.shown(adapted, picture)),
        section("Where it errs", confusion.shown(adapted)),
        section("How far to trust it", trust.shown(adapted)),
        section("Rows to look at", rows.shown(adapted)),
        section("How training went", training.shown(adapted, curve)),
        section("How it was made", made.shown(adapted)),
    )
    return document(opening.title(adapted), main, pictures=picture is not None)


__all__ = ["page"]
