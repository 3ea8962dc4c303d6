"""The conditions under which a task's rows are evaluated, and an answer with its condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...records import Answer

FewshotLabels: TypeAlias = Literal["true", "wrong"]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One condition: how many few-shot examples, which ones, and which prompt template."""

    shots: int = 0
    draw: int = 0
    """Index of the draw of few-shot examples."""

    order: int = 0
    """Index of the order of the examples."""

    template: str = ""
    """Name of the prompt template; "" for the task's own."""

    labels: FewshotLabels = "true"
    """"wrong" gives every few-shot example a wrong label: does the model use the labels?"""


@dataclass(frozen=True, kw_only=True)
class VariantAnswer:
    """An answer and its condition."""

    variant: Variant
    answer: Answer
