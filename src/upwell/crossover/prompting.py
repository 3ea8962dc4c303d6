"""Examples in a prompt: what a language model says of a row after a few that are labelled.

The label is said whose text is likeliest after the prompt, as benchmarks of choices score.

Axes: N test rows, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..data.labelled import Row
from ..errors import ModelError
from ..models import huggingface
from ..models.answering import Unanswered

BETWEEN = "\n\n"


@dataclass(frozen=True)
class Prompting:
    """A model that is asked with examples."""

    folder: Path
    labels: tuple[str, ...]

    @cached_property
    def model(self) -> huggingface.LocalModel:
        """It in memory. ModelError for one that does not write."""
        model = huggingface.load(self.folder)
        if model.manner is huggingface.MASKED:
            raise ModelError(f"a {model.kind} guesses words within a text and goes on from none")
        return model

    def right(self, rows: Sequence[Row], shown: Sequence[Row]) -> tuple[str, float]:
        """For each row "1" or "0", and the mean FLOPs of an answer.

        Raises ModelError where a prompt does not fit.
        """
        before = "".join(f"{asked(row)} {row.label}{BETWEEN}" for row in shown)
        prompts = [before + asked(row) for row in rows]
        lengths = [len(self.model.words.encode(prompt)) for prompt in prompts]
        if (most := max(lengths)) >= self.model.context:
            raise ModelError(
                f"a prompt with {len(shown)} examples takes {most:,} tokens, and the model reads "
                f"{self.model.context:,}"
            )
        pairs = [(prompt, f" {label}") for prompt in prompts for label in self.labels]
        weighed = self.model.answerer().logprobs(pairs)
        strange = next((each for each in weighed if isinstance(each, Unanswered)), None)
        if strange is not None:
            raise ModelError(f"with {len(shown)} examples: {strange.reason}")
        sums = [sum(each) for each in weighed if not isinstance(each, Unanswered)]
        said_N = np.array(sums).reshape(len(rows), len(self.labels)).argmax(1)
        bits = "".join(
            "01"[row.label == self.labels[said]] for row, said in zip(rows, said_N, strict=True)
        )
        return bits, 2.0 * self.model.size.params * float(np.mean(lengths))


def asked(row: Row) -> str:
    """A row as the prompt shows it, up to where the label begins."""
    return "".join(f"Text: {text}\n" for text in row.texts) + "Label:"
