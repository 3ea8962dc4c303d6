"""Train a translator: `python -m benchmarks.translation.train multi30k-fr`.

The same command resumes an interrupted run. Prints each milestone with the CPU time so far.
"""

from __future__ import annotations

import argparse
import time

from upwell.models.protocols import LM
from upwell.store import RunDir
from upwell.train import grow

from .datasets import OUT, TASKS

EXAMPLE = "Two dogs are playing in the snow."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    run = TASKS[args.task].run(args.seed)
    folder = RunDir(OUT / args.task / run.id)
    with folder.open_journal(run):
        for ref, lm in grow(run, folder):
            print_milestone(ref.tokens, ref.loss, lm)


def print_milestone(tokens: int, loss: float | None, lm: LM) -> None:
    translation = lm.generate([EXAMPLE], 40, None)[0]
    print(
        f"{tokens} tokens, loss {loss}, {time.process_time():.0f} CPU s: {translation}", flush=True
    )


if __name__ == "__main__":
    main()
