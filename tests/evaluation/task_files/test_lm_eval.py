"""The same numbers as lm-eval-harness 0.4.13: recorded ones, and new ones where it is installed."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from models import shapes

from upwell.evaluation.task_files import (
    FewshotSampling,
    Variant,
    compute_scores,
    evaluate_task,
    load_task,
)
from upwell.evaluation.task_files.run import TRUNCATED_TOKENS_KEY
from upwell.metrics.extras import IS_GREEDY_PREFIX, UNCONDITIONAL_LOGPROB_PREFIX
from upwell.models.lm.hf_causal import HFCausalLM
from upwell.models.lm.hf_tokenizer import HFTokenizer

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures"
RECORDED = json.loads((FIXTURES / "lm_eval_0.4.13.json").read_text(encoding="utf-8"))
PYTHON = os.environ.get("UPWELL_LM_EVAL", "")

TOLERANCE = 1e-4
EXACT = ("acc", "acc_norm", "acc_bytes", "acc_mutual_info", "exact_match", "f1", "mcc")


@pytest.fixture(scope="module", params=shapes.SHAPES)
def model(request):
    tokenizer = HFTokenizer(shapes.tokenizer(request.param))
    return request.param, HFCausalLM(shapes.network(request.param), tokenizer, shapes.CONTEXT)


@pytest.fixture(scope="module")
def answers():
    """Answers by (model, task, shots), so that each is computed once."""
    return {}


def evaluate(model, task, shots, answers):
    kind, lm = model
    if (kind, task, shots) not in answers:
        answers_in_variants = evaluate_task(
            lm,
            kind,
            load_task(FIXTURES / f"{task}.yaml"),
            [Variant(shots=shots)],
            sampling=FewshotSampling(lm_eval=True),
        )
        answers[kind, task, shots] = [each.answer for each in answers_in_variants]
    return answers[kind, task, shots]


def records_of(kind, records=RECORDED):
    return [record for record in records if record["model"] == kind]


def compare_items(record, answers_of_task):
    for item, answer in zip(record["items"], answers_of_task, strict=True):
        assert answer.reason is None, answer
        if answer.completion is not None:
            assert [answer.completion] == item
        elif isinstance(item[0], float):
            # Theirs is a sum in float32, which above 500 nats is not known to 1e-4 itself.
            close = max(TOLERANCE, 2**-22 * abs(item[0]))
            assert sum(answer.token_logprobs) == pytest.approx(item[0], abs=close)
        else:
            logprobs = answer.logprobs or (sum(answer.token_logprobs),)
            unconditional = [
                answer.extras[name]
                for name in answer.extras
                if name.startswith(UNCONDITIONAL_LOGPROB_PREFIX)
            ]
            assert [*logprobs, *unconditional] == pytest.approx(
                [each[0] for each in item], abs=TOLERANCE
            )
            greedy = [answer.extras[f"{IS_GREEDY_PREFIX}{n}"] for n in range(len(logprobs))]
            assert greedy == [float(each[1]) for each in item[: len(logprobs)]]


def compare_scores(record, task, answers_of_task):
    ours = {
        f"{each.metric},{each.filter}": each.value for each in compute_scores(task, answers_of_task)
    }
    for name, theirs in record["scores"].items():
        metric, _, filter_name = name.partition(",")
        if metric.endswith("_stderr"):
            our_stderr = ours[f"{metric.removesuffix('_stderr')},{filter_name}"].stderr
            # Theirs of others is a bootstrap of a few draws.
            if metric.removesuffix("_stderr") in EXACT[:5]:
                assert our_stderr == pytest.approx(theirs, abs=1e-12), name
        elif metric in EXACT and theirs:
            assert ours[name].value == pytest.approx(theirs, abs=1e-12), name
        elif not (metric in ("f1", "mcc") and ours[name].value is None):
            assert ours[name].value == pytest.approx(theirs, rel=TOLERANCE, abs=1e-9), name


def test_every_item_and_every_score_is_the_same(model, answers):
    records = records_of(model[0])
    assert len({record["task"] for record in records}) >= 6
    for record in records:
        answers_of_task = evaluate(model, record["task"], record["shots"], answers)
        compare_items(record, answers_of_task)
        compare_scores(record, load_task(FIXTURES / f"{record['task']}.yaml"), answers_of_task)


def test_the_recorded_tasks_have_the_hard_cases(model, answers):
    """Truncation, glued choices, empty contexts, choices of one token and of several."""
    lengths, truncated = set(), 0
    for record in records_of(model[0]):
        for answer in evaluate(model, record["task"], record["shots"], answers):
            lengths.add(len(answer.token_logprobs))
            truncated += answer.extras.get(TRUNCATED_TOKENS_KEY, 0)
    assert truncated
    assert {1, 2, 3} <= lengths
    prompt = (FIXTURES / "glued.yaml").read_text(encoding="utf-8")
    assert 'doc_to_text: ""' in prompt
    tokenizer = HFTokenizer(shapes.tokenizer("gpt2"))
    parts = [*tokenizer.encode("sta"), *tokenizer.encode("tement")]
    assert tokenizer.encode("statement") != parts


def test_all_shots_at_once_are_the_same_as_one_by_one(model, answers):
    kind, lm = model
    for name in ("letters", "words"):
        task = load_task(FIXTURES / f"{name}.yaml")
        variants = [Variant(shots=shots) for shots in (0, 3, 6)]
        together = evaluate_task(lm, kind, task, variants, sampling=FewshotSampling(lm_eval=True))
        for variant in variants:
            alone = evaluate(model, name, variant.shots, answers)
            answers_of_task = [each.answer for each in together if each.variant == variant]
            for a, b in zip(answers_of_task, alone, strict=True):
                assert a.logprobs == pytest.approx(b.logprobs, abs=2e-5)


@pytest.mark.skipif(not PYTHON, reason="UPWELL_LM_EVAL names no Python that has lm_eval 0.4.13")
def test_new_outputs_are_the_recorded_ones(tmp_path):
    models, out = tmp_path / "models", tmp_path / "out.json"
    for kind in shapes.SHAPES:
        shapes.folder(kind, models)
    script = HERE / "lm_eval_outputs.py"
    subprocess.run([PYTHON, script, FIXTURES, models, out], check=True, capture_output=True)
    new = json.loads(out.read_text(encoding="utf-8"))
    for record, recorded in zip(new, RECORDED, strict=True):
        assert [record[k] for k in ("model", "task", "shots")] == [
            recorded[k] for k in ("model", "task", "shots")
        ]
        assert flat(record["items"]) == pytest.approx(flat(recorded["items"]), abs=TOLERANCE)


def flat(items):
    responses = [each for item in items for each in item]
    parts = [part for each in responses for part in (each if isinstance(each, list) else [each])]
    return [part for part in parts if not isinstance(part, str)]
