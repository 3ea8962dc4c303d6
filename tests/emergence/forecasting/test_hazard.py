"""The alarm rings for what creeps up from zero, and for nothing else."""

from upwell.emergence import forecast, judge
from upwell.records import Verdict

from ..planted import SCALES, curve, slope, table


def verdicts(top: float, low: float = 0.0, **known: object) -> list[Verdict]:
    rows = [
        r
        for i in range(20)
        for r in curve(slope(low, top), ability=f"sums/{i}", seed=i, metric="exact_match", **known)
    ]
    return judge(table(rows), with_fits=False)


def test_a_benchmark_that_creeps_up_from_zero_alarms() -> None:
    for verdict in verdicts(0.05):
        assert 0.1 < verdict.alarm["2"] < verdict.alarm["4"] < verdict.alarm["10"] < 1
        assert "may jump" in verdict.explanation


def test_a_benchmark_that_stays_at_zero_does_not() -> None:
    for verdict in verdicts(0.0):
        assert verdict.alarm["10"] < 0.08
        assert "may jump" not in verdict.explanation


def test_guessing_among_choices_does_not() -> None:
    rows = [
        r
        for i in range(20)
        for r in curve(lambda _: 0.25, ability=f"quiz/{i}", seed=i, chance=0.25, items=400)
    ]
    assert all(v.alarm["10"] < 0.08 for v in judge(table(rows), with_fits=False))


def test_an_ability_above_chance_has_no_alarm() -> None:
    assert all(v.alarm == {} for v in verdicts(0.9, 0.1))


def test_a_continuous_metric_is_never_at_chance() -> None:
    rows = curve(slope(4.0, 3.0), metric="loss", noise=0.01, scales=SCALES)
    assert judge(table(rows), with_fits=False)[0].alarm == {}


def test_what_may_jump_is_not_forecastable_and_its_interval_reaches_up() -> None:
    rows = [
        r
        for i in range(20)
        for r in curve(slope(0.0, 0.05), ability=f"sums/{i}", seed=i, metric="exact_match")
    ]
    for made in forecast(table(rows), targets=10 * SCALES[-1]):
        assert not made.forecastable
        assert made.interval_high == 1.0
        assert "jump" in made.explanation
