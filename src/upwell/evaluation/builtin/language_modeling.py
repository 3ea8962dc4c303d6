"""Held-out prose: bits per byte.

A window has at most `MAX_WINDOW_BYTES` bytes, so the model needs no longer context. For another
corpus, write an ability of your own whose `items` calls `windows` with its source.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from ...data import find_contamination, held_out_texts, load_tokenizer
from ...models.protocols import LM
from ...records import Answer, DataSpec
from ..base import Ability, Bounds
from ..item import Item

NUM_WINDOWS = 64
MAX_WINDOW_BYTES = 64


class LanguageModeling(Ability):
    """Windows of the documentation of Python."""

    num_items = NUM_WINDOWS
    metrics = ("bits_per_byte",)

    def items(self, shots: int, lm: LM) -> list[Item]:
        """Windows of text, read from their first token on."""
        return [
            Item(id=f"{number:03d}", prompt="", target=window)
            for number, window in enumerate(windows("pydoc"))
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance is a uniform distribution over bytes; the entropy of prose is unknown."""
        return (8.0, None) if metric == "bits_per_byte" else (None, None)


@cache
def windows(source: str) -> tuple[str, ...]:
    """`NUM_WINDOWS` windows from the test documents of a source, chosen by a hash of their text.

    They are the same for every tokenizer. A window that is also in the training documents, such
    as the ruling of a table, is left out.
    """
    byte_tokenizer = load_tokenizer("bytes")
    texts = held_out_texts(DataSpec(source=source), byte_tokenizer)
    candidates = sorted({window for text in texts for window in _split_windows(text)}, key=_digest)
    overlapping = set(
        find_contamination(candidates, [DataSpec(source=source)], byte_tokenizer).item_indices
    )
    return tuple(window for index, window in enumerate(candidates) if index not in overlapping)[
        :NUM_WINDOWS
    ]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _split_windows(text: str) -> Iterator[str]:
    """Consecutive whole windows of a text; the rest at its end is not used."""
    window = ""
    for letter in text:
        if len((window + letter).encode()) > MAX_WINDOW_BYTES:
            yield window
            window = ""
        window += letter


ABILITIES: Final[dict[str, Ability]] = {"language_modeling": LanguageModeling()}
