"""Comparisons: right against scipy, seldom wrong on equals, and able to see a loss."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from upwell.emergence.comparison.compare import ComparisonResult, compare
from upwell.errors import DataError
from upwell.records import Table

from ..planted import row, table

Rows = list[dict[str, object]]


def measured(
    value: float, *, model: str = "m", ability: str = "a", items: int | None = 400, **more: object
) -> dict[str, object]:
    return row(model=model, ability=ability, value=value, items=items, params=1e6, **more)


def outcomes(
    model: str, values: np.ndarray, ability: str = "a", metric: str = "accuracy"
) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "model": model, "step": None, "ability": ability, "shots": 0, "metric": metric,
            "item": [str(i) for i in range(len(values))], "value": values.astype(float),
        },
        schema_overrides={"step": pl.Int64, "shots": pl.Int64},
    )  # fmt: skip


def paired(
    a: np.ndarray, b: np.ndarray, metric: str = "accuracy", **options: float
) -> ComparisonResult:
    items = len(a)
    return compare(
        table([measured(float(a.mean()), model="a", metric=metric, items=items)]),
        table([measured(float(b.mean()), model="b", metric=metric, items=items)]),
        outcomes("a", a, metric=metric),
        outcomes("b", b, metric=metric),
        **options,
    )


def right(rng: np.random.Generator, share: float, items: int) -> np.ndarray:
    return (rng.random(items) < share).astype(float)


def test_a_planted_loss_is_worse_and_its_mirror_is_better() -> None:
    rng = np.random.default_rng(0)
    hard = rng.random(500)
    strong, weak = (hard < 0.7).astype(float), (hard < 0.6).astype(float)
    assert paired(strong, weak).worse
    mirrored = paired(weak, strong)
    assert not mirrored.worse
    assert mirrored.comparisons[0].verdict == "better"


def test_the_same_answers_are_not_worse() -> None:
    answers = right(np.random.default_rng(0), 0.5, 300)
    [same] = paired(answers, answers).comparisons
    assert (same.difference, same.verdict) == (0.0, "same")
    assert same.detectable_loss is not None and same.detectable_loss > 0


def test_equals_are_called_worse_one_time_in_twenty_at_most() -> None:
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(150):
        left = [right(rng, 0.6, 60) for _ in range(6)]
        other = [right(rng, 0.6, 60) for _ in range(6)]
        wrong += _six(left, other).worse
    assert wrong <= stats.binom.ppf(0.999, 150, 0.05)


def test_a_small_loss_everywhere_is_seen_together() -> None:
    rng = np.random.default_rng(2)
    seen = 0
    for _ in range(40):
        hard = [rng.random(400) for _ in range(6)]
        found = _six(
            [(h < 0.60).astype(float) for h in hard], [(h < 0.585).astype(float) for h in hard]
        )
        seen += found.overall is not None and found.overall.verdict == "worse"
    assert seen >= 36


def _six(left: list[np.ndarray], other: list[np.ndarray]) -> ComparisonResult:
    def side(model: str, answers: list[np.ndarray]) -> tuple[Table, pl.DataFrame]:
        rows = [
            measured(float(v.mean()), model=model, ability=str(i), items=len(v))
            for i, v in enumerate(answers)
        ]
        return table(rows), pl.concat([outcomes(model, v, str(i)) for i, v in enumerate(answers)])

    (a, items_a), (b, items_b) = side("a", left), side("b", other)
    return compare(a, b, items_a, items_b)


def test_right_and_wrong_are_compared_by_mcnemars_exact_test() -> None:
    a = np.repeat([1.0, 1.0, 0.0, 0.0], [30, 14, 5, 20])
    b = np.repeat([1.0, 0.0, 1.0, 0.0], [30, 14, 5, 20])
    [found] = paired(a, b).comparisons
    exact = stats.binomtest(14, 19, 0.5, alternative="greater").pvalue
    assert found.p_value == pytest.approx(exact - 0.5 * stats.binom.pmf(14, 19, 0.5))


def test_continuous_outcomes_are_compared_by_the_paired_t_test() -> None:
    rng = np.random.default_rng(3)
    a = rng.random(50) / 2
    b = a + rng.normal(0, 0.02, 50) - 0.004
    [found] = paired(a, b, metric="choice_probability").comparisons
    assert found.p_value == pytest.approx(stats.ttest_rel(b, a, alternative="less").pvalue)
    tolerant = paired(a, b, metric="choice_probability", tolerance=0.01).comparisons[0]
    shifted = stats.ttest_rel(b + 0.01, a, alternative="less").pvalue
    assert tolerant.p_value == pytest.approx(shifted)


def test_seeds_without_items_are_compared_by_welchs_t_test() -> None:
    a, b = [0.50, 0.54, 0.52], [0.47, 0.44, 0.49, 0.45]
    rows = [
        [
            measured(v, seed=10 * side + s, metric="choice_probability", items=None)
            for s, v in enumerate(values)
        ]
        for side, values in enumerate((a, b))
    ]
    [found] = compare(table(rows[0]), table(rows[1])).comparisons
    welch = stats.ttest_ind(b, a, equal_var=False, alternative="less").pvalue
    assert found.p_value == pytest.approx(welch)
    assert found.seeds == 3


def test_the_same_seeds_are_compared_pair_by_pair() -> None:
    a, b = [0.50, 0.60, 0.70], [0.49, 0.58, 0.695]
    sides = [
        table(
            [
                measured(v, seed=s, metric="choice_probability", items=None)
                for s, v in enumerate(values)
            ]
        )
        for values in (a, b)
    ]
    [found] = compare(sides[0], sides[1]).comparisons
    assert found.p_value == pytest.approx(stats.ttest_rel(b, a, alternative="less").pvalue)


def test_items_that_cannot_be_matched_give_a_wider_noise() -> None:
    rng = np.random.default_rng(4)
    hard = rng.random(400)
    a, b = (hard < 0.60).astype(float), (hard < 0.55).astype(float)
    alone = compare(
        table([measured(float(a.mean()), model="a")]), table([measured(float(b.mean()), model="b")])
    ).comparisons[0]
    matched = paired(a, b).comparisons[0]
    assert alone.stderr is not None and matched.stderr is not None
    assert alone.stderr > 2 * matched.stderr
    assert "items not matched" in alone.explanation


def test_without_any_noise_known_nothing_is_claimed() -> None:
    sides = [table([measured(v, items=None)]) for v in (0.9, 0.1)]
    found = compare(sides[0], sides[1])
    assert found.comparisons[0].verdict == "unknown"
    assert not found.worse


def test_lower_is_better_where_the_metric_says_so() -> None:
    sides = [table([measured(v, metric="loss", stderr=0.01, items=None)]) for v in (2.0, 2.5)]
    found = compare(sides[0], sides[1])
    assert found.worse and found.comparisons[0].difference == pytest.approx(-0.5)


def test_a_loss_within_the_tolerance_is_not_worse() -> None:
    sides = [table([measured(v, items=20_000)]) for v in (0.60, 0.58)]
    assert compare(sides[0], sides[1]).worse
    assert not compare(sides[0], sides[1], tolerance=0.03).worse


def test_many_abilities_do_not_make_a_worse_one_by_chance() -> None:
    rng = np.random.default_rng(5)
    values = rng.binomial(100, 0.5, (2, 300)) / 100
    sides = [
        table([measured(v, ability=str(i), items=100) for i, v in enumerate(s)]) for s in values
    ]
    assert not compare(sides[0], sides[1]).worse


def test_of_several_models_those_of_the_same_name_or_size_are_compared() -> None:
    a = [measured(0.5, model="s") | {"params": 1e6}, measured(0.7, model="l") | {"params": 1e9}]
    b = [r | {"model": f"new-{r['model']}"} for r in a]
    by_name = compare(table(a), table([*a, measured(0.9, model="xl") | {"params": 1e10}]))
    assert {c.model for c in by_name.comparisons} == {"s", "l"}
    assert by_name.unmatched == 1
    assert len(compare(table(a), table(b)).comparisons) == 2


def test_the_last_checkpoint_counts() -> None:
    a = [measured(0.1, step=1, tokens=1e6), measured(0.5, step=2, tokens=2e6)]
    [found] = compare(table(a), table([measured(0.5)])).comparisons
    assert (found.a, found.difference) == (0.5, 0.0)


def test_items_of_an_earlier_checkpoint_do_not_count() -> None:
    rng = np.random.default_rng(6)
    early, late, other = (right(rng, share, 200) for share in (0.1, 0.6, 0.6))
    rows = [
        measured(float(v.mean()), model="a", step=s, items=200) for s, v in ((1, early), (2, late))
    ]
    items = pl.concat(
        outcomes("a", v).with_columns(pl.lit(s, dtype=pl.Int64).alias("step"))
        for s, v in ((1, early), (2, late))
    )
    b = table([measured(float(other.mean()), model="b", items=200)])
    [found] = compare(table(rows), b, items, outcomes("b", other)).comparisons
    assert "item by item" in found.explanation
    assert found.difference == pytest.approx(float(other.mean() - late.mean()))


def test_outcomes_whose_mean_is_not_the_value_are_not_paired() -> None:
    rng = np.random.default_rng(7)
    answers = right(rng, 0.5, 100)
    sides = [table([measured(0.9, model=m, items=100)]) for m in ("a", "b")]
    [found] = compare(
        sides[0], sides[1], outcomes("a", answers), outcomes("b", answers)
    ).comparisons
    assert "items not matched" in found.explanation


def test_nothing_in_common_is_one_clear_sentence() -> None:
    with pytest.raises(DataError, match="nothing to compare"):
        compare(table([measured(0.5)]), table([measured(0.5, ability="b")]))
    many = [measured(0.5, model=m) | {"params": p} for m, p in (("x", 1e6), ("y", 1e7))]
    with pytest.raises(DataError, match="no name and no size is in both"):
        compare(table(many), table([measured(0.5, model="z") | {"params": 3e6}]))
