"""Evaluation beside lm-evaluation-harness 0.4.13: CPU seconds on one thread, and equal numbers.

    UPWELL_LM_EVAL=/path/to/python-with-lm_eval python benchmarks/evaluation/compare.py --words 40

Questions have 7 words, with up to 16 examples, or 40 words, with up to 5. The ratio depends on it.
Both read the same model and the same task files, in alternation. The time includes reading the
task, building prompts, tokenization, evaluation and scoring, but not loading the model. The harness
runs at several batch sizes, and the fastest counts.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import fixtures

HERE = Path(__file__).parent
BATCH_SIZES = (1, 16)
REPEATS = 3
MEMORY = 256 << 20

Call = dict[str, Any]


def run(python: str, script: str, *arguments: str) -> list[Call]:
    """The JSON lines that a script prints, run on one thread."""
    single_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, str(HERE / script), *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **single_thread},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@")]


def max_difference(ours: Call, theirs: Call) -> float:
    """Largest difference between log-probabilities of the same call."""
    pairs = zip(ours["logprobs"], theirs["logprobs"], strict=True)
    return max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, choices=[*fixtures.SHOTS_BY_WORDS], default=7)
    words = parser.parse_args().words
    peer = os.environ.get("UPWELL_LM_EVAL")
    if not peer:
        raise SystemExit("UPWELL_LM_EVAL names no Python that has lm_eval 0.4.13")
    shots = fixtures.SHOTS_BY_WORDS[words]
    most, curve = str(shots[-1]), ",".join(map(str, shots))
    with tempfile.TemporaryDirectory() as name:
        fixtures.make(Path(name), words)
        ladder = [part for n in shots for part in ("fixed", str(n))]
        theirs: dict[int, list[Call]] = {}
        ours: list[list[Call]] = []
        for repeat in range(max(REPEATS, len(BATCH_SIZES))):
            if repeat < len(BATCH_SIZES):
                size = BATCH_SIZES[repeat]
                theirs[size] = run(peer, "peer.py", name, str(size), "sampled", most, *ladder)
            calls = ("sampled", most, "fixed", most, "fixed", curve)
            ours.append(run(sys.executable, "ours.py", name, str(MEMORY), *calls))
    print_table(ours, theirs, words, shots)


def print_table(
    ours: list[list[Call]], theirs: dict[int, list[Call]], words: int, shots: tuple[int, ...]
) -> None:
    """Print a Markdown table: seconds of both, speed-up, and largest difference."""
    n = len(shots)
    parts = {
        f"{shots[-1]} shots, sampled for every item": (slice(0, 1), slice(0, 1)),
        f"{shots[-1]} shots, the same for all items": (slice(1, 2), slice(n, n + 1)),
        f"the curve over {','.join(map(str, shots))} shots": (slice(2, n + 2), slice(1, n + 1)),
    }
    batch_sizes = " and ".join(map(str, theirs))
    print(f"\n{date.today()}, {words} words a question, harness at batch sizes {batch_sizes}\n")
    print("| questions | lm_eval | upwell | speed-up | largest logprob difference | scores |")
    print("|---|---|---|---|---|---|")
    for name, (mine, other) in parts.items():
        seconds = min(sum(call["seconds"] for call in calls[other]) for calls in theirs.values())
        own = sorted(calls[mine][0]["seconds"] for calls in ours)[len(ours) // 2]
        pairs = list(zip(ours[0][mine], theirs[BATCH_SIZES[0]][other], strict=True))
        largest = max(max_difference(a, b) for a, b in pairs)
        same = all(a["scores"] == b["scores"] for a, b in pairs)
        print(
            f"| {name} | {seconds:.1f} | {own:.2f} | {seconds / own:.1f} | {largest:.1e} "
            f"| {'equal' if same else 'DIFFERENT'} |"
        )
    last = ours[0][-1]
    print(
        f"\nMemory: {last['kilobytes'] / 1024:.0f} MB above that of the imports, for weights of "
        f"{last['weights'] / 1024:.0f} MB and a bound of {MEMORY >> 20} MB."
    )


if __name__ == "__main__":
    main()
