"""lm-evaluation-harness on the fixtures, in its own Python; one line of JSON per call.

python peer.py FOLDER BATCH_SIZE TASK SHOTS [TASK SHOTS ...]
"""

import json
import os
import sys
import time

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def main(folder, batch_size, *calls):
    import torch
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    torch.set_num_threads(1)
    manager = TaskManager(include_path=f"{folder}/tasks", include_defaults=False)
    model = HFLM(pretrained=f"{folder}/model", batch_size=int(batch_size), device="cpu")
    for task, shots in zip(calls[::2], calls[1::2], strict=True):
        start = time.process_time()
        results = simple_evaluate(
            model=model, tasks=[task], num_fewshot=int(shots), task_manager=manager,
            bootstrap_iters=0,
        )  # fmt: skip
        seconds = time.process_time() - start
        samples = sorted(results["samples"][task], key=lambda sample: sample["doc_id"])
        logprobs = [[response[0][0] for response in sample["resps"]] for sample in samples]
        scores = {name: results["results"][task][f"{name},none"] for name in ("acc", "acc_norm")}
        call = {"task": task, "shots": int(shots), "seconds": seconds, "scores": scores}
        print("@" + json.dumps({**call, "logprobs": logprobs}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
