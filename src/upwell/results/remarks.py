"""What was named, chosen or left out while reading, in short sentences with first examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_EXAMPLES = 3


@dataclass(frozen=True)
class Remark:
    """One case of something that the reader should know."""

    text: str
    """A clause without a full stop, the same for every case of its kind."""

    example: str
    """What it is about, such as the name of a model."""


def to_notes(remarks: Iterable[Remark]) -> tuple[str, ...]:
    """One sentence for each kind, with the number of cases and the first examples."""
    examples: dict[str, dict[str, None]] = {}
    for remark in remarks:
        examples.setdefault(remark.text, {})[remark.example] = None
    return tuple(f"{text}: {list_examples(list(named))}" for text, named in examples.items())


def list_examples(names: list[str], limit: int = MAX_EXAMPLES) -> str:
    """The first names, and the number of the others."""
    more = len(names) - limit
    return "; ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
