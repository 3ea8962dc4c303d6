"""Scales are told as people read them."""

import pytest

from upwell.emergence import forecast, judge
from upwell.formatting import format_count, format_range, format_scale

from .planted import SCALES, curve, slope, step, table


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"), (0.5, "0.5"), (4, "4"), (999, "999"), (999.9, "1K"), (1000, "1K"),
        (15680, "15.7K"), (28224, "28.2K"), (999_999, "1M"), (1.4e9, "1.4B"), (4e12, "4T"),
        (1.2e24, "1.2e24"), (5e15, "5e15"), (0.00002, "2e-5"),
    ],
)  # fmt: skip
def test_an_amount_has_three_digits_and_a_letter(number: float, text: str) -> None:
    assert format_count(number) == text


def test_the_noun_is_spelled() -> None:
    assert format_range(15680, 28224, "params") == "between 15.7K and 28.2K parameters"
    assert format_scale(1.2e24, "flops") == "1.2e24 FLOPs"
    assert format_scale(3e11, "tokens") == "300B tokens"
    assert format_scale(143_000, "step") == "143K steps"
    assert format_range(2, 16, "shots") == "between 2 and 16 shots"
    assert format_range(4, 8, "bits_per_weight") == "between 4 and 8 bits per weight"


def test_the_sentence_of_a_jump_tells_its_place() -> None:
    why = judge(table(curve(step(3e8, 0.1, 0.7))))[0].explanation
    assert "between 100M and 316M parameters" in why


def test_a_target_within_the_ladder_is_named() -> None:
    made = forecast(table(curve(slope(0.1, 0.7), scales=SCALES[:8])), targets=1e7)[0]
    assert "already reaches 3.16B parameters" in made.explanation
