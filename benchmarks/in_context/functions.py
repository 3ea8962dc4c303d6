"""In-context regression of functions, beside predictors that are fitted to the same values.

    python -m benchmarks.in_context.functions linear      (a minute on one core)
    python -m benchmarks.in_context.functions             (all five classes)

A regressor of 200 thousand parameters is trained on an endless stream of functions of five
arguments. The ability `new_functions` evaluates it on 500 functions of the test split, one value
each, after 0 to 10 other values. Values have variance 1. The predictors are 3 nearest neighbors,
least squares, and the Bayes-optimal ridge for linear functions with noise. For sparse functions
they are also the lasso with a fixed penalty and scikit-learn's LassoCV (3 folds, from 5 values).
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

from upwell.evaluation import evaluate
from upwell.evaluation.builtin.functions import BASELINE_PREFIX, OPTIMAL_ERROR_KEY, NewFunctions
from upwell.records import Answer, DataSpec, ModelSpec, Run, Train
from upwell.store import RunDir
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
RECIPE = Train(
    context_length=PAIRS, batch_size=64, learning_rate=0.006, embedding_lr=0.01, decay_fraction=0.3
)
MIN_LASSO_SHOTS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)}; all if none")
    parser.add_argument("--out", type=Path, default=Path("out/in_context"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n", flush=True)
    for kind in args.kinds or KINDS:
        measure(kind, args.out)


def measure(kind: str, out: Path) -> None:
    """Print the table of one class of functions."""
    data = (DataSpec(source="functions", options={"inputs": INPUTS, **KINDS[kind]}),)
    run = Run(
        id=f"functions-{kind}-00000000",
        study="in_context",
        recipe=RECIPE,
        model=ModelSpec(
            family="in_context_regressor", hparams={"inputs": INPUTS, "width": 64, "depth": 4}
        ),
        data=data,
        seed=0,
        milestones=(TOKENS,),
        abilities=(),
        shots=(0,),
        code_version="benchmark",
    )
    start_time = time.process_time()
    *_, (ref, lm) = grow(run, RunDir(out / run.id))
    seconds = time.process_time() - start_time
    answers_by_shots = {
        shots: evaluate(lm, ref, "new_functions", shots, data=data) for shots in SHOTS
    }
    print(f"{kind}: {ref.params:,} parameters, {seconds:.0f} CPU seconds\n")
    print("| known values | " + " | ".join(map(str, SHOTS)) + " |")
    print("|---|" + "---|" * len(SHOTS))
    row("network", [own(answers_by_shots[shots]) for shots in SHOTS])
    for note in answers_by_shots[SHOTS[-1]][0].extras:
        name = "Bayes-optimal" if note == OPTIMAL_ERROR_KEY else note.removeprefix(BASELINE_PREFIX)
        row(name, [[answer.extras[note] for answer in answers_by_shots[shots]] for shots in SHOTS])
    if kind == "sparse":
        row("lasso, cross-validated", [lasso(data, shots) for shots in SHOTS])
    print(flush=True)


def row(name: str, errors: list[list[float]]) -> None:
    """A line of the table: means over functions."""
    print(f"| {name} | " + " | ".join(f"{np.mean(e):.3f}" if e else "" for e in errors) + " |")


def own(answers: list[Answer]) -> list[float]:
    """Squared errors of the predictions."""
    return [(float(answer.completion or "nan") - float(answer.target)) ** 2 for answer in answers]


def lasso(data: tuple[DataSpec, ...], shots: int) -> list[float]:
    """Squared errors of scikit-learn's LassoCV; empty with too few values for its folds."""
    from sklearn.linear_model import LassoCV

    warnings.simplefilter("ignore")
    errors = []
    ability = NewFunctions()
    for item in ability.items_from_data(data, shots, None) if shots >= MIN_LASSO_SHOTS else []:  # type: ignore[arg-type]
        x, y = item.prompt.arrays["features"], item.prompt.arrays["target"]  # type: ignore[union-attr]
        regressor = LassoCV(cv=3, fit_intercept=False, alphas=20).fit(x[:-1], y)
        errors.append((float(regressor.predict(x[-1:])[0]) - float(str(item.target))) ** 2)
    return errors


if __name__ == "__main__":
    main()
