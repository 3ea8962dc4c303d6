"""Time to read a table of 250,000 rows, beside Python's csv module and pandas.

    python benchmarks/results_reading.py

The peers only parse. `upwell.results` also checks every row, joins scales and counts the rows that
it leaves out. Each reader runs five times in alternation in one process; the median is printed.
"""

from __future__ import annotations

import csv
import importlib.util
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from upwell.results import read

ROWS = 250_000
REPEATS = 5


def rows() -> pl.DataFrame:
    """Families, models, checkpoints and abilities in the proportions of a real ladder."""
    number = pl.int_range(ROWS, dtype=pl.Int64)
    model, checkpoint, ability = number % 16, number // 16 % 27, number // 432
    return pl.select(
        family=pl.format("family-{}", model % 2),
        model=pl.format("model-{}", model),
        params=7e7 * 2.0 ** (model // 2),
        tokens=2_097_152.0 * 1000 * (checkpoint + 1),
        step=1000 * (checkpoint + 1),
        ability=pl.format("ability-{}", ability),
        shots=pl.lit(0),
        metric=pl.lit("acc"),
        value=(number * 7919 % 10_007) / 10_007,
        stderr=pl.lit(0.0123),
        items=pl.lit(1000),
        chance=pl.lit(None, dtype=pl.Float64),
    )


def csv_module(path: Path) -> int:
    with path.open(newline="", encoding="utf-8") as file:
        return len([{**row, "value": float(row["value"])} for row in csv.DictReader(file)])


def pandas(path: Path) -> int:
    import pandas as pd

    return len(pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path))


def upwell(path: Path) -> int:
    return len(read([path]).table)


def seconds(reader: Callable[[Path], int], path: Path) -> float:
    start = time.perf_counter()
    assert reader(path) == ROWS
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain, quoted, columns = (Path(folder, n) for n in ("plain.csv", "quoted.csv", "t.parquet"))
        frame = rows()
        frame.write_csv(plain)
        frame.write_csv(quoted, quote_style="non_numeric")
        frame.write_parquet(columns)
        readers = [(upwell, plain), (upwell, quoted), (upwell, columns), (csv_module, plain)]
        if importlib.util.find_spec("pandas"):
            readers += [(pandas, plain)]
        times = [[seconds(reader, path) for reader, path in readers] for _ in range(REPEATS)]
    print(f"{date.today()}, Python {sys.version.split()[0]}, polars {pl.__version__}, {ROWS} rows")
    for i, (reader, path) in enumerate(readers):
        print(
            f"{reader.__name__:12} {path.name:12} {statistics.median(t[i] for t in times):6.2f} s"
        )


if __name__ == "__main__":
    main()
