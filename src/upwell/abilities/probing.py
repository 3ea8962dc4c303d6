"""A linear probe: what can be read off a model's features by one linear map (Alain & Bengio 2016,
arXiv 1610.01644).

The model stays as it is; the probe is fitted to features of training texts and asked about those
of test texts. What it knows beyond the same probe on an untrained model, the training taught.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from ..data.sentiments import Sentiments
from ..errors import DataError
from ..models.answering import Answerer, Featuring, Prompt, Text, Tokenizer, Unanswered
from ..records import Answer
from . import guessing
from .item import Item
from .logistic import Logistic, fitted

ITEMS: Final = 800
MOST_SHOTS: Final = 0
METRICS: Final = ("accuracy", "log_loss", "choice_probability", "brier")

FITTED_TO: Final = 2000
"""Training texts at most."""

CHOICES: Final = ("0", "1")
"""Against and for."""

NOT_FINITE = Unanswered("the model's features are not finite")


class Probe:
    """Asks a regression on the features of a model; fitted when it is first asked."""

    def __init__(self, model: Answerer, taught: Sentiments) -> None:
        if not isinstance(model, Featuring):
            raise DataError(
                "a probe looks at a model's features and this one gives none; leave the ability "
                "out of the study, or give the model's answerer a function features()"
            )
        self.model, self.taught = model, taught

    @property
    def tokenizer(self) -> Tokenizer | None:
        """None: texts are put to the probe as they are."""
        return None

    @cached_property
    def regression(self) -> Logistic | None:
        """Fitted to the first training texts; None where their features are not finite."""
        features = self.model.features(self.taught.texts[:FITTED_TO])
        if not np.isfinite(features).all():
            return None
        return fitted(features, self.taught.labels[:FITTED_TO], len(CHOICES))

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each (text, class) one natural log-probability; each text is looked at once."""
        texts = list(dict.fromkeys(str(prompt) for prompt, _ in pairs))
        features = self.model.features(texts)
        if self.regression is None or not np.isfinite(features).all():
            return [NOT_FINITE for _ in pairs]
        known = dict(zip(texts, self.regression.logprobs(features).tolist(), strict=True))
        return [[known[str(prompt)][CHOICES.index(str(label))]] for prompt, label in pairs]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The more probable class of each text."""
        found = self.logprobs([(prompt, label) for prompt in prompts for label in CHOICES])
        return [
            CHOICES[int(two[0] > one[0])]
            if isinstance(one, list) and isinstance(two, list)
            else NOT_FINITE
            for one, two in zip(found[::2], found[1::2], strict=True)
        ]


def questions(asked: Sentiments) -> list[Item]:
    """The first test texts, to be put into their class."""
    rows = zip(asked.texts[:ITEMS], asked.labels[:ITEMS].tolist(), strict=True)
    return [
        Item(id=f"{place:04d}", prompt=text, target=CHOICES[label], choices=CHOICES)
        for place, (text, label) in enumerate(rows)
    ]


def bounds(metric: str, answers: Sequence[Answer]) -> tuple[float | None, float | None]:
    """Chance and ceiling of two classes."""
    return guessing.bounds(metric, len(CHOICES))
