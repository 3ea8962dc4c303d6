"""The judge against the ruler: what was planted is found, and nothing once it is taken out."""

import polars
import pytest

from upwell import evaluation, models
from upwell.emergence import judge
from upwell.records import ModelRef, Table
from upwell.study_loader import load_study

METRICS = ("exact_match", "choice_probability")


def rows(study):
    for spec in study.ladder:
        family = models.load_family(spec.family)
        params = family.count(spec, study.recipe.context_length).params
        for seed in study.seeds:
            ref = ModelRef(
                id=f"{params}-{seed}",
                run="ruler",
                spec=spec,
                created_by="train",
                seed=seed,
                params=params,
                tokens=study.milestones[-1],
                flops=0.0,
                bytes=0,
                weights_sha256=None,
                code_version="",
            )
            answerer = family.build_lm(spec, seed, ref.tokens)
            for ability in study.abilities:
                answers = evaluation.evaluate(answerer, ref, ability)
                for metric in METRICS:
                    yield row(ref, evaluation.score(answers, metric))


def row(ref, observation):
    own = ("ability", "shots", "metric", "value", "stderr", "items", "missing", "chance", "ceiling")
    return {
        "family": "toy",
        "model": ref.id,
        "params": ref.params,
        "tokens": ref.tokens,
        "seed": ref.seed,
        **{name: getattr(observation, name) for name in own},
    }


def verdicts(**dials):
    frame = polars.DataFrame(list(rows(load_study("ruler", **dials))), infer_schema_length=None)
    judged = judge(Table(frame), with_fits=False)
    return {(verdict.ability, verdict.metric): verdict for verdict in judged}


@pytest.fixture(scope="module")
def planted():
    return verdicts()


@pytest.fixture(scope="module")
def empty():
    return verdicts(jump=0.0, rise=0.0, dip=0.0)


@pytest.mark.parametrize("metric", METRICS)
def test_the_planted_step_is_found_where_it_was_planted(planted, metric):
    verdict = planted["step", metric]
    assert verdict.kind == "emergent"
    assert verdict.onset_low <= 1e7 <= verdict.onset_high


def test_the_planted_slope_is_not_called_a_step(planted):
    assert planted["slope", "exact_match"].kind == "metric-made"
    assert planted["slope", "choice_probability"].kind == "smooth"


@pytest.mark.parametrize("metric", METRICS)
def test_the_other_controls_are_what_they_are(planted, metric):
    assert planted["flat", metric].kind == "flat"
    assert planted["dip", metric].kind == "u-shaped"


def test_nothing_is_found_where_nothing_was_planted(empty):
    assert {verdict.kind for verdict in empty.values()} == {"flat"}
