"""Unseen tasks learnt from labelled examples, beside classifiers fitted on the same examples.

    python -m benchmarks.context.accuracy digit_tasks      (each seed three and a half CPU minutes)
    python -m benchmarks.context.accuracy cluster_tasks    (each seed two CPU minutes)

A network is trained on endless tasks; then 1,000 tasks of the test split are asked with 8 questions
each, after 0 to 5 labelled examples of each class, and after 5 whose labels are shuffled within
the task. Each peer is fitted anew on the examples of every task: logistic regression with the
strength that scikit-learn gives it, and with one of five strengths chosen by cross-validation on
the examples; the nearest class mean. Intervals are a bootstrap over tasks of the paired difference,
seeds averaged. Finished seeds are kept in --out; `--seeds 0,1` makes some of them.
"""

from __future__ import annotations

import argparse
import json
import os
import time
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from upwell import models
from upwell.data import task_source
from upwell.records import DataSpec, ModelSpec, Run, Train
from upwell.store import RunFolder
from upwell.train import grow

CLASSES, SHOTS, ASKED, TASKS = 5, (0, 1, 2, 5), 8, 1000
RECIPE = Train(context=33, batch=32, optimiser="muon", learning_rate=0.006, decay=0.3)
INPUTS = {"digit_tasks": 64, "cluster_tasks": 16}
TOKENS = {"digit_tasks": 8_000_000, "cluster_tasks": 5_000_000}
SHUFFLED = "5, shuffled"
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)

Scores = dict[str, NDArray[np.float64]]
"""By shots, the share of questions answered rightly in each task."""


def episodes(source: str) -> dict[str, NDArray[Any]]:
    """The tasks that everyone is asked."""
    made = task_source(DataSpec(source=source))
    context = CLASSES * SHOTS[-1] + ASKED
    return made.episodes(np.arange(TASKS), "test", context, np.random.default_rng(0))


def settings(rows: dict[str, NDArray[Any]]) -> dict[str, tuple[int, NDArray[np.int64]]]:
    """How many examples are seen, and how they are labelled."""
    label = rows["shown_label"]
    shuffled = np.random.default_rng(1).permuted(label, axis=1)
    found = {str(shots): (shots * CLASSES, label) for shots in SHOTS}
    return {**found, SHUFFLED: (SHOTS[-1] * CLASSES, shuffled)}


def ours(source: str, seed: int, out: Path) -> tuple[Scores, float, int]:
    """Scores of a network of this seed, CPU seconds of its training, its parameters."""
    size = {"inputs": INPUTS[source], "classes": CLASSES, "width": 64, "depth": 2}
    run = Run(
        id=f"{source}-s{seed}-00000000",
        study="context",
        recipe=RECIPE,
        model=ModelSpec(family="in_context", size=size),
        data=(DataSpec(source=source),),
        seed=seed,
        milestones=(TOKENS[source],),
        abilities=(),
        shots=(0,),
        code="benchmark",
    )
    folder, began = RunFolder(out / run.id), time.process_time()
    [*_, (ref, _)] = grow(run, folder)
    seconds = time.process_time() - began
    network = models.named("in_context").build(run.model, run.recipe, seed)
    network.load_state_dict(folder.load_model(ref.id)[1])
    network.eval()
    rows = episodes(source)
    scores = {}
    for name, (seen, label) in settings(rows).items():
        shown = {**rows, "shown_label": label, "seen": np.full(TASKS, seen)}
        with torch.inference_mode():
            said = network({key: torch.from_numpy(each) for key, each in shown.items()}).argmax(-1)
        scores[name] = (said.numpy() == rows["label"]).mean(1)
    return scores, seconds, ref.params


def peers(source: str) -> dict[str, Scores]:
    """Scores of classifiers that are fitted on the examples of each task."""
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
    from sklearn.neighbors import NearestCentroid

    warnings.simplefilter("ignore")
    rows = episodes(source)
    found: dict[str, Scores] = {}
    for shots, (seen, label) in settings(rows).items():
        if not seen:
            continue
        ways = {
            "nearest class mean": NearestCentroid(),
            "logistic regression": LogisticRegression(max_iter=300),
        }
        if seen == SHOTS[-1] * CLASSES and shots != SHUFFLED:
            ways["logistic regression, cross-validated"] = LogisticRegressionCV(
                Cs=STRENGTHS, cv=SHOTS[-1], max_iter=100
            )
        for name, way in ways.items():
            right = [
                np.mean(way.fit(shown[:seen], own[:seen]).predict(query) == asked)
                for shown, own, query, asked in zip(
                    rows["shown"], label, rows["query"], rows["label"], strict=True
                )
            ]
            found.setdefault(name, {})[shots] = np.array(right)
    return found


def kept(path: Path, make: Any) -> Any:
    """What `make` gives, from the file if it is there."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make()))
    return json.loads(path.read_text())


def plain(scores: Scores) -> dict[str, list[float]]:
    return {shots: each.tolist() for shots, each in scores.items()}


def tell(source: str, mine: list[Any], theirs: dict[str, Any]) -> None:
    """The table, and the paired differences at five shots."""
    names = [str(k) for k in SHOTS] + [SHUFFLED]
    cpu = np.mean([each["seconds"] for each in mine])
    print(f"{source}: {mine[0]['params']:,} parameters, {cpu:.0f} CPU seconds a seed\n")
    print("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    cells = []
    for name in names:
        each = [np.mean(seed["scores"][name]) for seed in mine]
        cells.append(f"{np.mean(each):.3f} ({min(each):.3f} to {max(each):.3f})")
    print(f"| network, {len(mine)} seeds (least to greatest) | " + " | ".join(cells) + " |")
    for way, scores in theirs.items():
        cells = [f"{np.mean(scores[name]):.3f}" if name in scores else "" for name in names]
        print(f"| {way} | " + " | ".join(cells) + " |")
    print("\n| at 5 shots, network minus | difference | 95 % |\n|---|---|---|")
    own = np.mean([seed["scores"]["5"] for seed in mine], axis=0)
    for way, scores in theirs.items():
        left = own - np.array(scores["5"])
        dice = np.random.default_rng(0)
        means = left[dice.integers(TASKS, size=(2000, TASKS))].mean(1)
        low, high = np.quantile(means, (0.025, 0.975))
        print(f"| {way} | {left.mean():+.4f} | {low:+.4f} to {high:+.4f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", choices=INPUTS)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--out", type=Path, default=Path("out/context"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n", flush=True)
    mine = []
    for seed in map(int, asked.seeds.split(",")):

        def make(seed: int = seed) -> dict[str, Any]:
            scores, seconds, params = ours(asked.source, seed, asked.out)
            return {"scores": plain(scores), "seconds": seconds, "params": params}

        mine.append(kept(asked.out / f"{asked.source}-{seed}.json", make))
    theirs = kept(
        asked.out / f"{asked.source}-peers.json",
        lambda: {way: plain(scores) for way, scores in peers(asked.source).items()},
    )
    tell(asked.source, mine, theirs)


if __name__ == "__main__":
    main()
