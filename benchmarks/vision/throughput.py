"""Training images per CPU second, beside a plain loop over transformers' ResNet of the same shape.

    python -m benchmarks.vision.throughput                    (about three minutes)
    python -m benchmarks.vision.throughput "ResNet-18" --repeats 9

Both train whole steps on one batch with AdamW on one thread: forward, backward, clip, update. Both
have the same number of parameters. Ours is the trainer of a worker, reads bytes, and includes its
guard and snapshots; theirs reads normalized floats. The two alternate in one process. The ratio is
the median over the repeats, of CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import torch
import transformers
from torch.nn import functional

from upwell.models.families import resnet
from upwell.records import ModelSpec, Run, Train
from upwell.train.trainer import Trainer

NUM_CLASSES, RATE, CLIP = 10, 1e-3, 1.0


@dataclass(frozen=True)
class Case:
    """A shape that both implement, and the images of a step."""

    size: dict[str, Any]
    batch: int


CASES = {
    "ResNet-18, 64 pixels": Case({"image_size": 64, "width": 64, "blocks": "2,2,2,2"}, 16),
    "ResNet-50, 64 pixels": Case(
        {"image_size": 64, "width": 64, "blocks": "3,4,6,3", "block": "bottleneck"}, 16
    ),
    "ResNet-18 of width 16, 128 pixels": Case(
        {"image_size": 128, "width": 16, "blocks": "2,2,2,2"}, 32
    ),
}

Steps = Callable[[int], None]
"""Trains for a number of steps."""


@dataclass
class OneBatch:
    """The same rows in every step: the measurement is of training, not of reading."""

    rows: dict[str, Any]

    def next(self) -> dict[str, Any]:
        """The same rows again."""
        return self.rows

    def state_dict(self) -> dict[str, Any]:
        """Nothing to save."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing to restore."""


def spec_of(case: Case) -> ModelSpec:
    size = {**case.size, "channels": 3, "num_classes": NUM_CLASSES, "stem": "large"}
    return ModelSpec(family="resnet", hparams=size)


def rows_of(case: Case) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    shape = (case.batch, case.size["image_size"], case.size["image_size"], 3)
    image = rng.integers(0, 256, shape, dtype=np.uint8)
    return {"image": image, "label": rng.integers(0, NUM_CLASSES, case.batch)}


def ours(case: Case) -> Steps:
    recipe = Train(
        optimizer="adamw", learning_rate=RATE, embedding_lr=RATE, weight_decay=0.01,
        context_length=1, batch_size=case.batch, max_grad_norm=CLIP, decay_fraction=0.5,
    )  # fmt: skip
    # So many tokens that the decay is never reached.
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec_of(case), data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code_version="",
    )  # fmt: skip
    module = resnet.build(run.model, recipe, seed=0).train()
    rows = OneBatch(rows_of(case))
    trainer = Trainer(run, module, module.param_roles(), rows, lambda *_: None, lambda _: None)
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(case: Case) -> Steps:
    spec = spec_of(case)
    files = resnet.export(resnet.build(spec, Train(), 0), None).files
    config = transformers.ResNetConfig(**json.loads(files["config.json"]))
    model = transformers.ResNetForImageClassification(config).train()
    assert sum(p.numel() for p in model.parameters()) == resnet.count(spec, 1).params
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    rows = rows_of(case)
    image = torch.from_numpy(rows["image"]).permute(0, 3, 1, 2).float().contiguous() / 127.5 - 1
    label = torch.from_numpy(rows["label"])

    def train(steps: int) -> None:
        for _ in range(steps):
            functional.cross_entropy(model(image).logits, label).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return train


def cpu_seconds(act: Callable[[], object]) -> float:
    start_time = time.process_time()
    act()
    return time.process_time() - start_time


def measure(name: str, repeats: int, steps: int) -> str:
    """One row of the table."""
    case = CASES[name]
    loops = {"ours": ours(case), "theirs": theirs(case)}
    for loop in loops.values():
        loop(2)
    times: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(repeats):
        for loop in sorted(loops, reverse=bool(turn % 2)):
            times[loop].append(cpu_seconds(lambda loop=loop: loops[loop](steps)))  # type: ignore[misc]
    ratios = sorted(t / o for o, t in zip(times["ours"], times["theirs"], strict=True))
    size = resnet.count(spec_of(case), 1)
    speed = {loop: steps * case.batch / statistics.median(took) for loop, took in times.items()}
    return (
        f"| {name} | {size.params:,} | {speed['ours']:,.1f} | {speed['theirs']:,.1f} "
        f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
        f"| {size.flops_per_token * speed['ours'] / 1e9:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", help="prefixes of names; all if none")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--steps", type=int, default=2, help="of each loop in each repeat")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"one thread, {args.repeats} repeats, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| shape | parameters | ours, images/s | transformers | ratio | ours, GFLOP/s |")
    print("|---|---|---|---|---|---|")
    selected = [name for name in CASES if name.startswith(tuple(args.cases or [""]))]
    for name in selected:
        print(measure(name, args.repeats, args.steps), flush=True)


if __name__ == "__main__":
    main()
