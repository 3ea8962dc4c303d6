"""Means, their standard errors, and what is missing."""

import numpy
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from upwell.errors import SpecError
from upwell.metrics import load_metric, metric_names
from upwell.metrics.base import ratio_of_sums
from upwell.records import METRICS
from upwell.records.metric_facts import PUBLISHERS

from .answers import answer, completions

ALL = metric_names()
numbers = st.floats(-1e3, 1e3)


@given(st.lists(numbers, min_size=2, max_size=50))
def test_a_mean_and_its_error_are_those_of_scipy(values):
    mean, stderr = ratio_of_sums([(value, 1) for value in values])
    assert mean == pytest.approx(numpy.mean(values), abs=1e-9)
    assert stderr == pytest.approx(scipy.stats.sem(values), abs=1e-9)


def test_the_error_of_a_ratio_is_the_spread_of_its_draws():
    rng = numpy.random.default_rng(0)
    denominators = rng.integers(10, 30, size=(4000, 60))
    numerators = denominators * 2 + rng.normal(size=denominators.shape) * 8
    ratios = [
        ratio_of_sums(list(zip(a, b, strict=True)))
        for a, b in zip(numerators, denominators, strict=True)
    ]
    values, errors = zip(*ratios, strict=True)
    assert numpy.mean(errors) == pytest.approx(numpy.std(values), rel=0.05)


def test_one_item_has_no_error():
    assert ratio_of_sums([(3.0, 2.0)]) == (1.5, None)


@pytest.mark.parametrize("metric", ALL)
def test_missing_is_not_zero(metric):
    broken = [answer(i, reason="numbers are not finite") for i in range(3)]
    value = load_metric(metric)(broken)
    assert value.value is None
    assert value.stderr is None
    assert (value.items, value.missing) == (0, 3)
    assert value.reason == "numbers are not finite (3 of 3 items)"


@pytest.mark.parametrize("metric", ALL)
def test_answers_that_lack_what_a_metric_needs_are_missing(metric):
    value = load_metric(metric)([answer(0), answer(1)])
    assert value.value is None
    assert value.missing == 2
    assert value.reason.startswith("no answer has ")


def test_the_missing_are_counted_and_the_others_averaged():
    answers = [*completions("62", "0"), answer(2, completion="62", reason="too long")]
    value = load_metric("exact_match")(answers)
    assert (value.value, value.items, value.missing, value.reason) == (0.5, 2, 1, None)


WITH_FORMULA = {
    "acc", "greedy_match", "acc_norm", "acc_bytes", "acc_mutual_info", "f1", "mcc", "perplexity",
    "word_perplexity", "byte_perplexity", "bleu", "chrf", "ter",
}  # fmt: skip
"""Metrics of other people's results that Upwell computes, too."""


def test_every_formula_has_facts_and_all_facts_of_ours_have_a_formula():
    own = {metric.name for metric in PUBLISHERS["Upwell"]}
    assert set(ALL) == own | WITH_FORMULA


@pytest.mark.parametrize("name", METRICS)
def test_facts_are_complete_and_bounds_are_in_order(name):
    facts = METRICS[name]
    assert facts.name == name and facts.title
    assert facts.low is None or facts.high is None or facts.low < facts.high


def test_a_metric_of_your_own_is_a_module_with_measure(tmp_path, monkeypatch):
    (tmp_path / "my_metric.py").write_text(
        "from upwell.metrics import MetricValue\n"
        "def measure(answers): return MetricValue(value=1.0, items=len(answers))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_package").mkdir()
    (tmp_path / "my_metric.py").rename(tmp_path / "my_package" / "my_metric.py")
    assert load_metric("my_package.my_metric")([answer(0)]).items == 1


def test_an_unknown_metric_raises_with_the_nearest_name():
    with pytest.raises(SpecError, match="did you mean 'exact_match'"):
        load_metric("exact_mach")
