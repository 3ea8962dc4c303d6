"""The demo's verdicts with other seeds: how many of ten repetitions come out as expected.

    python benchmarks/demo_repeat.py                      (stop and start it at will)
    python benchmarks/demo_repeat.py --workers 2 &        (several processes share the work)

Repetition k has the seeds 200 + 10 k, 201 + 10 k and 202 + 10 k; the demo was made with seeds below
200. A repetition is a study folder, so a stopped one continues where it stopped, and one that
another process works on is skipped. The verdicts are those of `upwell run demo`; nothing is
forecast or drawn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from upwell.errors import StoreError
from upwell.records import Plan, Verdict
from upwell.report import check_expectations
from upwell.store import Store
from upwell.study import execute, plan
from upwell.study_loader import load_study
from upwell.workflows.report_study import judge_study

FIRST_SEED, SEED_STEP = 200, 10


def repeat(folder: Path, number: int, workers: int) -> None:
    """Run one repetition to its end, unless another process does."""
    study = load_study("demo", first_seed=FIRST_SEED + SEED_STEP * number)
    try:
        store = Store.create(folder, study)
        with store.lock():
            if store.verdicts():
                return
            planned: Plan = plan(study, workers=workers)
            store.save_plan(planned)
            execute(planned.runs, store, workers, lambda event: None)
            if all(store.run(run.id).result() for run in planned.runs):
                judge_study(store)
    except StoreError as error:
        print(f"repetition {number}: {error}")


def summarize(folders: list[Path]) -> None:
    """Print each repetition, and how many are as expected."""
    finished = [store for store in map(open_finished, folders) if store is not None]
    met = 0
    for store, verdicts in finished:
        rows = check_expectations(store.study(), verdicts)
        met += all(row.met for row in rows)
        seconds = sum(store.run(run.id).seconds() or 0 for run in store.plan().runs)
        print(
            json.dumps(
                {
                    "repetition": store.root.name,
                    "seeds": list(store.study().seeds),
                    "as expected": all(row.met for row in rows),
                    "training seconds": round(seconds),
                    **{row.ability: row.observed for row in rows},
                    "deviations": [
                        verdict.explanation
                        for row in rows
                        if not row.met
                        for verdict in verdicts
                        if verdict.ability == row.ability
                    ],
                }
            )
        )
    print(f"{met} of {len(finished)} repetitions have all verdicts as expected")


def open_finished(folder: Path) -> tuple[Store, tuple[Verdict, ...]] | None:
    """The store of a repetition and its verdicts; None before it is judged."""
    if not (folder / "study.json").is_file():
        return None
    store = Store.open(folder)
    verdicts = store.verdicts()
    return (store, verdicts) if verdicts else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("out/demo_repeat"))
    parser.add_argument("--only-report", action="store_true", help="train nothing")
    options = parser.parse_args()
    folders = [options.folder / f"{number:02}" for number in range(options.repetitions)]
    if not options.only_report:
        for number, folder in enumerate(folders):
            repeat(folder, number, options.workers)
    summarize(folders)


if __name__ == "__main__":
    main()
