"""Training pairs per CPU-second beside transformers' T5: `python -m benchmarks.translation.speed`.

Both train whole AdamW steps on one thread on the same batches of Multi30k, at one shape that maps
exactly. Ours is the trainer with its guard and snapshots. The peer is a plain loop over
`T5ForConditionalGeneration`, in two ways: batches as they come, padded to their longest pair, and
batches of pairs of like length, which others call bucketing. All take turns; the ratio is the
median over the rounds, of CPU time.
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

from upwell.data import Loader, tokenizer
from upwell.data.source import Rows
from upwell.models import translator
from upwell.models.t5 import to_t5
from upwell.records import ModelSpec, Run, Train
from upwell.train.trainer import Trainer

from .materials import TASKS

BATCH, CONTEXT, BATCHES, RATE = 64, 48, 8, 1e-3
Steps = Callable[[int], None]
"""Trains so many steps."""


class Again:
    """The same few batches in turn."""

    def __init__(self, batches: list[Rows]) -> None:
        self.batches, self.at = batches, 0

    def next(self) -> Rows:
        """The next of them."""
        self.at += 1
        return self.batches[self.at % len(self.batches)]

    def position(self) -> dict[str, Any]:
        """Which."""
        return {"rows": self.at}

    def seek(self, position: Any) -> None:
        """Go on."""
        self.at = position["rows"]


def ours(spec: ModelSpec, batches: list[Rows]) -> Steps:
    recipe = Train(
        optimiser="adamw", learning_rate=RATE, vector_rate=RATE, context=CONTEXT, batch=BATCH,
        decay=0.5,
    )  # fmt: skip
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec, data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code="",
    )  # fmt: skip
    module = translator.build(spec, recipe, seed=0).train()
    trainer = Trainer(run, module, module.roles(), Again(batches), lambda *_: None, lambda _: None)
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(spec: ModelSpec, batches: list[Rows]) -> Steps:
    config, tensors = to_t5(translator.build(spec, Train(context=CONTEXT), 0), 0, 1)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**config)).train()
    model.load_state_dict(tensors, strict=False)
    model.tie_weights()
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, fused=True)
    again = Again(batches)

    def train(steps: int) -> None:
        for _ in range(steps):
            given = {name: torch.from_numpy(each) for name, each in again.next().items()}
            longest, latest = given["source_length"].max(), given["target_length"].max()
            looked = torch.arange(longest) < given["source_length"][:, None]
            there = torch.arange(latest) < given["target_length"][:, None]
            follows = given["target"][:, 1 : latest + 1].masked_fill(~there, -100)
            loss = model(
                input_ids=given["source"][:, :longest],
                attention_mask=looked.long(),
                decoder_input_ids=given["target"][:, :latest],
                labels=follows,
            ).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad()

    return train


def by_length(batches: list[Rows]) -> list[Rows]:
    """The same pairs, those of like length in one batch."""
    rows = {name: np.concatenate([each[name] for each in batches]) for name in batches[0]}
    order = np.argsort(rows["source_length"] + rows["target_length"], kind="stable")
    cuts = np.split(order, len(batches))
    return [{name: each[cut] for name, each in rows.items()} for cut in cuts]


def cpu_seconds(train: Steps, steps: int) -> float:
    began = time.process_time()
    train(steps)
    return time.process_time() - began


def shapes() -> Iterator[tuple[str, ModelSpec, list[Rows]]]:
    task = TASKS["multi30k-de"]
    words = tokenizer(task.words())
    loader = Loader([task.rows()], words, CONTEXT, BATCH, 0)
    batches = [loader.next() for _ in range(BATCHES)]
    for width, depth in ((128, 2), (256, 3)):
        size = {"width": width, "depth": depth, "head": 32, "vocabulary": words.size}
        spec = ModelSpec(family="translator", size=size, tokenizer=words.name)
        yield f"width {width}, {depth} + {depth} layers", spec, batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__}, "
        f"one thread, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f}\n"
    )
    print("| shape | parameters | ours, pairs/s | T5, pairs/s | T5 by length, pairs/s "
          "| ratio | ratio by length |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for name, spec, batches in shapes():
        ways = ours(spec, batches), theirs(spec, batches), theirs(spec, by_length(batches))
        for way in ways:
            way(1)
        took = [[cpu_seconds(way, BATCHES) for way in ways] for _ in range(asked.rounds)]
        speeds = [BATCHES * BATCH / statistics.median(each) for each in zip(*took, strict=True)]
        ratios = [sorted(each[way] / each[0] for each in took) for way in (1, 2)]
        shown = [f"{statistics.median(r):.2f} ({r[0]:.2f} to {r[-1]:.2f})" for r in ratios]
        params = translator.count(spec, CONTEXT).params
        cells = [name, f"{params:,}", *(f"{speed:,.0f}" for speed in speeds), *shown]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
