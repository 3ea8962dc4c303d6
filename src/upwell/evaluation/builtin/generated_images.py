"""Generated images: are they close to real images, and does every class appear?

An item has no question and no correct answer. A classifier of our own (`image_classifier.py`)
gives the class and the features of each image. The scores say how similar the images are to the
training images, not how new: a model that repeats its training images scores well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import SpecError
from ...metrics.extras import CLASS_KEY, FEATURE_PREFIX, NUM_CLASSES_KEY
from ...models.protocols import LM, ArrayInput, NoAnswer, Prompt, Text
from ...records import Answer, DataSpec
from ..base import Ability, Bounds, DataAbility
from ..item import Item
from .image_classifier import ReferenceClassifier, fit_reference_classifier

SEED = 0
"""Seed of the noise, the same for every model."""


class GeneratedImages(DataAbility):
    """Images that the model generates, by number."""

    num_items = 1000
    metrics = ("frechet_distance", "mode_coverage")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """One item per image, without a question."""
        return [
            Item(id=f"{index:04d}", prompt=ArrayInput({"number": np.array(index)}), target="")
            for index in range(self.num_items)
        ]

    def wrap_model(self, data: Sequence[DataSpec], lm: LM) -> LM:
        """The images of the model, with a classifier that is fitted to the study's images.

        Raises SpecError for a model that generates no images.
        """
        images = lm.samples(self.num_items, SEED)
        if isinstance(images, NoAnswer):
            raise SpecError(
                f"ability 'generated_images' needs images of the model, and {images.reason}"
            )
        return ScoredImages(images, fit_reference_classifier(data))

    def extra_measurements(
        self, items: Sequence[Item], lm: LM
    ) -> Sequence[Mapping[str, float] | NoAnswer]:
        """Class, number of classes and features of each image."""
        assert isinstance(lm, ScoredImages)
        return [lm.measurements[int(item.id)] for item in items]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Ceiling: distance 0, and all classes."""
        if metric == "frechet_distance":
            return None, 0.0
        num_classes = (
            answer.extras[NUM_CLASSES_KEY] for answer in answers if NUM_CLASSES_KEY in answer.extras
        )
        return None, next(num_classes, None)


@dataclass(frozen=True, eq=False)
class ScoredImages(LM):
    """Images and the classifier that scores them, in place of the model that generated them."""

    images: NDArray[np.uint8]
    classifier: ReferenceClassifier

    @cached_property
    def measurements(self) -> list[Mapping[str, float]]:
        """The extras of each image."""
        classes = self.classifier.predict(self.images).tolist()
        features = self.classifier.whitened_features(self.images).tolist()
        return [
            {CLASS_KEY: float(label), NUM_CLASSES_KEY: float(self.classifier.num_classes)}
            | {
                f"{FEATURE_PREFIX}{direction:02d}": value
                for direction, value in enumerate(image_features)
            }
            for label, image_features in zip(classes, features, strict=True)
        ]

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """No numbers: there is no question."""
        return [[] for _ in pairs]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """Empty texts: there is no question."""
        return ["" for _ in prompts]


ABILITIES: Final[dict[str, Ability]] = {"generated_images": GeneratedImages()}
