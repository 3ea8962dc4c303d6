"""Speed-up of a second worker, and the memory of a worker of the demo.

    python benchmarks/workers.py               (five minutes; needs a quiet machine)

`upwell.study.execute` runs a study of equal runs with one worker and with two, in alternation. The
result is the ratio of the wall-clock times. The CPU time shows whether the work itself became more
expensive, and the load whether other processes ran. Memory is the largest resident set of any
worker, with shared pages, while the demo's largest rung ran.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psutil

from upwell.records import DataSpec, ModelSpec, Run, Study
from upwell.store import Store
from upwell.studies import demo
from upwell.study import build_runs, execute


@dataclass(frozen=True, kw_only=True)
class RunCost:
    """Time and memory of executing a study."""

    clock: float
    cpu: float
    load: float
    """Load average before the start."""

    memory: int
    """Bytes: the largest resident set of any worker."""


def equal_runs(count: int, tokens: int) -> Study:
    """`count` seeds of one rung, with one cheap ability."""
    size = {"width": 64, "depth": 2, "vocab_size": 98}
    return Study(
        name="workers",
        question="How much faster are two workers?",
        hypothesis="Nearly twice as fast.",
        ladder=(ModelSpec(family="decoder", hparams=size, tokenizer="ascii"),),
        data=(DataSpec(source="repeats"), DataSpec(source="arithmetic")),
        abilities=("induction",),
        seeds=tuple(range(count)),
        milestones=(tokens,),
    )


def largest_rung() -> Study:
    """The largest rung of the demo, one seed, with the token budgets of the demo."""
    whole = demo.study()
    return replace(whole, ladder=whole.ladder[-1:], seeds=(0,))


def run_study(study: Study, runs: Sequence[Run], workers: int) -> RunCost:
    load, cpu, start_time = os.getloadavg()[0], children_cpu(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Peak() as peak:
        store = Store.create(Path(folder, "study"), study)
        execute(runs, store, workers)
        assert len(store.results()) == len(runs)
    clock = time.monotonic() - start_time
    return RunCost(clock=clock, cpu=children_cpu() - cpu, load=load, memory=peak.bytes)


def children_cpu() -> float:
    """CPU seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Peak(threading.Thread):
    """Context manager that records the largest memory of the workers, our grandchildren."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._done = threading.Event()

    def __enter__(self) -> Peak:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        """Sample ten times a second."""
        while not self._done.wait(0.1):
            with suppress(psutil.NoSuchProcess):
                for server in psutil.Process().children():
                    for worker in server.children():
                        self.bytes = max(self.bytes, worker.memory_info().rss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=300_000)
    args = parser.parse_args()
    study = equal_runs(args.runs, args.tokens)
    runs = build_runs(study)
    print(f"{date.today()}, {os.cpu_count()} cores, {args.runs} runs of {args.tokens:,} tokens\n")
    print("| workers | clock, s | CPU, s | load before |\n|---|---|---|---|")
    repeats = []
    for _ in range(args.repeats):
        repeats.append([run_study(study, runs, workers) for workers in (1, 2)])
        for workers, cost in zip((1, 2), repeats[-1], strict=True):
            print(
                f"| {workers} | {cost.clock:.1f} | {cost.cpu:.1f} | {cost.load:.1f} |",
                flush=True,
            )
    gain = statistics.median(one.clock / two.clock for one, two in repeats)
    extra_cpu = statistics.median(two.cpu / one.cpu for one, two in repeats)
    print(f"\ntwo workers: {gain:.2f} times one, for {extra_cpu:.2f} times the CPU time")
    rung = largest_rung()
    memory = run_study(rung, build_runs(rung), 1).memory
    print(f"a worker of the demo's largest rung: {memory / 1e6:.0f} MB at most")


if __name__ == "__main__":
    main()
