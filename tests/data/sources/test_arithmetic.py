import re

import numpy as np
import pytest
from tokenizers import Tokenizer as Engine
from tokenizers import models

from upwell.data import load_tokenizer
from upwell.data.sources.arithmetic import (
    HELD_OUT_FRACTION,
    Source,
    format_answer,
    format_question,
    is_held_out,
)
from upwell.data.tokenization.tokenizer import Tokenizer
from upwell.errors import DataError, SpecError

ASCII = load_tokenizer("ascii")
LINE = re.compile(r"(\d+)\+(\d+)=(\d+)\n")


def texts(source: Source, split: str = "train", context: int = 64, rows: int = 500) -> list[str]:
    tokens = source.generate_rows(ASCII, split, context, rows, np.random.default_rng(0))["tokens"]
    assert (tokens[:, 0] == ASCII.bos).all()
    return [ASCII.decode(row) for row in tokens]


def asked(rows: list[str]) -> set[tuple[int, int]]:
    return {(int(a), int(b)) for row in rows for a, b, _ in LINE.findall(row)}


@pytest.mark.parametrize("digits", [1, 2, 3, "2,3", "9"])
@pytest.mark.parametrize("context", [10, 64])
def test_rows_are_right_sums_packed_to_the_end(digits: int | str, context: int) -> None:
    lengths = {int(part) for part in str(digits).split(",")}
    for row in texts(Source(digits=digits), context=context):
        assert len(row) == context
        *lines, rest = row.split("\n")
        for line in lines:
            a, b, c = map(int, re.fullmatch(r"(\d+)\+(\d+)=(\d+)", line).groups())
            assert a + b == c
            assert len(str(a)) == len(str(b))
            assert len(str(a)) in lengths
            assert line + "\n" == format_question(a, b) + format_answer(a, b)
        assert re.fullmatch(r"(\d+(\+(\d+(=\d*)?)?)?)?", rest)


@pytest.mark.parametrize("digits", [1, 2, "2,3"])
def test_sums_with_the_last_digit_first_are_the_same_sums_reversed(digits: int | str) -> None:
    plain, reverse = (
        texts(Source(digits=digits, last_digit_first=flag), rows=50) for flag in (0, 1)
    )
    for row, other in zip(plain, reverse, strict=True):
        lines, others = row.split("\n")[:-1], other.split("\n")[:-1]
        for line, reversed_line in zip(lines, others, strict=True):
            question, total = line.split("=")
            assert reversed_line == f"{question}={total[::-1]}"


def test_held_out_pairs_never_stand_in_training_rows_and_all_others_do() -> None:
    pairs = {(a, b) for a in range(10, 100) for b in range(10, 100)}
    test = {pair for pair in pairs if is_held_out(*pair)}
    assert asked(texts(Source(), "train", rows=20_000)) == pairs - test
    assert asked(texts(Source(), "test", rows=4_000)) == test


def test_a_tenth_is_held_out_in_both_orders() -> None:
    pairs = [(a, b) for a in range(100, 300) for b in range(100, 300)]
    share = np.mean([is_held_out(*pair) for pair in pairs])
    assert abs(share - HELD_OUT_FRACTION) < 0.01
    assert all(is_held_out(a, b) == is_held_out(b, a) for a, b in pairs[::7])


def split_mix(key: int) -> int:
    """SplitMix64's first output for a seed, in Python's unbounded integers."""
    z = (key + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def test_which_pairs_are_held_out_is_fixed_by_a_published_hash() -> None:
    assert split_mix(0) == 0xE220A8397B1DCDAF  # Published with the reference implementation.
    for a in range(10, 999, 37):
        for b in range(a, 999, 41):
            assert is_held_out(a, b) == (split_mix(a << 32 ^ b) < HELD_OUT_FRACTION * 2**64)
    assert [b for b in range(10, 100) if is_held_out(27, b)] == [29, 34, 54, 69, 71, 78, 81, 88, 91]


def test_only_the_answer_and_its_newline_weigh() -> None:
    rows = Source(digits="2,3").generate_rows(ASCII, "train", 64, 50, np.random.default_rng(0))
    tokens, weights = rows["tokens"], rows["weights"]
    for row, weight in zip(tokens, weights, strict=True):
        text = ASCII.decode(row)
        marks = "".join("1" if w else "0" for w in weight)
        for found in LINE.finditer(text):
            equals = text.index("=", found.start())
            assert set(marks[found.start() : equals + 1]) == {"0"}
            assert set(marks[equals + 1 : found.end()]) == {"1"}
    assert set(np.unique(weights)) == {0.0, 1.0}


def test_everything_can_weigh() -> None:
    rows = Source(unpredictable_weight=1.0).generate_rows(
        ASCII, "train", 64, 5, np.random.default_rng(0)
    )
    weights = rows["weights"]
    assert (weights == 1).all()


def test_both_lengths_come_equally_often() -> None:
    pairs = [
        len(a) for row in texts(Source(digits="2,3"), context=256) for a, _, _ in LINE.findall(row)
    ]
    assert abs(np.mean(pairs) - 2.5) < 0.05


@pytest.mark.parametrize("digits", [0, 10, "2;3", "two", ""])
def test_digits_that_mean_nothing_are_refused(digits: int | str) -> None:
    with pytest.raises(SpecError, match="digits is"):
        Source(digits=digits)


def test_a_rule_says_what_rows_may_hold() -> None:
    source = Source()
    a, b = next((a, b) for a in range(10, 99) for b in range(10, 99) if is_held_out(a, b))
    assert not source.contains(format_question(a, b), "train")
    assert source.contains(format_question(a, b), "test")
    assert source.contains("12+13=", "train") != is_held_out(12, 13)
    assert not source.contains("112+113=", "train")
    assert not source.contains("12+113=", "train")
    assert not source.contains("012+13=", "train")
    assert not source.contains("no sum at all", "train")


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_rule_agrees_with_the_rows_for_every_pair_of_digits(split: str) -> None:
    source = Source(digits=1)
    ruled = {
        (a, b)
        for a in range(10)
        for b in range(10)
        if source.contains(format_question(a, b), split)
    }
    assert asked(texts(source, split, rows=2000)) == ruled


def test_a_tokenizer_that_joins_digits_is_refused() -> None:
    letters = {letter: i for i, letter in enumerate("0123456789+=\n")}
    engine = Engine(models.BPE(vocab=letters | {"12": 13}, merges=[("1", "2")]))
    with pytest.raises(DataError, match="joins digits or signs"):
        Source().generate_rows(
            Tokenizer("joined", engine), "train", 64, 1, np.random.default_rng(0)
        )
