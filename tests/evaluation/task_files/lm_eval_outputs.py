"""The output of lm-eval-harness 0.4.13 for the task files here; run by its own Python.

    python lm_eval_outputs.py FIXTURES MODELS OUT

MODELS is a folder of model folders. Prints nothing; writes one JSON file.
"""

import json
import os
import sys
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}

SHOTS = (0, 3, 6)
"""With 6 examples most prompts are longer than the models here can read."""


def main(fixtures, models, out):
    import torch
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    torch.set_num_threads(1)
    os.chdir(fixtures)
    manager = TaskManager(include_path=str(fixtures), include_defaults=False)
    tasks = sorted(path.stem for path in Path(fixtures).glob("*.yaml"))
    records = []
    for folder in sorted(Path(models).iterdir()):
        model = HFLM(pretrained=str(folder), batch_size=4, device="cpu")
        for shots in SHOTS:
            result = simple_evaluate(
                model=model, tasks=tasks, num_fewshot=shots, task_manager=manager,
                bootstrap_iters=10, log_samples=True,
            )  # fmt: skip
            records += [record(folder.name, shots, task, result) for task in tasks]
    Path(out).write_text("[\n" + ",\n".join(map(json.dumps, records)) + "\n]\n", encoding="utf-8")


def record(model, shots, task, result):
    responses = {}
    for sample in result["samples"][task]:
        responses[sample["doc_id"]] = [response[0] for response in sample["resps"]]
    scores = {
        name: value
        for name, value in result["results"][task].items()
        if "," in name and not isinstance(value, str)
    }
    return {
        "model": model, "shots": shots, "task": task,
        "items": [round_responses(responses[item]) for item in sorted(responses)], "scores": scores,
    }  # fmt: skip


def round_responses(responses):
    """Log-probabilities to a millionth and whether each was greedy; texts as they are."""
    return [
        [round(float(each[0]), 6), bool(each[1])] if isinstance(each, tuple | list)
        else each if isinstance(each, str) else round(float(each), 6)
        for each in responses
    ]  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), Path(sys.argv[3]).resolve())
