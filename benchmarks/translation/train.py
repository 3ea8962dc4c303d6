"""Train a translator: `python -m benchmarks.translation.train multi30k-fr`.

Goes on where it was stopped. Each milestone is told with the CPU time of this process.
"""

from __future__ import annotations

import argparse
import time

from upwell.models.answering import Answerer
from upwell.store import RunFolder
from upwell.train import grow

from .materials import OUT, TASKS

SHOWN = "Two dogs are playing in the snow."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    run = TASKS[asked.task].run(asked.seed)
    folder = RunFolder(OUT / asked.task / run.id)
    with folder.writing(run):
        for ref, answerer in grow(run, folder):
            tell(ref.tokens, ref.loss, answerer)


def tell(tokens: int, loss: float | None, answerer: Answerer) -> None:
    said = answerer.say([SHOWN], 40, None)[0]
    print(f"{tokens} places, loss {loss}, {time.process_time():.0f} CPU s: {said}", flush=True)


if __name__ == "__main__":
    main()
