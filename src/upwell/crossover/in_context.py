"""In-context learning: a language model predicts the label of a row after some examples.

The predicted label is the one with the highest log-likelihood after the prompt.

Axes: N test rows, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..data.labeled import Row
from ..errors import ModelError
from ..models.hub import language_models
from ..models.protocols import NoAnswer

EXAMPLE_SEPARATOR = "\n\n"


@dataclass(frozen=True)
class InContextClassifier:
    """A language model as a classifier with examples in its prompt."""

    folder: Path
    labels: tuple[str, ...]

    @cached_property
    def model(self) -> language_models.LocalModel:
        """The loaded model. Raises ModelError for a masked language model."""
        model = language_models.load(self.folder)
        if model.architecture is language_models.MASKED:
            raise ModelError(
                f"a {model.model_type} fills in masked words and cannot continue a prompt"
            )
        return model

    def evaluate(self, rows: Sequence[Row], examples: Sequence[Row]) -> tuple[str, float]:
        """("1" or "0" for each row, correct or not; mean FLOPs of a prediction).

        Raises ModelError if a prompt does not fit into the context.
        """
        context = "".join(
            f"{render_prompt(row)} {row.label}{EXAMPLE_SEPARATOR}" for row in examples
        )
        prompts = [context + render_prompt(row) for row in rows]
        lengths = [len(self.model.tokenizer.encode(prompt)) for prompt in prompts]
        if (max_tokens := max(lengths)) >= self.model.context:
            raise ModelError(
                f"a prompt with {len(examples)} examples takes {max_tokens:,} tokens, and the "
                f"context of the model is {self.model.context:,}"
            )
        pairs = [(prompt, f" {label}") for prompt in prompts for label in self.labels]
        log_probs = self.model.as_lm().token_logprobs(pairs)
        no_answer = next((each for each in log_probs if isinstance(each, NoAnswer)), None)
        if no_answer is not None:
            raise ModelError(f"with {len(examples)} examples: {no_answer.reason}")
        log_likelihoods = [sum(each) for each in log_probs if not isinstance(each, NoAnswer)]
        predicted_N = np.array(log_likelihoods).reshape(len(rows), len(self.labels)).argmax(1)
        correct = "".join(
            "01"[row.label == self.labels[predicted]]
            for row, predicted in zip(rows, predicted_N, strict=True)
        )
        return correct, 2.0 * self.model.size.params * float(np.mean(lengths))


def render_prompt(row: Row) -> str:
    """A row as a prompt, up to the label."""
    return "".join(f"Text: {text}\n" for text in row.texts) + "Label:"
