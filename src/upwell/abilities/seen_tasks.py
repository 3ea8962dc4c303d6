"""Tasks that training showed, with fresh examples: are they solved without being shown?

Beside `new_tasks` it tells knowing the tasks from learning them: with no shots at all, only a
network that has learnt its training tasks by heart could do better than chance, and only where
a question betrays its task (Raventós et al. 2023, arXiv 2306.15063).
"""

from __future__ import annotations

from collections.abc import Sequence

from ..models.answering import Answerer
from ..records import DataSpec
from .episodes import ITEMS, METRICS, MOST_SHOTS, bounds, questions
from .item import Item

__all__ = ["ITEMS", "METRICS", "MOST_SHOTS", "bounds", "items_of"]


def items_of(data: Sequence[DataSpec], shots: int, answerer: Answerer) -> list[Item]:
    """Questions of tasks of the training split."""
    return questions(data, "train", shots)
