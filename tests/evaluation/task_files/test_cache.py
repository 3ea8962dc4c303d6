"""No row is evaluated twice, and other metrics are computed from cached answers."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from upwell.errors import StoreError
from upwell.evaluation.task_files import EvalTask, FewshotSampling, Variant, compute_scores
from upwell.evaluation.task_files.cache import ResponseCache, evaluate_cached
from upwell.evaluation.task_files.pieces import split_pieces
from upwell.evaluation.task_files.requests import Request
from upwell.evaluation.task_files.task import MetricSpec, PromptTemplate
from upwell.models.protocols import LM

from ..fake_models import Counting, as_lm

ROWS = [{"a": a, "b": 2, "target": str(a + 2), "wrong": str(a + 5)} for a in range(1, 9)]
TASK = EvalTask(
    name="sums",
    output_type="multiple_choice",
    rows=ROWS,
    examples=ROWS,
    fewshot_from_test=True,
    prompt_template=PromptTemplate(
        doc_to_text="{{a}}+{{b}}=",
        doc_to_target="target",
        doc_to_choice="{{[target, wrong]}}",
        target_delimiter="",
        fewshot_delimiter="\n",
        columns=frozenset(ROWS[0]),
    ),
    metrics=(MetricSpec(metric="accuracy"),),
)
VARIANTS = [Variant(), Variant(shots=2)]


class CountingLM(LM):
    """Counts the requests that reach the model; is interrupted after `max_pairs`."""

    def __init__(self, max_pairs=10**9):
        self.model, self.num_pairs, self.max_pairs = as_lm(Counting()), 0, max_pairs

    def token_logprobs(self, pairs):
        self.num_pairs += len(pairs)
        if self.num_pairs > self.max_pairs:
            raise KeyboardInterrupt
        return self.model.token_logprobs(pairs)

    def generate(self, prompts, max_new_tokens, stop):
        raise AssertionError


def run(folder, model, task=TASK, variants=VARIANTS, **key_fields):
    cache = ResponseCache(folder, "counting", task, **key_fields)
    try:
        return evaluate_cached(
            model, "counting", task, variants, FewshotSampling(shared=True), cache
        )
    finally:
        cache.close()


def test_a_second_evaluation_makes_no_request(tmp_path):
    first, second = CountingLM(), CountingLM()
    answers = run(tmp_path, first)
    assert (first.num_pairs, len(answers)) == (8 * 2 * 2, 16)
    assert run(tmp_path, second) == answers
    assert second.num_pairs == 0


def test_an_interrupted_evaluation_continues(tmp_path, monkeypatch):
    monkeypatch.setattr("upwell.evaluation.task_files.pieces.MAX_PIECE_REQUESTS", 4)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, CountingLM(max_pairs=20))
    rest = CountingLM()
    answers = run(tmp_path, rest)
    assert 0 < rest.num_pairs < 8 * 2 * 2
    assert answers == run(tmp_path / "other", CountingLM())


SLOW_EVALUATION = """
import sys
import time

from upwell.evaluation.task_files import FewshotSampling, Variant
from upwell.evaluation.task_files.cache import ResponseCache, evaluate_cached
from evaluation.task_files.test_cache import LONG_TASK, CountingLM


class SlowLM(CountingLM):
    def token_logprobs(self, pairs):
        for _ in pairs:
            print("asked", flush=True)
            time.sleep(0.02)
        return super().token_logprobs(pairs)


cache = ResponseCache(Path(sys.argv[1]), "slow", LONG_TASK)
evaluate_cached(
    SlowLM(), "slow", LONG_TASK, [Variant()], FewshotSampling(), cache, characters=20
)
"""

LONG_TASK = replace(TASK, rows=[{**ROWS[0], "a": number} for number in range(200)])


def test_a_killed_evaluation_loses_one_piece(tmp_path):
    """A kill of a slow evaluation, in a process of its own."""
    script = "from pathlib import Path\n" + SLOW_EVALUATION
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for _ in range(60):
            assert process.stdout.readline() == "asked\n"
        process.send_signal(signal.SIGKILL)
        asked = 60 + process.stdout.read().count("asked")
    cache = ResponseCache(tmp_path, "slow", LONG_TASK)
    kept = len(cache.answers)
    cache.close()
    # Two requests a row; a piece of 20 characters has a few rows.
    assert asked // 2 - 12 <= kept <= asked // 2
    rest = CountingLM()
    cache = ResponseCache(tmp_path, "slow", LONG_TASK)
    answers = evaluate_cached(rest, "slow", LONG_TASK, [Variant()], FewshotSampling(), cache)
    cache.close()
    assert (len(answers), rest.num_pairs) == (200, 2 * (200 - kept))


def test_pieces_have_more_text_of_their_own_than_they_share():
    shared = "x" * 1000
    requests = [
        Request(variant=Variant(), partial_answer=None, pairs=((f"{shared}{number:03d}", "y"),))
        for number in range(500)
    ]
    sizes = [len(piece) for piece in split_pieces(requests, characters=10)]
    assert sum(sizes) == 500
    assert len(sizes) > 1 and all(size >= 200 for size in sizes[1:-1])
    assert [len(piece) for piece in split_pieces(requests[:3], characters=1e9)] == [3]


def test_other_metrics_make_no_request_and_other_templates_do(tmp_path):
    run(tmp_path, CountingLM())
    again, changed = CountingLM(), CountingLM()
    brier = replace(TASK, metrics=(MetricSpec(metric="brier"),))
    answers = run(tmp_path, again, brier)
    assert again.num_pairs == 0
    assert compute_scores(brier, [each.answer for each in answers])[0].value.value is not None
    run(
        tmp_path,
        changed,
        replace(TASK, prompt_template=replace(TASK.prompt_template, fewshot_delimiter="\n\n")),
    )
    assert changed.num_pairs == 32


def test_other_weights_have_a_journal_of_their_own(tmp_path):
    run(tmp_path, CountingLM(), weights="one")
    other = CountingLM()
    run(tmp_path, other, weights="two")
    assert other.num_pairs == 32


def test_more_variants_request_only_the_new_ones(tmp_path):
    run(tmp_path, CountingLM())
    more = CountingLM()
    run(tmp_path, more, variants=[*VARIANTS, Variant(shots=1)])
    assert more.num_pairs == 16


def test_a_damaged_journal_is_refused(tmp_path):
    run(tmp_path, CountingLM())
    run(tmp_path, CountingLM(), variants=[Variant(shots=3)])
    (path,) = tmp_path.glob("*.jsonl")
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        run(tmp_path, CountingLM())
