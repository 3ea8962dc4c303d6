"""What a way costs in FLOPs: foreseen from its recipe, and counted from what was done.

A token on its way through takes 2 FLOPs a parameter, its gradient on the way back 2 more, and every
weight that learns 2 more (Kaplan et al. 2020, arXiv 2001.08361). Attention's own products, few
where texts are short, are left out.
"""

from __future__ import annotations

from ..adapt.recipes import FEW, Dials, learning
from ..records import Adapt, Adapted, Cell

HELD_BACK = 0.2
"""Of the rows, about, where nobody gives development rows."""


def foreseen(cell: Cell, width: float, tested: int, labels: int, dials: Dials) -> float:
    """About what it takes to make a cell of rows of `width` tokens and to measure it."""
    row = 2.0 * cell.params * width
    if cell.way == "in_context":
        return row * tested * (cell.rows + labels)
    looks = cell.rows + tested
    if cell.way == "head":
        return row * looks
    held = round(HELD_BACK * cell.rows)
    first = cell.rows - held
    _, adapt = learning(Adapt(task="classify", labels=(), method=cell.way), first, dials)
    again = cell.rows if first <= FEW else 0
    learning_share = cell.params if cell.way == "full" else 0
    seen = adapt.rounds * (first + again)
    return row * (looks + adapt.rounds * held) + _learnt(cell.params, learning_share, seen * width)


def spent(made: Adapted, width: float) -> float:
    """What it took to make a model of rows of `width` tokens: every training, and looks between."""
    params, row = made.ref.params, 2.0 * made.ref.params * width
    keep = made.adapt.keep
    # Where all rows were learnt from in the end, those held back were not at first.
    first = made.learnt if keep is None else made.learnt - made.chosen_on
    total = row * (first + made.chosen_on)
    for one in made.tried:
        total += row * made.chosen_on * len(one.rounds)
        total += _learnt(params, one.params, first * len(one.rounds) * width)
    if keep is not None:
        total += _learnt(params, made.tried[-1].params, made.learnt * keep * width)
    return total


def _learnt(params: int, learn: int, tokens: float) -> float:
    return (4.0 * params + 2.0 * learn) * tokens
