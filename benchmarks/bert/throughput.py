"""Training tokens per CPU second, beside a plain loop over transformers' BertForPreTraining.

    python -m benchmarks.bert.throughput

Whole AdamW steps on one batch of full rows on one thread: forward, backward, clip, update. Ours is
the trainer of a study's worker, with its guard and snapshots. Theirs predicts every position, which
is what the class does. "masked only" is the same class, with its head applied to masked positions
only. The three alternate in one process; ratios are medians over the repeats.
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

from upwell.models.families import bert
from upwell.models.families.bert.hf_export import build_hf_config
from upwell.records import ModelSpec, Run, Train
from upwell.train.trainer import Trainer

VOCAB_SIZE, CONTEXT, BATCH, MLM_PROBABILITY = 8000, 64, 16, 0.15
RATE = 1e-3

Steps = Callable[[int], None]


class OneBatch:
    """The same rows in every step: the measurement is of training, not of reading."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        tokens = rng.integers(5, VOCAB_SIZE, (BATCH, CONTEXT))
        masked = rng.random((BATCH, CONTEXT)) < MLM_PROBABILITY
        self.rows: dict[str, Any] = {
            "tokens": np.where(masked, 4, tokens),
            "segments": np.tile(np.arange(CONTEXT) // (CONTEXT // 2), (BATCH, 1)),
            "length": np.full(BATCH, CONTEXT),
            "labels": np.where(masked, tokens, -1),
            "is_random_next": np.arange(BATCH) % 2,
        }

    def next(self) -> dict[str, Any]:
        """The rows."""
        return self.rows

    def state_dict(self) -> dict[str, Any]:
        """Nothing to save."""
        return {}

    def load_state_dict(self, state: Any) -> None:
        """Nothing to restore."""


def ours(spec: ModelSpec) -> Steps:
    recipe = Train(
        optimizer="adamw", learning_rate=RATE, embedding_lr=RATE, weight_decay=0.01,
        context_length=CONTEXT, batch_size=BATCH, decay_fraction=0.5,
    )  # fmt: skip
    run = Run(
        id="bench", study="bench", recipe=recipe, model=spec, data=(), seed=0,
        milestones=(10**12,), abilities=(), shots=(), code_version="",
    )  # fmt: skip
    module = bert.build(spec, recipe, seed=0)
    trainer = Trainer(
        run, module, module.param_roles(), OneBatch(), lambda *_: None, lambda _: None
    )
    return lambda steps: trainer.advance(trainer.step + steps, None)


def theirs(spec: ModelSpec, masked_only: bool) -> Steps:
    network = bert.build(spec, Train(context_length=CONTEXT), seed=0)
    model = transformers.BertForPreTraining(
        transformers.BertConfig(**build_hf_config(network, 0))
    ).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE)
    rows = {name: torch.from_numpy(np.ascontiguousarray(r)) for name, r in OneBatch().rows.items()}
    labels = torch.where(rows["labels"] < 0, -100, rows["labels"])
    inputs = {"input_ids": rows["tokens"], "token_type_ids": rows["segments"]}
    real = torch.ones_like(labels)

    def loss() -> Any:
        if not masked_only:
            targets = {"labels": labels, "next_sentence_label": rows["is_random_next"]}
            return model(**inputs, attention_mask=real, **targets).loss
        states, pooled = model.bert(**inputs, attention_mask=real, return_dict=False)
        masked = labels >= 0
        token_logits, next_logits = model.cls(states[masked], pooled)
        return functional.cross_entropy(token_logits, labels[masked]) + functional.cross_entropy(
            next_logits, rows["is_random_next"]
        )

    def train(steps: int) -> None:
        for _ in range(steps):
            loss().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    return train


def cpu_seconds(train: Steps, steps: int) -> float:
    start_time = time.process_time()
    train(steps)
    return time.process_time() - start_time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--steps", type=int, default=4)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, transformers {transformers.__version__},")
    print(f"one thread, {BATCH} x {CONTEXT} tokens, load {os.getloadavg()[0]:.1f}\n")
    print("| shape | parameters | ours, tokens/s | theirs | masked only | ratio | to masked only |")
    print("|---|---|---|---|---|---|---|")
    for width, depth in ((128, 2), (128, 4), (256, 4)):
        size = {"width": width, "depth": depth, "vocab_size": VOCAB_SIZE}
        spec = ModelSpec(family="bert", hparams=size)
        loops = [ours(spec), theirs(spec, masked_only=False), theirs(spec, masked_only=True)]
        for loop in loops:
            loop(2)
        times = [[cpu_seconds(loop, args.steps) for loop in loops] for _ in range(args.repeats)]
        speeds = [
            BATCH * CONTEXT * args.steps / statistics.median(c) for c in zip(*times, strict=True)
        ]
        ratios = [sorted(row[loop] / row[0] for row in times) for loop in (1, 2)]
        cells = [f"{speed:,.0f}" for speed in speeds] + [
            f"{statistics.median(r):.2f} ({r[0]:.2f} to {r[-1]:.2f})" for r in ratios
        ]
        params = bert.count(spec, CONTEXT).params
        print(f"| {width} x {depth} | {params:,} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
