"""Run the benchmarks in turn: `python -m benchmarks`, or `make bench`. Takes about an hour.

Each runs in its own process, so that none measures the memory of another.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


COMMANDS = (
    "throughput.py",
    "workers.py",
    "kills.py",
    "fuzz.py",
    "flips.py",
    "transfer.py",
    "results_reading.py",
    "vision/throughput.py",
    "emergence/simulation.py",
    "emergence/detection.py",
    "emergence/backtests.py",
    "emergence/curve_fit_speed.py",
    "emergence/chinchilla.py",
)
"""evaluation/compare.py needs a second environment with lm-evaluation-harness, and
vision/accuracy.py needs the shared data sets."""


def main() -> None:
    failed = []
    for name in COMMANDS:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, str(HERE / name)]).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
