"""All measurements in turn: `python -m benchmarks`, or `make bench`. Takes most of an hour.

Each is a process of its own, so that none measures what another has left in memory.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


COMMANDS = (
    "training.py",
    "workers.py",
    "kills.py",
    "transfer.py",
    "tables_reading.py",
    "vision/training.py",
    "emergence/simulation.py",
    "emergence/detection.py",
    "emergence/backtests.py",
    "emergence/fitting_speed.py",
    "emergence/chinchilla.py",
)
"""asking/compare.py wants a second environment, with lm-eval-harness in it, and vision/accuracy.py
the shared data sets: see there."""


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
