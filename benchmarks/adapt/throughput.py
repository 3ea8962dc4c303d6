"""Rows per processor second and peak memory of full tuning, beside `transformers.Trainer`.

    python benchmarks/adapt/throughput.py --rounds 3      (needs accelerate)

Both tune every weight of the same BertForSequenceClassification on the same rows of SST-2, batches
of 16 put together by length and filled up to the longest, AdamW, clipped at 1, one thread. Each
turn is a process of its own; the two take turns, and the median of the ratios counts. Loading,
tokenising and a first ten steps are outside the measurement.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from typing import Any

import materials

BATCH, ROWS = 16, 2048
RATE = 2e-5


def ours(steps: int) -> float:
    """CPU seconds of so many steps of the training loop, guard and snapshots included."""
    from upwell.adapt.batches import ByLength
    from upwell.adapt.given import given
    from upwell.adapt.network import Adapting
    from upwell.adapt.tasks import classify
    from upwell.data.labelled import Columns, Row
    from upwell.records import Adapt, ModelSpec, Run, Train
    from upwell.train.trainer import Trainer

    model = given(materials.MODEL)
    adapt = Adapt(task="classify", labels=("0", "1"), pooling="own", length=64)
    rows = [Row(n, (t,), (lab,)) for n, (t, lab) in enumerate(materials.sst("train")[:ROWS])]
    encoded = classify.encode(rows, adapt.labels, Columns(), model, adapt.length)
    recipe = Train(
        optimiser="adamw", learning_rate=RATE, vector_rate=RATE, betas=(0.9, 0.999), context=1,
        batch=BATCH, decay=0.9,
    )  # fmt: skip
    run = Run(
        id="bench", study="adapt", recipe=recipe, model=ModelSpec(family="pretrained", size={}),
        data=(), seed=0, milestones=(10**9,), abilities=(), shots=(), code="",
    )  # fmt: skip
    network = Adapting(classify.body(model, adapt), adapt, classify.loss).train()
    batches = ByLength(encoded, BATCH, 0)
    trainer = Trainer(run, network, network.roles(), batches, lambda *_: None, lambda _: None)
    trainer.advance(10, None)
    began = time.process_time()
    trainer.advance(10 + steps, None)
    return time.process_time() - began


def theirs(steps: int) -> float:
    """The same by `transformers.Trainer`."""
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainerCallback,
        TrainingArguments,
    )

    from upwell.adapt.given import given

    path = given(materials.MODEL).path
    words = AutoTokenizer.from_pretrained(path)
    model = AutoModelForSequenceClassification.from_pretrained(path, num_labels=2)
    rows: list[dict[str, Any]] = [
        {**words(text, truncation=True, max_length=64), "labels": int(label)}
        for text, label in materials.sst("train")[:ROWS]
    ]
    clock: dict[str, float] = {}

    class Clock(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == 10:
                clock["began"] = time.process_time()
            if state.global_step == 10 + steps:
                clock["ended"] = time.process_time()

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        settings = TrainingArguments(
            output_dir=folder, per_device_train_batch_size=BATCH, max_steps=10 + steps,
            learning_rate=RATE, train_sampling_strategy="group_by_length", save_strategy="no",
            report_to=[], use_cpu=True, disable_tqdm=True, logging_strategy="no",
        )  # fmt: skip
        trainer = Trainer(
            model=model, args=settings, train_dataset=rows,
            data_collator=DataCollatorWithPadding(words), callbacks=[Clock()],
        )  # fmt: skip
        trainer.train()
    return clock["ended"] - clock["began"]


WAYS = {"ours": ours, "theirs": theirs}


def turn(way: str, steps: int) -> dict[str, float]:
    """CPU seconds and peak megabytes of one way in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--steps", str(steps), "--way", way],
        stdout=subprocess.PIPE, check=True, text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        seconds = WAYS[asked.way](asked.steps)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "megabytes": peak}))
        return
    taken: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for place in range(asked.rounds):
        for way in list(WAYS) if place % 2 else list(WAYS)[::-1]:
            taken[way].append(turn(way, asked.steps))
            print(way, taken[way][-1], flush=True)
    pairs = zip(taken["ours"], taken["theirs"], strict=True)
    ratios = sorted(t["seconds"] / o["seconds"] for o, t in pairs)
    peaks = {way: statistics.median(t["megabytes"] for t in told) for way, told in taken.items()}
    rows = {
        way: asked.steps * BATCH / statistics.median(t["seconds"] for t in told)
        for way, told in taken.items()
    }
    print(
        f"{date.today()}, load {os.getloadavg()[0]:.1f}: "
        f"ours {rows['ours']:.1f} rows a CPU-second, "
        f"Trainer {rows['theirs']:.1f}; ratio {statistics.median(ratios):.2f} "
        f"({ratios[0]:.2f} to {ratios[-1]:.2f}); peak {peaks['ours']:.0f} MB and "
        f"{peaks['theirs']:.0f} MB"
    )


if __name__ == "__main__":
    main()
