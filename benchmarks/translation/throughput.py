"""Training pairs per CPU second, beside transformers' T5.

    UPWELL_DATA=... python -m benchmarks.translation.throughput

Both train whole AdamW steps on one thread on the same batches of Multi30k, with equal shapes. Ours
is the trainer with its guard and snapshots. The peer is a plain loop over
`T5ForConditionalGeneration`, with two kinds of batches: padded to the longest pair, and grouped by
length. The loops alternate. The ratio is the median over the repeats, of CPU time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import numpy as np
import torch
import transformers

from upwell.data import Loader, load_tokenizer
from upwell.data.source import Rows
from upwell.models.families import encoder_decoder
from upwell.models.families.encoder_decoder.hf_export import to_t5
from upwell.records import ModelSpec, Run, Train
from upwell.train.trainer import Trainer

from .datasets import TASKS

BATCH, CONTEXT, BATCHES, RATE = 64, 48, 8, 1e-3
Steps = Callable[[int], None]
"""Trains for a number of steps."""


class CyclicBatches:
    """The same few batches, cyclically."""

    def __init__(self, batches: list[Rows]) -> None:
        self.batches, self.at = batches, 0

    def next(self) -> Rows:
        """The next batch."""
        self.at += 1
        return self.batches[self.at % len(self.batches)]

    def state_dict(self) -> dict[str, Any]:
        """Number of batches so far."""
        return {"rows": self.at}

    def load_state_dict(self, state: Any) -> None:
        """Continue from a state."""
        self.at = state["rows"]


def ours(spec: ModelSpec, batches: list[Rows]) -> Steps:
    recipe = Train(
        optimizer="adamw", learning_rate=RATE, embedding_lr=RATE, context_length=CONTEXT,
        batch_size=BATCH, decay_fraction=0.5,
    )  # fmt: skip
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec, data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code_version="",
    )  # fmt: skip
    module = encoder_decoder.build(spec, recipe, seed=0).train()
    trainer = Trainer(
        run, module, module.param_roles(), CyclicBatches(batches), lambda *_: None, lambda _: None
    )
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(spec: ModelSpec, batches: list[Rows]) -> Steps:
    config, tensors = to_t5(encoder_decoder.build(spec, Train(context_length=CONTEXT), 0), 0, 1)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**config)).train()
    model.load_state_dict(tensors, strict=False)
    model.tie_weights()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
    stream = CyclicBatches(batches)

    def train(steps: int) -> None:
        for _ in range(steps):
            batch = {name: torch.from_numpy(each) for name, each in stream.next().items()}
            max_source, max_target = batch["source_length"].max(), batch["target_length"].max()
            source_mask = torch.arange(max_source) < batch["source_length"][:, None]
            target_mask = torch.arange(max_target) < batch["target_length"][:, None]
            labels = batch["target"][:, 1 : max_target + 1].masked_fill(~target_mask, -100)
            loss = model(
                input_ids=batch["source"][:, :max_source],
                attention_mask=source_mask.long(),
                decoder_input_ids=batch["target"][:, :max_target],
                labels=labels,
            ).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()

    return train


def group_by_length(batches: list[Rows]) -> list[Rows]:
    """The same pairs, grouped by length."""
    rows = {name: np.concatenate([each[name] for each in batches]) for name in batches[0]}
    order = np.argsort(rows["source_length"] + rows["target_length"], kind="stable")
    cuts = np.split(order, len(batches))
    return [{name: each[cut] for name, each in rows.items()} for cut in cuts]


def cpu_seconds(train: Steps, steps: int) -> float:
    start_time = time.process_time()
    train(steps)
    return time.process_time() - start_time


def shapes() -> Iterator[tuple[str, ModelSpec, list[Rows]]]:
    task = TASKS["multi30k-de"]
    tokenizer = load_tokenizer(task.tokenizer_path())
    loader = Loader([task.rows()], tokenizer, CONTEXT, BATCH, 0)
    batches = [loader.next() for _ in range(BATCHES)]
    for width, depth in ((128, 2), (256, 3)):
        size = {"width": width, "depth": depth, "head_dim": 32, "vocab_size": tokenizer.size}
        spec = ModelSpec(family="encoder_decoder", hparams=size, tokenizer=tokenizer.name)
        yield f"width {width}, {depth} + {depth} layers", spec, batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"one thread, {args.repeats} repeats, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| shape | parameters | ours, pairs/s | T5, pairs/s | T5 by length, pairs/s "
          "| ratio | ratio by length |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for name, spec, batches in shapes():
        loops = ours(spec, batches), theirs(spec, batches), theirs(spec, group_by_length(batches))
        for loop in loops:
            loop(1)
        took = [[cpu_seconds(loop, BATCHES) for loop in loops] for _ in range(args.repeats)]
        speeds = [BATCHES * BATCH / statistics.median(each) for each in zip(*took, strict=True)]
        ratios = [sorted(each[loop] / each[0] for each in took) for loop in (1, 2)]
        ratio_cells = [f"{statistics.median(r):.2f} ({r[0]:.2f} to {r[-1]:.2f})" for r in ratios]
        params = encoder_decoder.count(spec, CONTEXT).params
        cells = [name, f"{params:,}", *(f"{speed:,.0f}" for speed in speeds), *ratio_cells]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
