import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell import formatting


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (950, "950"), (4_200, "4.2K"), (105_000, "105K"), (1e6, "1M"), (999_990, "1M"),
     (1.2e10, "12B"), (3e12, "3T")],
)  # fmt: skip
def test_counts_are_written_with_letters(number, text):
    assert formatting.format_count(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1e21, "10²¹"), (3.24e17, "3.2×10¹⁷"), (0, "0"), (2.5e-7, "2.5×10⁻⁷"), (9.96e5, "10⁶")],
)
def test_compute_is_written_with_powers(number, text):
    assert formatting.format_scientific(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.5, "0.500"), (-2.345, "−2.35"), (1234, "1,234"), (0.00001, "10⁻⁵"), (0, "0")],
)
def test_values_keep_three_digits(number, text):
    assert formatting.format_value(number) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1.2e24, "1.2e24"), (5e15, "5e15"), (0.00002, "2e-5"), (-4200, "-4.2K")]
)
def test_counts_beyond_the_letters_are_powers_of_ten(number, text):
    assert formatting.format_count(number) == text


def test_a_scale_in_a_sentence_has_its_unit():
    assert formatting.format_scale(3e11, "tokens") == "300B tokens"
    assert formatting.format_scale(1.2e24, "flops") == "1.2e24 FLOPs"
    assert formatting.format_range(15680, 28224, "params") == "between 15.7K and 28.2K parameters"
    assert formatting.format_range(4, 8, "bits_per_weight") == "between 4 and 8 bits per weight"


@pytest.mark.parametrize(
    ("number", "axis", "text"),
    [(4_100, "params", "4.1K"), (3.2e17, "flops", "3.2×10¹⁷"), (0.5, "loss", "0.500"),
     (1024, "train_rows", "1.02K"), (None, "params", "unknown")],
)  # fmt: skip
def test_a_value_on_an_axis_is_written_as_its_axis_needs(number, axis, text):
    assert formatting.format_axis_value(number, axis) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, ""), (0, "0"), (0.01234, "0.0123"), (4.56e-7, "4.56e-07"), (1e6, "1.00e+06")],
)
def test_a_number_of_a_terminal_table_is_short(number, text):
    assert formatting.format_number(number) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(1000, "0 MB"), (4_200_000, "4.2 MB"), (3e7, "30 MB"), (1e9, "1 GB"), (12.34e9, "12.3 GB")],
)
def test_sizes_are_decimal_megabytes_or_gigabytes(count, text):
    assert formatting.format_bytes(count) == text


def test_an_ability_has_its_number_of_shots_only_where_there_are_some():
    assert formatting.format_ability("addition2", 4) == "addition2, 4-shot"
    assert formatting.format_ability("addition2", 0) == "addition2"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "0.25 s"), (48, "48 s"), (750, "12 min 30 s"), (720, "12 min"), (11_100, "3 h 5 min")],
)
def test_durations_have_two_units_at_most(seconds, text):
    assert formatting.format_duration(seconds) == text


def test_an_unknown_value_is_a_word_and_never_a_zero():
    assert (
        formatting.format_value(None)
        == formatting.format_axis_value(None)
        == formatting.format_exact(None)
        == "unknown"
    )
    assert formatting.format_interval(None, None) is None
    assert formatting.format_interval(None, 3.0) == "unknown to 3.00"


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_every_finite_number_on_a_page_has_the_typographic_minus(number):
    for format_page_number in (
        formatting.format_value,
        formatting.format_exact,
        formatting.format_scientific,
    ):
        assert "-" not in format_page_number(number)


@given(st.integers(min_value=0, max_value=10**30))
def test_a_count_has_three_digits(number):
    text = formatting.format_count(number)
    assert "-" not in text
    assert len([letter for letter in text.partition("e")[0] if letter.isdigit()]) <= 3


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_plain_numbers_are_ascii(number):
    assert formatting.format_count(number).isascii()
    assert formatting.format_number(number).isascii()


@given(st.floats(min_value=1e-4, max_value=9e6))
def test_the_number_under_a_figure_is_exact_to_six_digits(number):
    assert float(formatting.format_exact(number).replace(",", "")) == pytest.approx(
        number, rel=1e-5
    )
