"""Upwell on the task files of real.py; one line of JSON a call, in the shape of real_peer.py.

python real_ours.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    import torch

    from upwell.abilities.tasks import Dealing, Variant, ask_task, load, scores
    from upwell.models.huggingface import load as load_model

    torch.set_num_threads(1)
    calls = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
    for path in sorted((folder / "models").iterdir()):
        answerer = load_model(path).answerer()
        for name, shots in calls:
            task = load(folder / "tasks" / f"{name}.yaml")
            heard = ask_task(
                answerer, path.name, task, [Variant(shots=shots)], dealing=Dealing(harness=True)
            )
            answers = [each.answer for each in heard]
            assert not [each.reason for each in answers if each.reason]
            items = [item(each) for each in answers]
            found = {each.metric: each.value.value for each in scores(task, answers)}
            line = {"model": path.name, "task": name, "shots": shots, "items": items,
                    "scores": found}  # fmt: skip
            print("@" + json.dumps(line), flush=True)


def item(answer: Any) -> list[Any]:
    """What was said, or the log-probability of every choice and whether it would be said."""
    from upwell.abilities.metrics.choosing import GREEDY

    if answer.said is not None:
        return [answer.said]
    greedy = (answer.notes[f"{GREEDY}{place}"] for place in range(len(answer.logprobs)))
    return [list(pair) for pair in zip(answer.logprobs, greedy, strict=True)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
