"""Functions learnt from a few of their values, beside predictors fitted on the same values.

    python -m benchmarks.context.functions linear      (a minute of one core)
    python -m benchmarks.context.functions             (all four classes)

A regressor of 200 thousand parameters is trained on endless functions of five arguments, then asked
`new_functions`: 500 functions of the test split, one value each, after 0 to 10 others. Values have
variance 1. Predictors: 3 nearest neighbours and least squares (both without options), lasso
with its penalty chosen by cross-validation for each function (scikit-learn's LassoCV, 3 parts, from
5 values on), and for linear functions with noise the Bayes-optimal ridge.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import torch

from upwell.abilities import ask
from upwell.abilities.new_functions import BEST, items_of
from upwell.records import Answer, DataSpec, ModelSpec, Run, Train
from upwell.store import RunFolder
from upwell.train import grow

KINDS = {
    "linear": {"kind": "linear"},
    "noisy": {"kind": "linear", "noise": 0.5},
    "sparse": {"kind": "sparse"},
    "network": {"kind": "network"},
    "tree": {"kind": "tree"},
}
SHOTS = (0, 1, 2, 3, 4, 5, 6, 8, 10)
INPUTS, PAIRS, TOKENS = 5, 11, 704_000
RECIPE = Train(context=PAIRS, batch=64, learning_rate=0.006, vector_rate=0.01, decay=0.3)
LASSO_FROM = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all if none")
    parser.add_argument("--out", type=Path, default=Path("out/context"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n", flush=True)
    for kind in asked.kinds or KINDS:
        measure(kind, asked.out)


def measure(kind: str, out: Path) -> None:
    """Print the table of one class of functions."""
    data = (DataSpec(source="functions", options={"inputs": INPUTS, **KINDS[kind]}),)
    run = Run(
        id=f"functions-{kind}-00000000",
        study="context",
        recipe=RECIPE,
        model=ModelSpec(family="regressor", size={"inputs": INPUTS, "width": 64, "depth": 4}),
        data=data,
        seed=0,
        milestones=(TOKENS,),
        abilities=(),
        shots=(0,),
        code="benchmark",
    )
    began = time.process_time()
    *_, (ref, answerer) = grow(run, RunFolder(out / run.id))
    seconds = time.process_time() - began
    heard = {shots: ask(answerer, ref, "new_functions", shots, data=data) for shots in SHOTS}
    print(f"{kind}: {ref.params:,} parameters, {seconds:.0f} CPU seconds\n")
    print("| values known | " + " | ".join(map(str, SHOTS)) + " |")
    print("|---|" + "---|" * len(SHOTS))
    row("network", [own(heard[shots]) for shots in SHOTS])
    for note in heard[SHOTS[-1]][0].notes:
        name = "Bayes-optimal" if note == BEST else note.removeprefix("error of ")
        row(name, [[answer.notes[note] for answer in heard[shots]] for shots in SHOTS])
    if kind == "sparse":
        row("lasso, cross-validated", [lasso(data, shots) for shots in SHOTS])
    print(flush=True)


def row(name: str, errors: list[list[float]]) -> None:
    """A line of the table: means over functions."""
    print(f"| {name} | " + " | ".join(f"{np.mean(e):.3f}" if e else "" for e in errors) + " |")


def own(answers: list[Answer]) -> list[float]:
    """Squared errors of what was said."""
    return [(float(answer.said or "nan") - float(answer.target)) ** 2 for answer in answers]


def lasso(data: tuple[DataSpec, ...], shots: int) -> list[float]:
    """Squared errors of scikit-learn's lasso; none where there are too few values to part."""
    from sklearn.linear_model import LassoCV

    warnings.simplefilter("ignore")
    errors = []
    for item in items_of(data, shots, None) if shots >= LASSO_FROM else []:  # type: ignore[arg-type]
        x, y = item.prompt.arrays["features"], item.prompt.arrays["target"]  # type: ignore[union-attr]
        way = LassoCV(cv=3, fit_intercept=False, alphas=20).fit(x[:-1], y)
        errors.append((float(way.predict(x[-1:])[0]) - float(str(item.target))) ** 2)
    return errors


if __name__ == "__main__":
    main()
