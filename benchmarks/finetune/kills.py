"""Kill fine-tuning at random moments, and compare the result with an undisturbed run.

    python benchmarks/finetune/kills.py                (20 kills)

`upwell finetune` runs in its own process and is ended by SIGKILL, on a small BERT with random
weights and rows of SST-2. The final weights and model card must equal those of the undisturbed
run, to the byte.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import corpora
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from upwell.finetune.base_model import MODEL_CARD_FILE, load_base_model
from upwell.finetune.saving import WEIGHTS_FILE


def build_small_bert(folder: Path) -> Path:
    """A BERT of 4 layers of width 128 with the tokenizer of the package."""
    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(load_base_model(corpora.MODEL).path)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=512, pad_token_id=0,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def start(model: Path, rows: Path, out: Path) -> subprocess.Popen[bytes]:
    """Start fine-tuning, with a checkpoint at every snapshot."""
    command = [
        "finetune",
        str(model),
        str(rows),
        "--method",
        "full",
        "--output-dir",
        str(out),
        "--epochs",
        "3",
    ]
    return subprocess.Popen(
        [sys.executable, "-c", EAGER, *command],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


EAGER = """
import sys
from dataclasses import replace
from upwell.finetune.methods import run as runs
from upwell.cli import main
from upwell.train import trainer
trainer.SNAPSHOT_STEPS = 8
default_recipe = runs.default_recipe
def eager(*args, **more):
    recipe, spec = default_recipe(*args, **more)
    return replace(recipe, checkpoint_seconds=0.0), spec
runs.default_recipe = eager
main()
"""
"""The command with a checkpoint every eight steps, so that kills hit every kind of state."""


def is_finished(out: Path) -> bool:
    return (out / MODEL_CARD_FILE).is_file()


def read_result(out: Path) -> tuple[bytes, str]:
    """(weights, model card without CPU times)."""
    card = json.loads((out / MODEL_CARD_FILE).read_text())["body"]
    for one in card["candidates"]:
        del one["seconds"]
    return (out / WEIGHTS_FILE).read_bytes(), json.dumps(card, sort_keys=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, kills, trials, start_time = random.Random(args.seed), 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as tmp_dir:
        folder = Path(tmp_dir)
        model = build_small_bert(folder / "small")
        rows = corpora.write(corpora.sst("train")[: args.rows], folder / "rows.csv")
        undisturbed = folder / "calm"
        start_clock = time.monotonic()
        assert start(model, rows, undisturbed).wait() == 0
        duration = time.monotonic() - start_clock
        expected = read_result(undisturbed)
        while kills < args.kills:
            trials += 1
            out = folder / f"trial-{trials}"
            patience = 0.5
            while not is_finished(out):
                process = start(model, rows, out)
                timeout = rng.uniform(0.2, 1.0) * patience * duration
                try:
                    if kills >= args.kills:
                        timeout = 100 * duration
                    if process.wait(timeout):
                        raise SystemExit(f"fine-tuning failed: {process.communicate()[1].decode()}")
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    kills += 1
                    # Starting takes a while: timeouts grow until a run gets further.
                    patience *= 1.1
            assert read_result(out) == expected, f"trial {trials} gives another model"
    print(
        f"{date.today()}: {kills} kills over {trials} trials of {duration:.0f} s each in "
        f"{time.monotonic() - start_time:.0f} s: same weights, scores and rows, to the bit"
    )


if __name__ == "__main__":
    main()
