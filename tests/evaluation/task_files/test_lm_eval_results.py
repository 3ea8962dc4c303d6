"""Results written in the harness's format are read back unchanged."""

import json

from upwell.evaluation.task_files import (
    FewshotSampling,
    Variant,
    compute_scores,
    evaluate_task,
    load_task,
)
from upwell.evaluation.task_files.lm_eval_results import TaskRun, write_results
from upwell.models.lm.hf_causal import HFCausalLM
from upwell.models.lm.hf_tokenizer import HFTokenizer
from upwell.results import read

from .test_lm_eval import FIXTURES, RECORDED, shapes


def write(folder, *names, shots=3):
    tokenizer = HFTokenizer(shapes.tokenizer("gpt2"))
    lm = HFCausalLM(shapes.network("gpt2"), tokenizer, shapes.CONTEXT)
    task_runs = []
    for name in names:
        task = load_task(FIXTURES / f"{name}.yaml")
        answers = evaluate_task(
            lm, "m", task, [Variant(shots=shots)], sampling=FewshotSampling(lm_eval=True)
        )
        task_runs.append(TaskRun(task=task, shots=shots, answers=[each.answer for each in answers]))
    path = write_results(folder, task_runs, model="gpt2", params=123, max_length=96,
                 stamp="2026-11-23T10-00-00.000001", seconds=1.0, version="1")  # fmt: skip
    return task_runs, json.loads(path.read_text(encoding="utf-8"))


def test_the_document_has_what_the_harness_writes(tmp_path):
    _, document = write(tmp_path, "words", "completion")
    (theirs,) = (
        each["scores"]
        for each in RECORDED
        if (each["model"], each["task"], each["shots"]) == ("gpt2", "words", 3)
    )
    ours = document["results"]["words"]
    assert set(theirs) <= set(ours)
    assert ours["acc,none"] == theirs["acc,none"]
    assert document["n-shot"] == {"words": 3, "completion": 3}
    assert document["higher_is_better"]["words"]["brier_score"] is False
    assert document["n-samples"]["completion"] == {"original": 12, "effective": 12}
    assert document["configs"]["words"]["output_type"] == "multiple_choice"


def test_upwell_reads_the_results_that_it_writes(tmp_path):
    task_runs, _ = write(tmp_path, "words", "completion", "last", "rolling")
    frame = read([tmp_path], axis=None).table.frame
    rows = {(row["ability"], row["metric"]): row for row in frame.to_dicts()}
    accuracy = next(
        s for s in compute_scores(task_runs[0].task, task_runs[0].answers) if s.metric == "acc"
    ).value
    assert rows["words", "accuracy"]["value"] == accuracy.value
    assert rows["words", "accuracy"]["params"] == 123
    assert rows["words", "accuracy"]["shots"] == 3
    assert {ability for ability, _ in rows} >= {"words", "last", "rolling"}


def test_a_missing_score_is_left_out(tmp_path):
    task_runs, _ = write(tmp_path, "words")
    broken = [TaskRun(task=each.task, shots=0, answers=[]) for each in task_runs]
    path = write_results(
        tmp_path / "none",
        broken,
        model="m",
        params=1,
        max_length=1,
        stamp="s",
        seconds=0.0,
        version="1",
    )
    scores = json.loads(path.read_text(encoding="utf-8"))["results"]["words"]
    assert not [name for name in scores if "," in name]
