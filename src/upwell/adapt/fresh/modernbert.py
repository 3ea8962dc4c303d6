"""A fresh ModernBERT: most layers look at what is near, so that few rows teach it more."""

from __future__ import annotations

from pathlib import Path

from . import Order
from ._texts import grown

READS = "words"
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"width": 64, "depth": 4},
    "small": {"width": 128, "depth": 4},
    "medium": {"width": 256, "depth": 4},
}


def make(order: Order, folder: Path) -> None:
    """The folder of a `ModernBertForMaskedLM`. SpecError, DataError for rows with too few words."""
    grown("modernbert", order, folder)
