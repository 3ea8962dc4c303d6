"""Numbers as people write them: read where one reading is possible, else no number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.results.numbers import has_decimal_commas, parse_cell


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("70M", 70e6),
        ("1.1b", 1.1e9),
        ("70,000,000", 70e6),
        ("70.000.000", 70e6),
        ("70 000 000", 70e6),
        ("70\u202f000", 70e3),
        ("70'000", 70e3),
        ("1.3B params", 1.3e9),
        ("300B tokens", 300e9),
        ("70 million", 70e6),
        ("1.5 bn", 1.5e9),
        ("7亿", 7e8),
        ("７０Ｍ", 70e6),
        ("5-shot", 5),
        ("1,319", 1319),
        ("~7b", 7e9),
        ("\u22123.5", -3.5),
        ("47.3 %", 47.3),
        ("1e-3", 1e-3),
    ],
)
def test_a_number_is_read(text: str, number: float) -> None:
    assert parse_cell(text) == pytest.approx(number)


@pytest.mark.parametrize(
    "text", ["", "7b-4k", "1,4b", "0,25", "1,23,4", "1.2.3", "8x7B", "seven", "nan", "12:30"]
)
def test_another_text_is_no_number(text: str) -> None:
    assert parse_cell(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("0,25", 0.25), ("1.234,5", 1234.5), ("1,5e9", 1.5e9), ("12.500", 12500)]
)
def test_a_decimal_comma_parts_thousands_by_dots(text: str, number: float) -> None:
    assert parse_cell(text, decimal_comma=True) == pytest.approx(number)


def test_one_certain_cell_decides_for_a_file() -> None:
    assert has_decimal_commas(["1,234", "0,25"])
    assert has_decimal_commas(["1.234,5"])
    assert not has_decimal_commas(["1,234", "70,000,000", "a,5", "0.25"])


def test_a_comma_that_may_be_both_is_no_measure() -> None:
    assert parse_cell("1,234", whole=False) is None
    assert parse_cell("1,234", whole=True) == 1234


@given(st.text(max_size=20), st.booleans(), st.booleans())
def test_any_text_is_a_finite_number_or_none(text: str, comma: bool, whole: bool) -> None:
    number = parse_cell(text, decimal_comma=comma, whole=whole)
    assert number is None or abs(number) < float("inf")
