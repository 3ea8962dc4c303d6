"""Kill a study at random moments, and compare it with an undisturbed one.

    python benchmarks/kills.py                 (200 kills, ten minutes)
    python benchmarks/kills.py --kills 20

`upwell run` executes the study in its own process, from the plan to the report. SIGKILL ends
workers at random moments, and sometimes the driver, which is then started again. If a study
finishes before all kills are used, a new one is started. In the end each study must hold the same
bytes as the undisturbed one: weights, answers, observations and verdicts.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

import psutil

from upwell.records import DataSpec, ModelSpec, Study, Train
from upwell.store import Store
from upwell.study.executors.process_pool.client import SINGLE_THREAD_ENV

WORKER_SECONDS = (0.1, 1.5)
"""Between two kills of workers, uniform."""

DRIVER_SECONDS = (0.5, 15.0)
"""Lifetime of a driver, uniform: from before its first worker to the verdicts at the end."""

MAX_KILLS_PER_STUDY = 25
"""Maximum kills of one study, so that kills hit all of its phases."""


def study() -> Study:
    """Six small decoders, one of them held out. Each trains for about two seconds."""
    shapes = ((16, 1), (16, 2), (32, 1), (32, 2), (48, 1), (48, 2))
    return Study(
        name="kills",
        question="Do kills leave a trace?",
        hypothesis="They do not.",
        ladder=tuple(
            ModelSpec(
                family="decoder",
                hparams={"width": width, "depth": depth, "vocab_size": 98},
                tokenizer="ascii",
            )
            for width, depth in shapes
        ),
        data=(DataSpec(source="repeats"), DataSpec(source="arithmetic")),
        recipe=Train(checkpoint_seconds=0.05),
        abilities=("induction", "addition2"),
        milestones=(40_000, 80_000),
    )


def start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "upwell",
            "run",
            __file__,
            "--output-dir",
            str(root),
            "--workers",
            "2",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **SINGLE_THREAD_ENV},
    )


def is_finished(root: Path) -> bool:
    return len(Store.open(root).results()) == len(study().ladder)


def content(root: Path) -> dict[str, object]:
    """Results and verdicts of the study. Reading the artifacts checks their sha256."""
    store = Store.open(root)
    for folder in store.runs():
        folder.observations(), folder.answers()
        for model in folder.models():
            folder.load_model(model.id)
    return {
        "results": store.results(),
        "verdicts": store.verdicts(),
    }


def run_with_kills(root: Path, kills: int, rng: random.Random) -> Counter[str]:
    """Run the study with at most `kills` kills. Returns the number of kills by victim."""
    killed: Counter[str] = Counter()
    done = False
    while not done:
        driver = start(root)
        killed_at = time.monotonic() + rng.uniform(*DRIVER_SECONDS)
        while killed.total() < kills and not _wait(driver, rng.uniform(*WORKER_SECONDS)):
            if time.monotonic() > killed_at:
                driver.kill()
                killed["driver"] += 1
                break
            killed["worker"] += _kill_worker(driver.pid, rng)
        _, stderr = driver.communicate()
        if driver.returncode > 0:
            raise SystemExit(f"the driver gave up: {stderr.decode()}")
        # A run that was killed too often counts as failed; the same command resumes it.
        done = driver.returncode == 0 and is_finished(root)
    return killed


def _wait(driver: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        driver.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_worker(driver: int, rng: random.Random) -> int:
    """1 if a worker was killed, 0 if there was none."""
    try:
        servers = psutil.Process(driver).children()
        workers = [worker for server in servers for worker in server.children()]
        if not workers:
            return 0
        rng.choice(workers).kill()
    except psutil.NoSuchProcess:
        return 0
    return 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, killed, studies, start_time = random.Random(args.seed), Counter[str](), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        undisturbed = Path(folder, "undisturbed")
        run_with_kills(undisturbed, 0, rng)
        truth = content(undisturbed)
        while killed.total() < args.kills:
            studies += 1
            root = Path(folder, f"disturbed-{studies}")
            killed += run_with_kills(
                root, min(MAX_KILLS_PER_STUDY, args.kills - killed.total()), rng
            )
            differ = [name for name, value in content(root).items() if value != truth[name]]
            assert not differ, f"study {studies} differs from the undisturbed one in {differ}"
    print(
        f"{date.today()}: {killed.total()} kills ({killed['worker']} of workers, "
        f"{killed['driver']} of drivers) over {studies} studies of {len(study().ladder)} runs in "
        f"{time.monotonic() - start_time:.0f} s: the same weights, answers, observations "
        "and verdicts, to the bit"
    )


if __name__ == "__main__":
    main()
