"""Which rows make a ladder."""

import numpy as np
import polars as pl
import pytest

from upwell.emergence import judge
from upwell.emergence.ladder.ladder import build_ladders, select_rows
from upwell.records import Table

from ..planted import SCALES, curve, row, slope, step, table


def along(axis: str, rows: list[dict[str, object]], **asked: object):
    return build_ladders(table(rows), axis, **asked)


def test_seeds_are_averaged_and_their_spread_is_noise() -> None:
    rows = [
        row(model=f"m{seed}", params=1e6, seed=seed, ability="a", value=value, items=1000)
        for seed, value in enumerate((0.4, 0.6))
    ]
    (ladder,) = along("params", rows)
    assert ladder.value == pytest.approx([0.5])
    assert ladder.se[0] > 0.09


def test_along_tokens_the_longest_run_of_the_largest_model_is_followed() -> None:
    def run(model: str, params: float, upto: float, value: float) -> list[dict[str, object]]:
        return [
            row(model=model, params=params, tokens=t, ability="a", value=value)
            for t in np.geomspace(1e8, upto, 6)
        ]

    rows = run("small", 1e6, 1e12, 0.1) + run("short", 1e9, 1e9, 0.2) + run("long", 1e9, 1e10, 0.3)
    (ladder,) = along("tokens", rows)
    assert set(ladder.value) == {0.3}


def test_milestones_with_a_name_each_still_make_a_training_curve() -> None:
    rows = [
        row(model=f"m@{t:.0f}", params=1e6, tokens=t, ability="a", value=0.5)
        for t in np.geomspace(1e8, 1e10, 6)
    ]
    (ladder,) = along("tokens", rows)
    assert ladder.scale.size == 6


def test_a_long_training_curve_is_thinned_and_keeps_its_ends() -> None:
    rows = curve(slope(0.1, 0.7), scales=np.geomspace(1e6, 1e10, 200))
    (ladder,) = along("params", rows)
    assert ladder.scale.size <= 32
    assert (ladder.scale[0], ladder.scale[-1]) == pytest.approx((1e6, 1e10))


def trained_on(params: float, rows: int, value: float) -> dict[str, object]:
    name = f"m{params:.0f}-n{rows}"
    return row(model=name, params=params, tokens=1e6, train_rows=rows, ability="a", value=value)


def test_along_train_rows_the_largest_model_is_followed() -> None:
    made = [trained_on(p, n, p / 1e6 + n / 1e6) for p in (1e3, 1e5) for n in (10, 100, 1000)]
    (ladder,) = along("train_rows", made)
    assert ladder.scale.tolist() == [10, 100, 1000]
    assert ladder.value == pytest.approx([0.1 + n / 1e6 for n in (10, 100, 1000)])


def test_along_params_the_largest_training_set_counts() -> None:
    made = [trained_on(p, n, p / 1e6 + n / 1e6) for p in (1e3, 1e5) for n in (10, 100, 1000)]
    (ladder,) = along("params", made)
    assert ladder.value == pytest.approx([0.002, 0.101])


def test_along_a_custom_hyperparameter_the_largest_training_set_of_each_rung_counts() -> None:
    names = {"dial": pl.Series([4.0, 4.0, 8.0, 8.0, 16.0, 16.0])}
    made = [trained_on(1e6, n, n / 1e4) for n in (10, 40, 20, 80, 40, 160)]
    frame = table(made).frame.with_columns(**names)
    (ladder,) = build_ladders(Table(frame), "dial")
    assert ladder.scale.tolist() == [4, 8, 16]
    assert ladder.value == pytest.approx([0.004, 0.008, 0.016])
    assert judge(Table(frame), "dial")[0].axis == "dial"


def test_along_tokens_one_training_set_is_followed() -> None:
    made = [
        row(model=f"n{n}@{t:.0f}", params=1e6, tokens=t, train_rows=n, ability="a", value=n / 1e3)
        for n in (10, 100)
        for t in np.geomspace(1e8, 1e10 if n == 10 else 1e9, 6)
    ]
    (ladder,) = along("tokens", made)
    assert set(ladder.value) == {0.1}


def test_no_shots_is_a_place_on_the_axis_of_shots() -> None:
    rows = [row(model="m", params=1e6, ability="a", value=0.1 * s, shots=s) for s in (0, 1, 2, 4)]
    (ladder,) = along("shots", rows)
    assert ladder.scale.tolist() == [1, 2, 3, 5]


def test_unknown_noise_is_not_zero_noise() -> None:
    (ladder,) = along("params", curve(slope(3.0, 2.0), metric="loss", noise=0.1))
    assert np.isnan(ladder.se).all()


def test_a_model_without_a_scale_is_left_out() -> None:
    rows = [*curve(slope(0.1, 0.9)), row(model="lost", ability="a", value=0.5)]
    assert along("params", rows)[0].scale.size == len(SCALES)


@pytest.mark.parametrize(
    "name", ["stderr", "items", "chance", "tokens", "seed", "reason", "family"]
)
def test_a_column_that_is_null_all_along_may_have_no_type(name: str) -> None:
    made = table(curve(slope(0.1, 0.7)))
    untyped = Table(made.frame.with_columns(pl.lit(None, dtype=pl.Null).alias(name)))
    assert untyped.frame.schema[name] == pl.Null
    ladder = build_ladders(untyped, "params")[0]
    assert ladder.value.tolist() == build_ladders(made, "params")[0].value.tolist()
    assert judge(untyped)[0].kind == "smooth"


def test_counted_rows_are_those_of_the_ladders_missing_ones_among_them() -> None:
    early = curve(step(3e8, 0.0, 0.9), tokens=1e8)
    late = [*curve(slope(0.1, 0.7), tokens=1e9), row(model="x", params=3e6, ability="a")]
    rows = select_rows(table([*early, *late]), "params")
    assert rows["tokens"].drop_nulls().unique().to_list() == [1e9]
    ladder = build_ladders(table([*early, *late]), "params")[0]
    assert (rows["value"].count(), rows["value"].null_count()) == (ladder.models, ladder.missing)
