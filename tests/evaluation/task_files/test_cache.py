"""No row is evaluated twice, and other metrics are computed from cached answers."""

from dataclasses import replace

import pytest

from upwell.errors import StoreError
from upwell.evaluation.task_files import EvalTask, FewshotSampling, Variant, compute_scores
from upwell.evaluation.task_files.cache import ResponseCache, evaluate_cached
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
    monkeypatch.setattr("upwell.evaluation.task_files.cache.BATCH_QUESTIONS", 4)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, CountingLM(max_pairs=20))
    rest = CountingLM()
    answers = run(tmp_path, rest)
    assert 0 < rest.num_pairs < 8 * 2 * 2
    assert answers == run(tmp_path / "other", CountingLM())


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
