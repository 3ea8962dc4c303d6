"""In-context learning of new tasks, beside classifiers that are fitted to the same examples.

    python -m benchmarks.in_context.accuracy digit_tasks      (3.5 CPU minutes per seed)
    python -m benchmarks.in_context.accuracy cluster_tasks    (2 CPU minutes per seed)

A network is trained on an endless stream of tasks. It is evaluated on 1,000 tasks of the test split
with 8 queries each, after 0 to 5 labeled examples per class, and after 5 with shuffled labels. The
peers are fitted to the examples of each task: nearest class mean, logistic regression with
scikit-learn's default C, and logistic regression with C cross-validated over five values. Intervals
are a bootstrap over tasks of the paired difference, averaged over seeds. Finished seeds are saved
in --out; `--seeds 0,1` selects seeds.
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
from upwell.data import load_task_source
from upwell.records import DataSpec, ModelSpec, Run, Train
from upwell.store import RunDir
from upwell.train import grow

CLASSES, SHOTS, NUM_QUERIES, TASKS = 5, (0, 1, 2, 5), 8, 1000
RECIPE = Train(
    context_length=33, batch_size=32, optimizer="muon", learning_rate=0.006, decay_fraction=0.3
)
INPUTS = {"digit_tasks": 64, "cluster_tasks": 16}
TOKENS = {"digit_tasks": 8_000_000, "cluster_tasks": 5_000_000}
SHUFFLED = "5, shuffled"
C_VALUES = (0.001, 0.01, 0.1, 1.0, 10.0)

Scores = dict[str, NDArray[np.float64]]
"""By shots, the fraction of correct queries in each task."""


def episodes(source: str) -> dict[str, NDArray[Any]]:
    """The tasks that everyone is args."""
    task_source = load_task_source(DataSpec(source=source))
    context = CLASSES * SHOTS[-1] + NUM_QUERIES
    return task_source.episodes(np.arange(TASKS), "test", context, np.random.default_rng(0))


def settings(rows: dict[str, NDArray[Any]]) -> dict[str, tuple[int, NDArray[np.int64]]]:
    """Number of visible examples and their labels, by setting."""
    label = rows["support_label"]
    shuffled = np.random.default_rng(1).permuted(label, axis=1)
    clean = {str(shots): (shots * CLASSES, label) for shots in SHOTS}
    return {**clean, SHUFFLED: (SHOTS[-1] * CLASSES, shuffled)}


def ours(source: str, seed: int, out: Path) -> tuple[Scores, float, int]:
    """Scores of the network of a seed, CPU seconds of its training, number of its parameters."""
    size = {"inputs": INPUTS[source], "num_classes": CLASSES, "width": 64, "depth": 2}
    run = Run(
        id=f"{source}-s{seed}-00000000",
        study="in_context",
        recipe=RECIPE,
        model=ModelSpec(family="in_context_learner", hparams=size),
        data=(DataSpec(source=source),),
        seed=seed,
        milestones=(TOKENS[source],),
        abilities=(),
        shots=(0,),
        code_version="benchmark",
    )
    folder, start_time = RunDir(out / run.id), time.process_time()
    [*_, (ref, _)] = grow(run, folder)
    seconds = time.process_time() - start_time
    network = models.load_family("in_context_learner").build(run.model, run.recipe, seed)
    network.load_state_dict(folder.load_model(ref.id)[1])
    network.eval()
    rows = episodes(source)
    scores = {}
    for name, (num_visible, label) in settings(rows).items():
        inputs = {**rows, "support_label": label, "num_visible": np.full(TASKS, num_visible)}
        with torch.inference_mode():
            predicted = network(
                {key: torch.from_numpy(each) for key, each in inputs.items()}
            ).argmax(-1)
        scores[name] = (predicted.numpy() == rows["label"]).mean(1)
    return scores, seconds, ref.params


def peers(source: str) -> dict[str, Scores]:
    """Scores of classifiers that are fitted on the examples of each task."""
    from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
    from sklearn.neighbors import NearestCentroid

    warnings.simplefilter("ignore")
    rows = episodes(source)
    scores: dict[str, Scores] = {}
    for shots, (num_visible, label) in settings(rows).items():
        if not num_visible:
            continue
        classifiers = {
            "nearest class mean": NearestCentroid(),
            "logistic regression": LogisticRegression(max_iter=300),
        }
        if num_visible == SHOTS[-1] * CLASSES and shots != SHUFFLED:
            classifiers["logistic regression, cross-validated"] = LogisticRegressionCV(
                Cs=C_VALUES, cv=SHOTS[-1], max_iter=100
            )
        for name, classifier in classifiers.items():
            accuracies = [
                np.mean(classifier.fit(x[:num_visible], y[:num_visible]).predict(query) == label_)
                for x, y, query, label_ in zip(
                    rows["support"], label, rows["query"], rows["label"], strict=True
                )
            ]
            scores.setdefault(name, {})[shots] = np.array(accuracies)
    return scores


def load_or_compute(path: Path, compute: Any) -> Any:
    """Result of `compute`, from the file if it exists."""
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(compute()))
    return json.loads(path.read_text())


def to_lists(scores: Scores) -> dict[str, list[float]]:
    return {shots: each.tolist() for shots, each in scores.items()}


def print_table(source: str, mine: list[Any], theirs: dict[str, Any]) -> None:
    """Print the table and the paired differences at five shots."""
    names = [str(k) for k in SHOTS] + [SHUFFLED]
    cpu = np.mean([each["seconds"] for each in mine])
    print(f"{source}: {mine[0]['params']:,} parameters, {cpu:.0f} CPU seconds a seed\n")
    print("| | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    cells = []
    for name in names:
        each = [np.mean(seed["scores"][name]) for seed in mine]
        cells.append(f"{np.mean(each):.3f} ({min(each):.3f} to {max(each):.3f})")
    print(f"| network, {len(mine)} seeds (least to greatest) | " + " | ".join(cells) + " |")
    for classifier, scores in theirs.items():
        cells = [f"{np.mean(scores[name]):.3f}" if name in scores else "" for name in names]
        print(f"| {classifier} | " + " | ".join(cells) + " |")
    print("\n| at 5 shots, network minus | difference | 95 % |\n|---|---|---|")
    own = np.mean([seed["scores"]["5"] for seed in mine], axis=0)
    for classifier, scores in theirs.items():
        difference = own - np.array(scores["5"])
        rng = np.random.default_rng(0)
        means = difference[rng.integers(TASKS, size=(2000, TASKS))].mean(1)
        low, high = np.quantile(means, (0.025, 0.975))
        print(f"| {classifier} | {difference.mean():+.4f} | {low:+.4f} to {high:+.4f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("source", choices=INPUTS)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--out", type=Path, default=Path("out/in_context"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}\n", flush=True)
    mine = []
    for seed in map(int, args.seeds.split(",")):

        def compute(seed: int = seed) -> dict[str, Any]:
            scores, seconds, params = ours(args.source, seed, args.out)
            return {"scores": to_lists(scores), "seconds": seconds, "params": params}

        mine.append(load_or_compute(args.out / f"{args.source}-{seed}.json", compute))
    theirs = load_or_compute(
        args.out / f"{args.source}-peers.json",
        lambda: {classifier: to_lists(scores) for classifier, scores in peers(args.source).items()},
    )
    print_table(args.source, mine, theirs)


if __name__ == "__main__":
    main()
