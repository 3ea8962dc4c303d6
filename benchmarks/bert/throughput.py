"""Training tokens per CPU-second, beside a plain loop over transformers' BertForPreTraining.

    python -m benchmarks.bert.throughput

Whole AdamW steps on one batch of full rows on one thread: forward, backward, clip, update. Ours is
the trainer as a study's worker runs it, its guard and snapshots included. Theirs guesses at every
place, as the class does; "masked only" is the same class used with care, its head applied to
hidden places alone. The three take turns in one process; ratios are medians over the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import torch
import transformers
from torch.nn import functional

from upwell.models import bert
from upwell.models.bert_folder import config
from upwell.records import ModelSpec, Run, Train
from upwell.train.trainer import Trainer

VOCABULARY, CONTEXT, BATCH, SHARE = 8000, 64, 16, 0.15
RATE = 1e-3

Steps = Callable[[int], None]


class OneBatch:
    """The same rows again and again: what is measured is training, not reading."""

    def __init__(self) -> None:
        dice = np.random.default_rng(0)
        tokens = dice.integers(5, VOCABULARY, (BATCH, CONTEXT))
        hidden = dice.random((BATCH, CONTEXT)) < SHARE
        self.rows: dict[str, Any] = {
            "tokens": np.where(hidden, 4, tokens),
            "segments": np.tile(np.arange(CONTEXT) // (CONTEXT // 2), (BATCH, 1)),
            "length": np.full(BATCH, CONTEXT),
            "truth": np.where(hidden, tokens, -1),
            "stranger": np.arange(BATCH) % 2,
        }

    def next(self) -> dict[str, Any]:
        """The rows."""
        return self.rows

    def position(self) -> dict[str, Any]:
        """Nowhere."""
        return {}

    def seek(self, position: Any) -> None:
        """Stay."""


def ours(spec: ModelSpec) -> Steps:
    recipe = Train(
        optimiser="adamw", learning_rate=RATE, vector_rate=RATE, weight_decay=0.01,
        context=CONTEXT, batch=BATCH, decay=0.5,
    )  # fmt: skip
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec, data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code="",
    )  # fmt: skip
    module = bert.build(spec, recipe, seed=0)
    trainer = Trainer(run, module, module.roles(), OneBatch(), lambda *_: None, lambda _: None)
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(spec: ModelSpec, careful: bool) -> Steps:
    network = bert.build(spec, Train(context=CONTEXT), seed=0)
    model = transformers.BertForPreTraining(transformers.BertConfig(**config(network, 0))).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE)
    rows = {name: torch.from_numpy(np.ascontiguousarray(r)) for name, r in OneBatch().rows.items()}
    labels = torch.where(rows["truth"] < 0, -100, rows["truth"])
    shown = {"input_ids": rows["tokens"], "token_type_ids": rows["segments"]}
    real = torch.ones_like(labels)

    def loss() -> Any:
        if not careful:
            told = {"labels": labels, "next_sentence_label": rows["stranger"]}
            return model(**shown, attention_mask=real, **told).loss
        states, pooled = model.bert(**shown, attention_mask=real, return_dict=False)
        hidden = labels >= 0
        words, follows = model.cls(states[hidden], pooled)
        return functional.cross_entropy(words, labels[hidden]) + functional.cross_entropy(
            follows, rows["stranger"]
        )

    def train(steps: int) -> None:
        for _ in range(steps):
            loss().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

    return train


def cpu_seconds(train: Steps, steps: int) -> float:
    began = time.process_time()
    train(steps)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--steps", type=int, default=4)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__},")
    print(f"one thread, {BATCH} x {CONTEXT} tokens, load {os.getloadavg()[0]:.1f}\n")
    print("| shape | parameters | ours, tokens/s | theirs | masked only | ratio | to masked only |")
    print("|---|---|---|---|---|---|---|")
    for width, depth in ((128, 2), (128, 4), (256, 4)):
        size = {"width": width, "depth": depth, "vocabulary": VOCABULARY}
        spec = ModelSpec(family="bert", size=size)
        ways = [ours(spec), theirs(spec, careful=False), theirs(spec, careful=True)]
        for way in ways:
            way(2)
        taken = [[cpu_seconds(way, asked.steps) for way in ways] for _ in range(asked.rounds)]
        speeds = [
            BATCH * CONTEXT * asked.steps / statistics.median(c) for c in zip(*taken, strict=True)
        ]
        ratios = [sorted(row[way] / row[0] for row in taken) for way in (1, 2)]
        cells = [f"{speed:,.0f}" for speed in speeds] + [
            f"{statistics.median(r):.2f} ({r[0]:.2f} to {r[-1]:.2f})" for r in ratios
        ]
        params = bert.count(spec, CONTEXT).params
        print(f"| {width} x {depth} | {params:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
