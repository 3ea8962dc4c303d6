"""lm-evaluation-harness on the task files of real_tasks.py, in its own Python; JSON lines.

python real_tasks_peer.py FOLDER
"""

import json
import os
import sys
from pathlib import Path

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def main(folder):
    import torch
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    torch.set_num_threads(1)
    manager = TaskManager(include_path=str(folder / "tasks"), include_defaults=False)
    calls = json.loads((folder / "calls.json").read_text(encoding="utf-8"))
    for path in sorted((folder / "models").iterdir()):
        model = HFLM(pretrained=str(path), batch_size=8, device="cpu")
        for name, shots in calls:
            results = simple_evaluate(
                model=model, tasks=[name], num_fewshot=shots, task_manager=manager,
                bootstrap_iters=0,
            )  # fmt: skip
            samples = sorted(results["samples"][name], key=lambda sample: sample["doc_id"])
            items = [[plain(response[0]) for response in sample["resps"]] for sample in samples]
            scores = {
                key.partition(",")[0]: value
                for key, value in results["results"][name].items()
                if key.endswith(",none") and "stderr" not in key
            }
            line = {"model": path.name, "task": name, "shots": shots, "items": items,
                    "scores": scores}  # fmt: skip
            print("@" + json.dumps(line), flush=True)


def plain(response):
    """A text, or a log-probability and whether it is greedy."""
    return response if isinstance(response, str) else [float(response[0]), float(response[1])]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
