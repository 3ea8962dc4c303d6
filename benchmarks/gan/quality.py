"""Quality of generated digits: `python -m benchmarks.gan.quality`.

Trains three seeds of a GAN of width 16 on 10,000 digits of MNIST. The ability `generated_images`
evaluates them untrained and at each milestone. Beside them stand 1,000 held-out real digits, and
one real digit a thousand times. The same command resumes an interrupted run. The first images of
each milestone are written to out/gan/.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from upwell.data import load_examples
from upwell.evaluation.builtin.generated_images import GeneratedImages
from upwell.models.lm.image_generator import NO_TEXT, ImageGenerator
from upwell.models.protocols import LM
from upwell.records import DataSpec, ModelSpec, Observation, Run, Train
from upwell.store import RunDir
from upwell.study.measure import measure
from upwell.train import grow

CORPUS = Path(os.environ.get("UPWELL_DATA", "data")) / "img_mnist_20k"
OUT = Path("out/gan")
DIGITS = {
    "path": str(CORPUS / "mnist-valid.npz"),
    "test": str(CORPUS / "mnist-test.npz"),
    "values": "inputs",
    "label": "targets",
    "image_size": 28,
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
            optimizer="adamw",
            learning_rate=RATE,
            embedding_lr=RATE,
            betas=(0.5, 0.999),
            max_grad_norm=1000.0,
            spike_factor=10.0,
            context_length=1,
            batch_size=BATCH,
            base_width=16,
            checkpoint_seconds=60.0,
        ),
        model=ModelSpec(family="gan", hparams={"image_size": 28, "channels": 1, "width": 16}),
        data=(DataSpec(source="npz", options=DIGITS),),
        seed=seed,
        milestones=tuple(steps * BATCH for steps in STEPS),
        abilities=("generated_images",),
        shots=(0,),
        code_version="bench",
    )


class FixedImages(LM):
    """In place of a generator: returns the same images again and again."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.images = images

    def samples(self, count: int, seed: int) -> NDArray[np.uint8]:
        """The images in order, for any seed."""
        return np.resize(self.images, (count, *self.images.shape[1:]))

    def token_logprobs(self, pairs: Any) -> list[Any]:
        """A NoAnswer for each: there is no text."""
        return [NO_TEXT for _ in pairs]

    def generate(self, prompts: Any, max_new_tokens: int, stop: str | None) -> list[Any]:
        """A NoAnswer for each: there is no text."""
        return [NO_TEXT for _ in prompts]


def row(name: str, images: int | None, observations: Iterable[Observation]) -> str:
    distance, coverage = observations
    values = [f"{distance.value:.2f} ± {distance.stderr or 0:.2f}", f"{coverage.value:.0f}"]
    return f"| {name} | {'' if images is None else f'{images:,}'} | {' | '.join(values)} |"


def draw(path: Path, images: NDArray[np.uint8]) -> None:
    """64 images as a portable graymap."""
    grid = images[:64, ..., 0].reshape(8, 8, 28, 28).transpose(0, 2, 1, 3).reshape(224, 224)
    path.write_bytes(b"P5 224 224 255\n" + grid.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print(f"| generator | images seen | {' | '.join(GeneratedImages.metrics)} |")
    print("|---|---|---|---|", flush=True)
    ratios = []
    for seed in range(args.seeds):
        one = run(seed)
        folder, start_time = RunDir(OUT / one.id), time.process_time()
        with folder.open_journal(one):
            distances = []
            for ref, lm in grow(one, folder):
                assert isinstance(lm, ImageGenerator)
                observations = measure(ref, lm, "generated_images", 0, one.data).observations
                distances.append(observations[0].value)
                print(row(f"seed {seed}", ref.tokens, observations), flush=True)
                draw(OUT / f"{ref.id}.pgm", lm.samples(GeneratedImages.num_items, 1))
        ratios.append(distances[0] / distances[-1])
        print(
            f"<!-- seed {seed}: {time.process_time() - start_time:.0f} CPU seconds -->", flush=True
        )
    real = load_examples(DataSpec(source="npz", options=DIGITS, split="test"), None, 1).rows[
        "image"
    ]
    for name, images in (
        ("real, held out", real[: GeneratedImages.num_items]),
        ("one real digit", real[:1]),
    ):
        observations = measure(
            ref, FixedImages(images), "generated_images", 0, one.data
        ).observations
        print(row(name, None, observations))
    print(f"\nthe distance falls by factors of {', '.join(f'{each:.0f}' for each in ratios)}")


if __name__ == "__main__":
    main()
