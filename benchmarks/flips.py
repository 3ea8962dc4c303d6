"""Flip one byte of a file that Upwell wrote, and read the folder again.

    python benchmarks/flips.py                  (2,000 flips)
    python benchmarks/flips.py --count 200 --kind finetuned

Every flip must be refused in one sentence, or change nothing of what is read. The folders: a
fine-tuned model, an exported one, a study with its runs, a crossover's journal, the checkpoint of a
run, a journal of feedback, and a cache of answers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]
from benchmarks import fuzz_kinds  # noqa: E402
from benchmarks.fuzz import Kind, fuzz, report  # noqa: E402
from benchmarks.mutations import flip  # noqa: E402

FLIP_KINDS = tuple(
    replace(kind, targets="**/*", sealed=True, change=flip)
    for kind in (
        Kind("finetuned", fuzz_kinds.finetuned, fuzz_kinds.predict),
        Kind("exported", fuzz_kinds.exported, fuzz_kinds.read_model),
        Kind("study", fuzz_kinds.study, fuzz_kinds.read_study),
        Kind("study-in-progress", fuzz_kinds.unfinished_study, fuzz_kinds.read_study),
        Kind("checkpoint", fuzz_kinds.checkpoint, fuzz_kinds.read_checkpoint),
        Kind("feedback", fuzz_kinds.journal, fuzz_kinds.read_journal),
        Kind("answers", fuzz_kinds.answers, fuzz_kinds.read_answers),
    )
)


def main() -> None:
    kinds = {kind.name: kind for kind in FLIP_KINDS}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="flips over all folders")
    parser.add_argument("--kind", action="append", choices=sorted(kinds))
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    chosen = [kinds[name] for name in args.kind or kinds]
    each = -(-args.count // len(chosen))
    faults = 0
    for kind in chosen:
        with tempfile.TemporaryDirectory() as folder:
            outcomes = list(fuzz(kind, range(each), args.seed, Path(folder)))
        faults += report(kind, outcomes)
    print(f"{each * len(chosen):,} flips, {faults} faults")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
