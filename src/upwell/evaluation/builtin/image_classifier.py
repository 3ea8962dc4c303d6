"""A small image classifier, fitted to the real images of a study.

It gives the class of a generated image and its features among those of real images. A published
network knows photographs and not these data, and would have to be downloaded. So a network of the
`cnn` family is fitted to the training rows, in a few seconds and always with the same seed.

Axes: B images, F features, D directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...data import Examples, Loader, load_examples
from ...errors import DataError
from ...models import load_family
from ...records import DataSpec, ModelSpec, Train, from_json, to_json

CLASSIFIER_WIDTH: Final = 8
MAX_TRAIN_IMAGES: Final = 10_000
"""Most real images that the classifier is fitted to."""

NUM_TRAINING_EXAMPLES: Final = 40_000
"""Number of training examples, with repetitions."""

BATCH_SIZE: Final = 64
LEARNING_RATE: Final = 0.02
MAX_DIRECTIONS: Final = 16
"""Most directions of the features: those in which real images differ most."""

MIN_VARIANCE_RATIO: Final = 1e-6
"""Share of the largest variance below which a direction is left out."""

ImageBatch = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class ReferenceClassifier:
    """Classes and features of images [B, H, W, C] uint8."""

    network: Any
    num_classes: int
    feature_mean: NDArray[np.float64]
    """Mean feature of the real images, [F]."""

    whitener: NDArray[np.float64]
    """[F, D]: the centered features of the real images, times this, have covariance 1."""

    def predict(self, images: ImageBatch) -> NDArray[np.int64]:
        """The most probable class of each image, [B]."""
        classes: NDArray[np.int64] = self._forward(images)[0].argmax(-1)
        return classes

    def whitened_features(self, images: ImageBatch) -> NDArray[np.float64]:
        """Features of each image, [B, D]; those of real images have mean 0 and covariance 1."""
        features: NDArray[np.float64] = (
            self._forward(images)[1] - self.feature_mean
        ) @ self.whitener
        return features

    def _forward(self, images: ImageBatch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return _forward(self.network, images)


def fit_reference_classifier(data: Sequence[DataSpec]) -> ReferenceClassifier:
    """The classifier for the images of the first source, fitted once per process.

    Raises DataError for a source without images in classes.
    """
    return _fit_cached(to_json(data[0]))


@lru_cache(maxsize=4)
def _fit_cached(spec: str) -> ReferenceClassifier:
    data_spec = from_json(DataSpec, spec)
    rows = DataSpec(source=data_spec.source, options=data_spec.options, limit=MAX_TRAIN_IMAGES)
    real = load_examples(rows, None, 1)
    if "image" not in real.rows or not real.classes:
        raise DataError(
            f"source {data_spec.source!r} has no images in classes for a classifier; choose a "
            "source with images in classes"
        )
    network = _train_network(rows, real)
    _, features = _forward(network, real.rows["image"])
    feature_mean = features.mean(0)
    values, vectors = np.linalg.eigh(np.cov(features, rowvar=False))
    # Eigenvalues rise; a feature that is zero for all images gives a direction without variance.
    first_direction = max(
        len(values) - MAX_DIRECTIONS, int(np.sum(values < MIN_VARIANCE_RATIO * values[-1]))
    )
    whitener = vectors[:, first_direction:] / np.sqrt(values[first_direction:])
    return ReferenceClassifier(network, len(real.classes), feature_mean, whitener)


def _train_network(rows: DataSpec, real: Examples) -> Any:
    """A convolutional classifier of the real images, in eval mode."""
    import torch

    _, image_size, _, channels = real.rows["image"].shape
    hparams = {
        "image_size": image_size,
        "channels": channels,
        "num_classes": len(real.classes),
        "width": CLASSIFIER_WIDTH,
    }
    spec = ModelSpec(family="cnn", hparams=hparams)
    network = load_family("cnn").build(spec, Train(base_width=CLASSIFIER_WIDTH), seed=0).train()
    steps = NUM_TRAINING_EXAMPLES // BATCH_SIZE
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE)
    lr_schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    batches = Loader([rows], None, 1, BATCH_SIZE, seed=0)
    for _ in range(steps):
        batch = {name: torch.from_numpy(array) for name, array in batches.next().items()}
        sum(network.losses(batch, batch).values()).backward()
        optimizer.step()
        optimizer.zero_grad()
        lr_schedule.step()
    return network.eval()


def _forward(network: Any, images: ImageBatch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logits [B, classes], and the features [B, F] that the head maps to them."""
    import torch

    logits, features = [], []
    hook = network.head.linear.register_forward_hook(
        lambda _, inputs, __: features.append(inputs[0])
    )
    with torch.inference_mode():
        for chunk in torch.from_numpy(images).split(1024):
            logits.append(network({"image": chunk}))
    hook.remove()
    return torch.cat(logits).double().numpy(), torch.cat(features).double().numpy()
