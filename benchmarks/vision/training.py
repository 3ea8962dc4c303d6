"""Training images per CPU second, beside a plain loop over transformers' ResNet of the same shape.

    python -m benchmarks.vision.training                    (about three minutes)
    python -m benchmarks.vision.training "ResNet-18" --rounds 9

Both train whole steps on one batch with AdamW on one thread: forward, backward, clip, update; the
parameters are as many. Ours is the trainer as a worker runs it, from bytes on, its guard and
snapshots included; theirs is given numbers about zero. The two take turns in one process; the ratio
is the median over the rounds, of CPU time.
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

from upwell.models import resnet
from upwell.records import ModelSpec, Run, Train
from upwell.train.trainer import Trainer

CLASSES, RATE, CLIP = 10, 1e-3, 1.0


@dataclass(frozen=True)
class Case:
    """A shape that both can have, and how many images a step takes."""

    size: dict[str, Any]
    batch: int


CASES = {
    "ResNet-18, 64 pixels": Case({"side": 64, "width": 64, "blocks": "2,2,2,2"}, 16),
    "ResNet-50, 64 pixels": Case(
        {"side": 64, "width": 64, "blocks": "3,4,6,3", "block": "bottleneck"}, 16
    ),
    "ResNet-18 of width 16, 128 pixels": Case({"side": 128, "width": 16, "blocks": "2,2,2,2"}, 32),
}

Steps = Callable[[int], None]
"""Trains so many steps."""


@dataclass
class OneBatch:
    """The same rows again and again: what is measured is training, not reading."""

    rows: dict[str, Any]

    def next(self) -> dict[str, Any]:
        """The same rows again."""
        return self.rows

    def position(self) -> dict[str, Any]:
        """Nowhere."""
        return {}

    def seek(self, position: Mapping[str, Any]) -> None:
        """Stay."""


def spec_of(case: Case) -> ModelSpec:
    size = {**case.size, "channels": 3, "classes": CLASSES, "stem": "large"}
    return ModelSpec(family="resnet", size=size)


def rows_of(case: Case) -> dict[str, Any]:
    dice = np.random.default_rng(0)
    shape = (case.batch, case.size["side"], case.size["side"], 3)
    image = dice.integers(0, 256, shape, dtype=np.uint8)
    return {"image": image, "label": dice.integers(0, CLASSES, case.batch)}


def ours(case: Case) -> Steps:
    recipe = Train(
        optimiser="adamw", learning_rate=RATE, vector_rate=RATE, weight_decay=0.01,
        context=1, batch=case.batch, clip=CLIP, decay=0.5,
    )  # fmt: skip
    # A budget so far away that its branch, and so the decay, is never reached.
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec_of(case), data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code="",
    )  # fmt: skip
    module = resnet.build(run.model, recipe, seed=0).train()
    rows = OneBatch(rows_of(case))
    trainer = Trainer(run, module, module.roles(), rows, lambda *_: None, lambda _: None)
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(case: Case) -> Steps:
    spec = spec_of(case)
    files = resnet.export(resnet.build(spec, Train(), 0), None).files
    config = transformers.ResNetConfig(**json.loads(files["config.json"]))
    model = transformers.ResNetForImageClassification(config).train()
    assert sum(p.numel() for p in model.parameters()) == resnet.count(spec, 1).params
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    rows = rows_of(case)
    image = torch.from_numpy(rows["image"]).permute(0, 3, 1, 2).float().contiguous() / 127.5 - 1
    label = torch.from_numpy(rows["label"])

    def train(steps: int) -> None:
        for _ in range(steps):
            functional.cross_entropy(model(image).logits, label).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    return train


def cpu_seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def measure(name: str, rounds: int, steps: int) -> str:
    """One row of the table."""
    case = CASES[name]
    ways = {"ours": ours(case), "theirs": theirs(case)}
    for way in ways.values():
        way(2)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds):
        for way in sorted(ways, reverse=bool(turn % 2)):
            taken[way].append(cpu_seconds(lambda way=way: ways[way](steps)))  # type: ignore[misc]
    ratios = sorted(t / o for o, t in zip(taken["ours"], taken["theirs"], strict=True))
    size = resnet.count(spec_of(case), 1)
    speed = {way: steps * case.batch / statistics.median(took) for way, took in taken.items()}
    return (
        f"| {name} | {size.params:,} | {speed['ours']:,.1f} | {speed['theirs']:,.1f} "
        f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
        f"| {size.flops_per_token * speed['ours'] / 1e9:.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", help="beginnings of names; all if none")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=2, help="of each way in each round")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"one thread, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| shape | parameters | ours, images/s | transformers | ratio | ours, GFLOP/s |")
    print("|---|---|---|---|---|---|")
    chosen = [name for name in CASES if name.startswith(tuple(asked.cases or [""]))]
    for name in chosen:
        print(measure(name, asked.rounds, asked.steps), flush=True)


if __name__ == "__main__":
    main()
