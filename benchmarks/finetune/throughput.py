"""Rows per CPU second and peak memory of full fine-tuning, beside `transformers.Trainer`.

    python benchmarks/finetune/throughput.py --repeats 3      (needs accelerate)

Both train the same BertForSequenceClassification on the same rows of SST-2: batches of 16 grouped
by length and padded to the longest, AdamW, gradient clipping at 1, one thread. Each measurement
runs in its own process, in alternation, and the median ratio is reported. Loading, tokenization and
the first ten steps are not measured.
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

import corpora

BATCH, ROWS = 16, 2048
RATE = 2e-5


def ours(steps: int) -> float:
    """CPU seconds of `steps` steps of the training loop, with its checks and snapshots."""
    from upwell.data.labeled import Columns, Row
    from upwell.finetune.base_model import load_base_model
    from upwell.finetune.modeling.network import FinetuneModule
    from upwell.finetune.tasks import load_task
    from upwell.finetune.training.sampler import LengthGroupedSampler
    from upwell.records import FinetuneSpec, ModelSpec, Run, Train
    from upwell.train.trainer import Trainer

    task, model = load_task("text-classification"), load_base_model(corpora.MODEL)
    spec = FinetuneSpec(task="text-classification", labels=("0", "1"), pooling="own", max_length=64)
    rows = [Row(n, (t,), (lab,)) for n, (t, lab) in enumerate(corpora.sst("train")[:ROWS])]
    encoded = task.encode(rows, spec.labels, Columns(), model, spec.max_length)
    recipe = Train(
        optimizer="adamw",
        learning_rate=RATE,
        embedding_lr=RATE,
        betas=(0.9, 0.999),
        context_length=1,
        batch_size=BATCH,
        decay_fraction=0.9,
    )
    run = Run(
        id="bench",
        study="finetune",
        recipe=recipe,
        model=ModelSpec(family="pretrained", hparams={}),
        data=(),
        seed=0,
        milestones=(10**9,),
        abilities=(),
        shots=(),
        code_version="",
    )
    network = FinetuneModule(task.build_model(model, spec), spec, task.loss).train()
    batches = LengthGroupedSampler(encoded, BATCH, 0)
    trainer = Trainer(run, network, network.param_roles(), batches, lambda *_: None, lambda _: None)
    trainer.advance(10, None)
    start_time = time.process_time()
    trainer.advance(10 + steps, None)
    return time.process_time() - start_time


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

    from upwell.finetune.base_model import load_base_model

    path = load_base_model(corpora.MODEL).path
    tokenizer = AutoTokenizer.from_pretrained(path)
    model = AutoModelForSequenceClassification.from_pretrained(path, num_labels=2)
    rows: list[dict[str, Any]] = [
        {**tokenizer(text, truncation=True, max_length=64), "labels": int(label)}
        for text, label in corpora.sst("train")[:ROWS]
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
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            max_steps=10 + steps,
            learning_rate=RATE,
            train_sampling_strategy="group_by_length",
            save_strategy="no",
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            logging_strategy="no",
        )
        trainer = Trainer(
            model=model,
            args=settings,
            train_dataset=rows,
            data_collator=DataCollatorWithPadding(tokenizer),
            callbacks=[Clock()],
        )
        trainer.train()
    return clock["ended"] - clock["began"]


LOOPS = {"ours": ours, "theirs": theirs}


def run_in_process(loop: str, steps: int) -> dict[str, float]:
    """CPU seconds and peak megabytes of one training loop in its own process."""
    done = subprocess.run(
        [sys.executable, __file__, "--steps", str(steps), "--loop", loop],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--steps", type=int, default=64)
    parser.add_argument("--loop", choices=LOOPS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.loop:
        seconds = LOOPS[args.loop](args.steps)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "megabytes": peak}))
        return
    results: dict[str, list[dict[str, float]]] = {loop: [] for loop in LOOPS}
    for index in range(args.repeats):
        for loop in list(LOOPS) if index % 2 else list(LOOPS)[::-1]:
            results[loop].append(run_in_process(loop, args.steps))
            print(loop, results[loop][-1], flush=True)
    pairs = zip(results["ours"], results["theirs"], strict=True)
    ratios = sorted(t["seconds"] / o["seconds"] for o, t in pairs)
    peaks = {
        loop: statistics.median(t["megabytes"] for t in measured)
        for loop, measured in results.items()
    }
    rows = {
        loop: args.steps * BATCH / statistics.median(t["seconds"] for t in measured)
        for loop, measured in results.items()
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
