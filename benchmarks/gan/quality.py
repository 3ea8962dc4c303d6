"""How near made digits come to real ones: `python -m benchmarks.gan.quality`.

Three seeds of a GAN of width 16 on 10,000 digits of MNIST, asked the ability `samples` untrained
and at each milestone; beside them the same ability on 1,000 held-out real digits and on one digit
a thousand times. Goes on where it was stopped; the first samples of each milestone are drawn
to out/gan/.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from upwell.abilities.samples import ITEMS, METRICS
from upwell.data import examples
from upwell.models.sampling import SamplingAnswerer
from upwell.records import DataSpec, ModelSpec, Observation, Run, Train
from upwell.store import RunFolder
from upwell.study.measuring import measure
from upwell.train import grow

CORPUS = Path(os.environ.get("UPWELL_DATA", "data")) / "img_mnist_20k"
OUT = Path("out/gan")
DIGITS = {
    "path": str(CORPUS / "mnist-valid.npz"),
    "test": str(CORPUS / "mnist-test.npz"),
    "values": "inputs",
    "label": "targets",
    "side": 28,
    "classes": 10,
}
BATCH, STEPS = 64, (600, 1200, 2400)
RATE = 0.0005


def run(seed: int) -> Run:
    """Radford et al.'s betas; their rate of .0002 was for a width of 64."""
    return Run(
        id=f"gan-s{seed}",
        study="mnist",
        recipe=Train(
            optimiser="adamw",
            learning_rate=RATE,
            vector_rate=RATE,
            betas=(0.5, 0.999),
            clip=1000.0,
            spike=10.0,
            context=1,
            batch=BATCH,
            base_width=16,
            checkpoint_seconds=60.0,
        ),
        model=ModelSpec(family="gan", size={"side": 28, "channels": 1, "width": 16}),
        data=(DataSpec(source="npz", options=DIGITS),),
        seed=seed,
        milestones=tuple(steps * BATCH for steps in STEPS),
        abilities=("samples",),
        shots=(0,),
        code="bench",
    )


class Shown:
    """Makes given images again and again."""

    tokenizer = None

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = images

    def samples(self, count: int, seed: int) -> NDArray[np.uint8]:
        """They are what they are, whatever the seed."""
        return np.resize(self.images, (count, *self.images.shape[1:]))

    logprobs = say = None


def row(name: str, images: int | None, found: Iterable[Observation]) -> str:
    distance, coverage = found
    said = [f"{distance.value:.2f} ± {distance.stderr or 0:.2f}", f"{coverage.value:.0f}"]
    return f"| {name} | {'' if images is None else f'{images:,}'} | {' | '.join(said)} |"


def draw(path: Path, images: NDArray[np.uint8]) -> None:
    """64 images as a portable grey map."""
    grid = images[:64, ..., 0].reshape(8, 8, 28, 28).transpose(0, 2, 1, 3).reshape(224, 224)
    path.write_bytes(b"P5 224 224 255\n" + grid.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print(f"| made by | images seen | {' | '.join(METRICS)} |")
    print("|---|---|---|---|", flush=True)
    ratios = []
    for seed in range(asked.seeds):
        one = run(seed)
        folder, began = RunFolder(OUT / one.id), time.process_time()
        with folder.writing(one):
            distances = []
            for ref, answerer in grow(one, folder):
                assert isinstance(answerer, SamplingAnswerer)
                found = measure(ref, answerer, "samples", 0, one.data).observations
                distances.append(found[0].value)
                print(row(f"seed {seed}", ref.tokens, found), flush=True)
                draw(OUT / f"{ref.id}.pgm", answerer.samples(ITEMS, 1))
        ratios.append(distances[0] / distances[-1])
        print(f"<!-- seed {seed}: {time.process_time() - began:.0f} CPU seconds -->", flush=True)
    real = examples(DataSpec(source="npz", options=DIGITS, split="test"), None, 1).rows["image"]
    for name, images in (("real, held out", real[:ITEMS]), ("one real digit", real[:1])):
        found = measure(ref, Shown(images), "samples", 0, one.data).observations
        print(row(name, None, found))
    print(f"\nthe distance falls by a factor of {', '.join(f'{each:.0f}' for each in ratios)}")


if __name__ == "__main__":
    main()
