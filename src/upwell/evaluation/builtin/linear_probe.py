"""Linear probes: what one linear map reads from a model's features.

The model does not change. A logistic regression is fitted to its features of training texts and
asked about those of test texts (Alain & Bengio 2016, arXiv 1610.01644). Compare with the same
probe on an untrained model: the difference is what training taught.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...data.text import sentiment
from ...data.text.sentiment import Sentiments
from ...errors import DataError
from ...models.protocols import LM, NoAnswer, Prompt, Text
from ...records import Answer, DataSpec
from .. import chance_level
from ..base import Ability, Bounds
from ..item import Item
from .logistic_regression import LogisticProbe, fit_logistic_cv

MAX_TRAIN_TEXTS = 2000
"""Most training texts that a probe is fitted to."""

CHOICES = ("0", "1")
"""Negative and positive."""

NON_FINITE_FEATURES = NoAnswer("the model's features are not finite")


class LinearProbe(LM):
    """A logistic regression on the features of a model, fitted when it is first asked.

    Raises DataError, when asked, for a model without features.
    """

    def __init__(self, model: LM, train_texts: Sentiments) -> None:
        self.model, self.train_texts = model, train_texts

    @cached_property
    def regression(self) -> LogisticProbe | None:
        """Fitted to the first training texts; None if their features are not finite."""
        features = self._features(self.train_texts.texts[:MAX_TRAIN_TEXTS])
        if not np.isfinite(features).all():
            return None
        return fit_logistic_cv(features, self.train_texts.labels[:MAX_TRAIN_TEXTS], len(CHOICES))

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """One natural log-probability for each (text, class); each text is read once."""
        texts = list(dict.fromkeys(str(prompt) for prompt, _ in pairs))
        features = self._features(texts)
        if self.regression is None or not np.isfinite(features).all():
            return [NON_FINITE_FEATURES for _ in pairs]
        logprobs_by_text = dict(
            zip(texts, self.regression.predict_log_proba(features).tolist(), strict=True)
        )
        return [
            [logprobs_by_text[str(prompt)][CHOICES.index(str(label))]] for prompt, label in pairs
        ]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The more probable class of each text."""
        logprobs = self.token_logprobs([(prompt, label) for prompt in prompts for label in CHOICES])
        return [
            CHOICES[int(positive[0] > negative[0])]
            if isinstance(negative, list) and isinstance(positive, list)
            else NON_FINITE_FEATURES
            for negative, positive in zip(logprobs[::2], logprobs[1::2], strict=True)
        ]

    def _features(self, texts: Sequence[str]) -> NDArray[Any]:
        features = self.model.features(texts)
        if isinstance(features, NoAnswer):
            raise DataError(
                f"a probe needs the features of a model, and {features.reason}; leave the ability "
                "out of the study, or define features() for the model"
            )
        return features


@dataclass(frozen=True)
class SentimentProbe(Ability):
    """Reviews to classify as negative "0" or positive "1", by a probe on the model's features."""

    load: Callable[[str], Sentiments]
    """The texts and labels of a split."""

    num_items = 800
    metrics = ("accuracy", "log_loss", "choice_probability", "brier")

    def wrap_model(self, data: Sequence[DataSpec], lm: LM) -> LM:
        """The probe, fitted to training texts for any data that the model learned from."""
        return LinearProbe(lm, self.load("train"))

    def items(self, shots: int, lm: LM) -> list[Item]:
        """The first test texts."""
        return probe_items(self.load("test"), self.num_items)

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling of two classes."""
        return chance_level.bounds(metric, len(CHOICES))


def probe_items(test_texts: Sentiments, count: int) -> list[Item]:
    """The first `count` texts, with their class as the target."""
    rows = zip(test_texts.texts[:count], test_texts.labels[:count].tolist(), strict=True)
    return [
        Item(id=f"{index:04d}", prompt=text, target=CHOICES[label], choices=CHOICES)
        for index, (text, label) in enumerate(rows)
    ]


ABILITIES: Final[dict[str, Ability]] = {
    "probe_english": SentimentProbe(sentiment.load_english),
    "probe_chinese": SentimentProbe(sentiment.load_chinese),
}
