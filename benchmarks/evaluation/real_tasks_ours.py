"""Upwell on the task files of real_tasks.py; JSON lines in the format of real_tasks_peer.py.

python real_tasks_ours.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def main(folder: Path) -> None:
    import torch

    from upwell.evaluation.task_files import (
        FewshotSampling,
        Variant,
        compute_scores,
        evaluate_task,
        load_task,
    )
    from upwell.models.hub.language_models import load as load_model

    torch.set_num_threads(1)
    calls = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
    for path in sorted((folder / "models").iterdir()):
        lm = load_model(path).as_lm()
        for name, shots in calls:
            task = load_task(folder / "tasks" / f"{name}.yaml", data_dir=folder)
            evaluated = evaluate_task(
                lm,
                path.name,
                task,
                [Variant(shots=shots)],
                sampling=FewshotSampling(lm_eval=True),
            )
            answers = [each.answer for each in evaluated]
            assert not [each.reason for each in answers if each.reason]
            items = [item(each) for each in answers]
            scores = {each.metric: each.value.value for each in compute_scores(task, answers)}
            line = {"model": path.name, "task": name, "shots": shots, "items": items,
                    "scores": scores}  # fmt: skip
            print("@" + json.dumps(line), flush=True)


def item(answer: Any) -> list[Any]:
    """The completion, or for every choice its log-probability and whether it is greedy."""
    from upwell.metrics.extras import IS_GREEDY_PREFIX

    if answer.completion is not None:
        return [answer.completion]
    greedy = (answer.extras[f"{IS_GREEDY_PREFIX}{index}"] for index in range(len(answer.logprobs)))
    return [list(pair) for pair in zip(answer.logprobs, greedy, strict=True)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
