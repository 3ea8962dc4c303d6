"""Upwell on the fixtures; one line of JSON per call, in the format of peer.py.

    python ours.py FOLDER MEMORY TASK SHOTS [TASK SHOTS ...]

SHOTS may be several numbers, separated by commas. MEMORY is the limit in bytes.
"""

from __future__ import annotations

import json
import resource
import sys
import time


def main(folder: str, memory: str, *calls: str) -> None:
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
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    model = load_model(f"{folder}/model")
    lm = model.as_lm(memory=int(memory))
    for name, shot_counts in zip(calls[::2], calls[1::2], strict=True):
        start = time.process_time()
        task = load_task(f"{folder}/tasks/{name}.yaml", data_dir=folder)
        variants = [Variant(shots=int(shots)) for shots in shot_counts.split(",")]
        evaluated = evaluate_task(
            lm, "model", task, variants, sampling=FewshotSampling(lm_eval=True)
        )
        answers = {v: [each.answer for each in evaluated if each.variant == v] for v in variants}
        scores = {
            v: {s.metric: s.value.value for s in compute_scores(task, answers[v])} for v in variants
        }
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for variant in variants:
            line = {
                "task": name, "shots": variant.shots, "seconds": seconds,
                "scores": scores[variant], "kilobytes": peak - before,
                "weights": model.size.bytes // 1024,
                "logprobs": [answer.logprobs for answer in answers[variant]],
            }  # fmt: skip
            print("@" + json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
