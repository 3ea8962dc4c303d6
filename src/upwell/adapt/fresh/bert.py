"""A fresh BERT: every token looks at every other, wherever it stands."""

from __future__ import annotations

from pathlib import Path

from . import Order
from ._texts import grown

READS = "words"
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"width": 64, "depth": 2},
    "small": {"width": 128, "depth": 3},
    "medium": {"width": 256, "depth": 4},
}


def make(order: Order, folder: Path) -> None:
    """The folder of a `BertForPreTraining`. SpecError, DataError for rows with too few words."""
    grown("bert", order, folder)
