"""How well ways of adapting do, beside TF-IDF with a linear SVM, on test rows nothing is chosen by.

    python benchmarks/adapt/accuracy.py banking-10 --method auto --seeds 0 1 2
    python benchmarks/adapt/accuracy.py banking --method full --rounds 4
    python benchmarks/adapt/accuracy.py sst2 --method full --rounds 5 --rate 1e-4

Prints one line of JSON a seed. A seed draws the rows (banking-10), the split and all dice.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import materials
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from upwell.adapt.adapting import adapt
from upwell.adapt.recipes import Dials
from upwell.adapt.wanted import Wanted
from upwell.records import Adapted


def rows_of(name: str, seed: int) -> tuple[materials.Rows, materials.Rows | None, materials.Rows]:
    """Rows to learn from, to choose by (None: a share is held back), to score on."""
    if name == "sst2":
        return materials.sst("train"), materials.sst("dev"), materials.sst("test")
    learn, test = materials.banking("train"), materials.banking("test")
    return (materials.few(learn, 10, seed) if name == "banking-10" else learn), None, test


def peer(learn: materials.Rows, test: materials.Rows) -> float:
    """Accuracy of TF-IDF of words and of letters with a linear SVM."""
    model = make_pipeline(materials.counted(), LinearSVC())
    model.fit(*map(list, zip(*learn, strict=True)))
    return float(model.score(*map(list, zip(*test, strict=True))))


def ours(name: str, method: str, seed: int, dials: Dials, out: Path | None) -> dict[str, object]:
    """One line of figures."""
    learn, dev, test = rows_of(name, seed)
    with TemporaryDirectory() as place:
        folder = Path(place)
        wanted = Wanted(
            model=materials.MODEL,
            data=materials.write(learn, folder / f"{name}.csv"),
            dev=None if dev is None else materials.write(dev, folder / "dev.csv"),
            test=materials.write(test, folder / "test.csv"),
            method=method,
            seed=seed,
            dials=dials,
        )
        began, clock = time.process_time(), time.monotonic()
        made = adapt(wanted, out or folder / "out", lambda line: None, lambda *moment: None)
        took, clock = time.process_time() - began, time.monotonic() - clock
    return {
        "date": str(date.today()), "rows": name, "seed": seed, "asked": method, **_figures(made),
        "cpu_seconds": round(took), "clock_seconds": round(clock),
        "svm": round(peer(learn, test), 4),
    }  # fmt: skip


def _figures(made: Adapted) -> dict[str, object]:
    told = made.calibration
    assert told is not None
    first = made.scores[0]
    return {
        "shipped": made.adapt.method,
        "accuracy": round(first.value, 4),
        "interval": [round(first.low, 4), round(first.high, 4)],
        "tried": {
            one.method: {
                "development": round(one.score, 4), "params": one.params,
                "cpu_seconds": round(one.seconds),
                "rounds": [round(each.score, 4) for each in one.rounds],
            }
            for one in made.tried
        },
        "calibration_error": [round(told.before, 4), round(told.after, 4)],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=("banking-10", "banking", "sst2"))
    parser.add_argument("--method", default="auto")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--adversarial", type=float, default=0.0)
    parser.add_argument("--layer-decay", type=float, default=1.0)
    parser.add_argument("--hide", type=float)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    dials = Dials(
        rounds=asked.rounds, rate=asked.rate, adversarial=asked.adversarial,
        layer_decay=asked.layer_decay, hide=asked.hide,
    )  # fmt: skip
    for seed in asked.seeds:
        print(json.dumps(ours(asked.rows, asked.method, seed, dials, asked.out)), flush=True)


if __name__ == "__main__":
    main()
