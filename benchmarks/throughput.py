"""Training tokens per CPU second, beside a plain loop over transformers' Llama of the same shape.

    python benchmarks/throughput.py                     (about three minutes)
    python benchmarks/throughput.py "1 million" --repeats 15

Both train whole steps on one batch of 16 x 64 tokens with AdamW on one thread: forward, backward,
clip, update. Ours is the trainer of a study's worker, in the worker's environment, with its guard
and snapshots. The two alternate, each in its own process. The ratio is the median over the repeats,
of CPU time.
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

from upwell.models.families import decoder
from upwell.models.families.decoder.config import DecoderConfig, parse_config
from upwell.records import ModelSpec, Run, Train
from upwell.study.executors.process_pool.client import KEEP_FREED_MEMORY_ENV, SINGLE_THREAD_ENV
from upwell.train.trainer import Trainer

VOCAB_SIZE, CONTEXT, BATCH = 98, 64, 16
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
"""Trains for a number of steps."""


@dataclass
class OneBatch:
    """The same rows in every step: the measurement is of training, not of reading."""

    tokens: Any
    weights: Any

    def next(self) -> dict[str, Any]:
        """The same rows again."""
        return {"tokens": self.tokens, "weights": self.weights}

    def state_dict(self) -> dict[str, Any]:
        """Nothing to save."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Nothing to restore."""


def rows() -> OneBatch:
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, VOCAB_SIZE, (BATCH, CONTEXT + 1))
    return OneBatch(tokens, np.ones((BATCH, CONTEXT), dtype=np.float32))


def spec_of(sizes: dict[str, int]) -> ModelSpec:
    return ModelSpec(
        family="decoder", hparams={**sizes, "vocab_size": VOCAB_SIZE}, tokenizer="ascii"
    )


def ours(spec: ModelSpec) -> Steps:
    recipe = Train(
        optimizer="adamw", learning_rate=RATE, embedding_lr=RATE, weight_decay=0.01,
        context_length=CONTEXT, batch_size=BATCH, max_grad_norm=CLIP, decay_fraction=0.5,
    )  # fmt: skip
    # So many tokens that the decay is never reached.
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec, data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code_version="",
    )  # fmt: skip
    module = decoder.build(spec, recipe, seed=0)
    trainer = Trainer(run, module, module.param_roles(), rows(), lambda *_: None, lambda _: None)
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(spec: ModelSpec) -> Steps:
    shape = parse_config(spec)
    config = transformers.LlamaConfig(
        hidden_size=shape.width, intermediate_size=shape.intermediate_size,
        num_hidden_layers=shape.depth,
        num_attention_heads=shape.num_heads, vocab_size=VOCAB_SIZE, max_position_embeddings=CONTEXT,
        tie_word_embeddings=True, use_cache=False, bos_token_id=0, eos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config).train()
    assert sum(p.numel() for p in model.parameters()) == _params(spec) + _gains(shape)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    tokens = torch.from_numpy(rows().tokens)
    read, follow = tokens[:, :-1].contiguous(), tokens[:, 1:].flatten()

    def train(steps: int) -> None:
        for _ in range(steps):
            logits = model(read).logits
            functional.cross_entropy(logits.flatten(0, 1), follow).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return train


def _params(spec: ModelSpec) -> int:
    return decoder.count(spec, CONTEXT).params


def _gains(shape: DecoderConfig) -> int:
    return shape.width * (2 * shape.depth + 1)


def cpu_seconds(act: Callable[[], object]) -> float:
    start_time = time.process_time()
    act()
    return time.process_time() - start_time


def peak() -> float:
    """FLOP/s of one thread at single-precision matrix products: the best of ten tries."""
    side = 1024
    a, b = torch.randn(side, side), torch.randn(side, side)
    a @ b
    return 2 * side**3 / min(cpu_seconds(lambda: a @ b) for _ in range(10))


LOOPS = {"ours": ours, "theirs": theirs}


def serve(loop: str, size: str) -> None:
    """Read a number of steps per line of stdin; print the CPU seconds they take.

    0 steps print the peak in FLOP/s.
    """
    torch.set_num_threads(1)
    train = LOOPS[loop](spec_of(SHAPES[size]))
    train(3)
    for line in sys.stdin:
        steps = int(line)
        print(cpu_seconds(lambda n=steps: train(n)) if steps else peak(), flush=True)  # type: ignore[misc]


class LoopProcess:
    """One training loop in its own process."""

    def __init__(self, loop: str, size: str) -> None:
        environment = {
            **os.environ,
            **SINGLE_THREAD_ENV,
            **(KEEP_FREED_MEMORY_ENV if loop == "ours" else {}),
        }
        self._process = subprocess.Popen(
            [sys.executable, __file__, size, "--serve", loop],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def __call__(self, steps: int) -> float:
        """CPU seconds of `steps` steps; for 0 steps the peak in FLOP/s."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def measure(size: str, repeats: int, seconds: float) -> str:
    """One row of the table."""
    spec = spec_of(SHAPES[size])
    our, their = LoopProcess("ours", size), LoopProcess("theirs", size)
    steps = max(2, round(seconds * 4 / their(4)))
    taken, peaks = [], []
    for turn in range(repeats):
        took = {loop: loop(steps) for loop in ((our, their) if turn % 2 else (their, our))}
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
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="CPU seconds of each loop in each repeat"
    )
    parser.add_argument("--serve", choices=LOOPS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve, args.sizes[0])
        return
    print(
        f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"one thread, {args.repeats} repeats, load {os.getloadavg()[0]:.1f} "
        f"on {os.cpu_count()} cores\n"
    )
    print("| size | parameters | ours, tokens/s | Llama, tokens/s | ratio | fraction of the peak |")
    print("|---|---|---|---|---|---|")
    for size in args.sizes or SHAPES:
        print(measure(size, args.repeats, args.seconds), flush=True)


if __name__ == "__main__":
    main()
