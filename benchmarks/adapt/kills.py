"""Kill an act of adapting at random moments, again and again, and hold it to one left alone.

    python benchmarks/adapt/kills.py                (20 kills)

The act is `upwell adapt` in a process of its own, ended by SIGKILL, on a small BERT with random
weights and rows of sst2. In the end its weights and its card have to be those of the act that
nobody disturbed, to the byte.
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

import materials
import torch
from transformers import AutoTokenizer, BertConfig, BertModel

from upwell.adapt.given import given
from upwell.adapt.shipping import CARD, WEIGHTS


def small(folder: Path) -> Path:
    """A BERT of 4 layers of width 128 with the tokenizer of the package."""
    torch.manual_seed(0)
    words = AutoTokenizer.from_pretrained(given(materials.MODEL).path)
    config = BertConfig(
        vocab_size=len(words), hidden_size=128, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=512, pad_token_id=0,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def start(model: Path, rows: Path, out: Path) -> subprocess.Popen[bytes]:
    """The act, with checkpoints as often as there are snapshots."""
    command = [
        "adapt",
        str(model),
        str(rows),
        "--method",
        "full",
        "--out",
        str(out),
        "--rounds",
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
import upwell.adapt.ways as ways
from upwell.cli import main
from upwell.train import trainer
trainer.SNAPSHOT_STEPS = 8
learning = ways.learning
def eager(*asked, **more):
    recipe, adapt = learning(*asked, **more)
    return replace(recipe, checkpoint_seconds=0.0), adapt
ways.learning = eager
main()
"""
"""The verb, with a checkpoint every eight steps, so that a kill finds every state there is."""


def finished(out: Path) -> bool:
    return (out / CARD).is_file()


def content(out: Path) -> tuple[bytes, str]:
    """Weights, and the card without the processor time that each way took."""
    card = json.loads((out / CARD).read_text())["body"]
    for one in card["tried"]:
        del one["seconds"]
    return (out / WEIGHTS).read_bytes(), json.dumps(card, sort_keys=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    dice, killed, acts, began = random.Random(asked.seed), 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        model = small(folder / "small")
        rows = materials.write(materials.sst("train")[: asked.rows], folder / "rows.csv")
        calm = folder / "calm"
        clock = time.monotonic()
        assert start(model, rows, calm).wait() == 0
        whole = time.monotonic() - clock
        truth = content(calm)
        while killed < asked.kills:
            acts += 1
            out = folder / f"act-{acts}"
            patience = 0.5
            while not finished(out):
                process = start(model, rows, out)
                life = dice.uniform(0.2, 1.0) * patience * whole
                try:
                    if killed >= asked.kills:
                        life = 100 * whole
                    if process.wait(life):
                        raise SystemExit(f"the act gave up: {process.communicate()[1].decode()}")
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    killed += 1
                    # A start alone takes a share of the whole: lives grow until it gets further.
                    patience *= 1.1
            assert content(out) == truth, f"act {acts} made another model"
    print(
        f"{date.today()}: {killed} kills over {acts} acts of {whole:.0f} s each in "
        f"{time.monotonic() - began:.0f} s: the same weights, scores and rows, to the bit"
    )


if __name__ == "__main__":
    main()
