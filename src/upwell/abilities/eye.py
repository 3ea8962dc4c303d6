"""An eye for images: a small classifier of our own, fitted to the real ones of a study.

It sees what made images show, and where they lie among real ones. A published network would
know more, but of photographs and not of these data, and would have to be fetched; one trained
beforehand would have to be named by every study. So the `cnn` family is fitted here, to the
training rows, in a few seconds and always with the same dice.

Axes: B images, F features, D directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..data import Examples, Loader, examples
from ..errors import DataError
from ..models import named
from ..records import DataSpec, ModelSpec, Train, from_json, to_json

WIDTH: Final = 8
ROWS: Final = 10_000
"""Real images that it is fitted to, at most."""

SEEN: Final = 40_000
"""Images it is shown, each several times."""

BATCH: Final = 64
RATE: Final = 0.02
DIRECTIONS: Final = 16
"""Directions of its features, those in which real images differ most."""

FLAT: Final = 1e-6
"""Share of the largest variance below which a direction is none."""

Images = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Eye:
    """What it sees in images [B, H, W, C] uint8."""

    network: Any
    classes: int
    centre: NDArray[np.float64]
    """Mean feature of the real images, [F]."""

    whitener: NDArray[np.float64]
    """[F, D]: the real images' features about the centre, times this, have covariance one."""

    def classes_of(self, images: Images) -> NDArray[np.int64]:
        """The likeliest class of each image, [B]."""
        found: NDArray[np.int64] = self._looked(images)[0].argmax(-1)
        return found

    def places_of(self, images: Images) -> NDArray[np.float64]:
        """Where each image lies among real ones, [B, D]: real ones have mean 0, covariance 1."""
        found: NDArray[np.float64] = (self._looked(images)[1] - self.centre) @ self.whitener
        return found

    def _looked(self, images: Images) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return _looked(self.network, images)


def eye_for(data: Sequence[DataSpec]) -> Eye:
    """The eye for images of the first source; fitted once in a process.

    Raises DataError where the source has no classes of images.
    """
    return _eye(to_json(data[0]))


@lru_cache(maxsize=4)
def _eye(spec: str) -> Eye:
    asked = from_json(DataSpec, spec)
    rows = DataSpec(source=asked.source, options=asked.options, limit=ROWS)
    real = examples(rows, None, 1)
    if "image" not in real.rows or not real.classes:
        raise DataError(
            f"source {asked.source!r} has no images in classes, which an eye for them is fitted "
            "to; give one that has"
        )
    network = _fitted(rows, real)
    _, features = _looked(network, real.rows["image"])
    centre = features.mean(0)
    values, vectors = np.linalg.eigh(np.cov(features, rowvar=False))
    # Rising; a feature that is zero for all images gives a direction in which they do not differ.
    first = max(len(values) - DIRECTIONS, int(np.sum(values < FLAT * values[-1])))
    whitener = vectors[:, first:] / np.sqrt(values[first:])
    return Eye(network, len(real.classes), centre, whitener)


def _fitted(rows: DataSpec, real: Examples) -> Any:
    """A convolutional classifier of the real images, in eval mode."""
    import torch

    _, side, _, channels = real.rows["image"].shape
    size = {"side": side, "channels": channels, "classes": len(real.classes), "width": WIDTH}
    spec = ModelSpec(family="cnn", size=size)
    network = named("cnn").build(spec, Train(base_width=WIDTH), seed=0).train()
    steps = SEEN // BATCH
    optimiser = torch.optim.AdamW(network.parameters(), RATE)
    fall = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    batches = Loader([rows], None, 1, BATCH, seed=0)
    for _ in range(steps):
        shown = {name: torch.from_numpy(each) for name, each in batches.next().items()}
        sum(network.losses(shown, shown).values()).backward()
        optimiser.step()
        optimiser.zero_grad()
        fall.step()
    return network.eval()


def _looked(network: Any, images: Images) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logits [B, classes], and the features [B, F] that they are read off."""
    import torch

    logits, features = [], []
    hook = network.head.linear.register_forward_hook(lambda _, given, __: features.append(given[0]))
    with torch.inference_mode():
        for part in torch.from_numpy(images).split(1024):
            logits.append(network({"image": part}))
    hook.remove()
    return torch.cat(logits).double().numpy(), torch.cat(features).double().numpy()
