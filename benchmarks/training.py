"""Training tokens per CPU-second, beside a plain loop over transformers' Llama of the same shape.

    python benchmarks/training.py                     (about three minutes)
    python benchmarks/training.py "1 million" --rounds 15

Both train whole steps on one batch of 16 x 64 tokens with AdamW on one thread: forward,
backward, clip, update. Ours is the trainer as a study's worker runs it, in the worker's
environment, its guard and snapshots included. The two take turns, each in a process of its
own; the ratio is the median over the rounds, of CPU time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import torch
import transformers
from torch.nn import functional

from upwell.models import decoder
from upwell.records import ModelSpec, Run, Train
from upwell.study.forks import KEEP_FREED, ONE_THREAD
from upwell.train.trainer import Trainer

VOCABULARY, CONTEXT, BATCH = 98, 64, 16
SHAPES = {
    "30 thousand": {"width": 32, "depth": 2},
    "100 thousand": {"width": 64, "depth": 2},
    "1 million": {"width": 144, "depth": 4},
    "1 million, narrow": {"width": 96, "depth": 9},
    "1 million, wide": {"width": 208, "depth": 2},
    "10 million": {"width": 384, "depth": 6},
}
RATE, CLIP = 1e-3, 1.0

Steps = Callable[[int], None]
"""Trains so many steps."""


@dataclass
class OneBatch:
    """The same rows again and again: what is measured is training, not reading."""

    tokens: Any
    weights: Any

    def next(self) -> dict[str, Any]:
        """The same rows again."""
        return {"tokens": self.tokens, "weights": self.weights}

    def position(self) -> dict[str, Any]:
        """Nowhere."""
        return {}

    def seek(self, position: Mapping[str, Any]) -> None:
        """Stay."""


def rows() -> OneBatch:
    dice = np.random.default_rng(0)
    tokens = dice.integers(0, VOCABULARY, (BATCH, CONTEXT + 1))
    return OneBatch(tokens, np.ones((BATCH, CONTEXT), dtype=np.float32))


def spec_of(dials: dict[str, int]) -> ModelSpec:
    return ModelSpec(family="decoder", size={**dials, "vocabulary": VOCABULARY}, tokenizer="ascii")


def ours(spec: ModelSpec) -> Steps:
    recipe = Train(
        optimiser="adamw", learning_rate=RATE, vector_rate=RATE, weight_decay=0.01,
        context=CONTEXT, batch=BATCH, clip=CLIP, decay=0.5,
    )  # fmt: skip
    # A budget so far away that its branch, and so the decay, is never reached.
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec, data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code="",
    )  # fmt: skip
    module = decoder.build(spec, recipe, seed=0)
    trainer = Trainer(run, module, module.roles(), rows(), lambda *_: None, lambda _: None)
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(spec: ModelSpec) -> Steps:
    shape = decoder.shape_of(spec)
    config = transformers.LlamaConfig(
        hidden_size=shape.width, intermediate_size=shape.hidden, num_hidden_layers=shape.depth,
        num_attention_heads=shape.heads, vocab_size=VOCABULARY, max_position_embeddings=CONTEXT,
        tie_word_embeddings=True, use_cache=False, bos_token_id=0, eos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config).train()
    assert sum(p.numel() for p in model.parameters()) == _params(spec) + _gains(shape)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    tokens = torch.from_numpy(rows().tokens)
    read, follow = tokens[:, :-1].contiguous(), tokens[:, 1:].flatten()

    def train(steps: int) -> None:
        for _ in range(steps):
            logits = model(read).logits
            functional.cross_entropy(logits.flatten(0, 1), follow).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    return train


def _params(spec: ModelSpec) -> int:
    return decoder.count(spec, CONTEXT).params


def _gains(shape: decoder.Shape) -> int:
    return shape.width * (2 * shape.depth + 1)


def cpu_seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def peak() -> float:
    """FLOP/s of one thread at single-precision matrix products: the best of a few tries."""
    side = 1024
    a, b = torch.randn(side, side), torch.randn(side, side)
    a @ b
    return 2 * side**3 / min(cpu_seconds(lambda: a @ b) for _ in range(10))


WAYS = {"ours": ours, "theirs": theirs}


def serve(way: str, size: str) -> None:
    """Train as many steps as each line of stdin says and answer with their CPU seconds.

    0 steps ask for the peak.
    """
    torch.set_num_threads(1)
    train = WAYS[way](spec_of(SHAPES[size]))
    train(3)
    for line in sys.stdin:
        steps = int(line)
        print(cpu_seconds(lambda n=steps: train(n)) if steps else peak(), flush=True)  # type: ignore[misc]


class Served:
    """One way of training in a process of its own."""

    def __init__(self, way: str, size: str) -> None:
        environment = {**os.environ, **ONE_THREAD, **(KEEP_FREED if way == "ours" else {})}
        self._process = subprocess.Popen(
            [sys.executable, __file__, size, "--serve", way],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def __call__(self, steps: int) -> float:
        """CPU seconds of so many steps; of 0 steps the peak in FLOP/s."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()


def measure(size: str, rounds: int, seconds: float) -> str:
    """One row of the table."""
    spec = spec_of(SHAPES[size])
    our, their = Served("ours", size), Served("theirs", size)
    steps = max(2, round(seconds * 4 / their(4)))
    taken, peaks = [], []
    for turn in range(rounds):
        took = {way: way(steps) for way in ((our, their) if turn % 2 else (their, our))}
        taken.append((took[our], took[their]))
        peaks.append(our(0))
    our.close()
    their.close()
    ratios = sorted(theirs / ours for ours, theirs in taken)
    speeds = [
        steps * BATCH * CONTEXT / statistics.median(column) for column in zip(*taken, strict=True)
    ]
    highest = statistics.median(peaks)
    reached = decoder.count(spec, CONTEXT).flops_per_token * speeds[0] / highest
    return (
        f"| {size} | {_params(spec):,} | {speeds[0]:,.0f} | {speeds[1]:,.0f} "
        f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) "
        f"| {reached:.0%} of {highest / 1e9:.0f} GFLOP/s |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("sizes", nargs="*", help=f"of {', '.join(SHAPES)}; all if none")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each way in each round")
    parser.add_argument("--serve", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        serve(asked.serve, asked.sizes[0])
        return
    print(
        f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"one thread, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f} "
        f"on {os.cpu_count()} cores\n"
    )
    print("| size | parameters | ours, tokens/s | Llama, tokens/s | ratio | share of the peak |")
    print("|---|---|---|---|---|---|")
    for size in asked.sizes or SHAPES:
        print(measure(size, asked.rounds, asked.seconds), flush=True)


if __name__ == "__main__":
    main()
