import numpy as np
import pytest

from upwell.data import load_tokenizer
from upwell.data.sources.repeats import Source
from upwell.errors import SpecError

ASCII = load_tokenizer("ascii")


def generate(source: Source, context: int = 64, rows: int = 500):
    rows_made = source.generate_rows(ASCII, "train", context, rows, np.random.default_rng(0))
    return rows_made["tokens"], rows_made["weights"]


def period(content: np.ndarray) -> int:
    """The least distance at which the whole row repeats itself."""
    return next(p for p in range(1, len(content)) if (content[p:] == content[:-p]).all())


def test_rows_repeat_until_the_context_is_full() -> None:
    tokens, _ = generate(Source())
    periods = {period(row[1:]) for row in tokens}
    assert (tokens[:, 0] == ASCII.bos).all()
    assert periods == set(range(8, 25))


def test_no_fixed_distance_solves_more_than_a_few_rows() -> None:
    tokens, weights = generate(Source(), rows=2000)
    content = tokens[:, 1:]
    for back in range(1, 40):
        judged = weights[:, back:] > 0
        hits = (content[:, back:] == content[:, :-back])[judged]
        assert hits.mean() < 0.2


def test_weight_begins_where_the_previous_token_was_seen_before() -> None:
    tokens, weights = generate(Source(), rows=50)
    for row, weight in zip(tokens[:, 1:], weights, strict=True):
        first = period(row) + 1
        assert (weight[:first] == 0).all()
        assert (weight[first:] == 1).all()
        assert row[first - 1] == row[0]


def test_the_unpredictable_part_can_weigh_something() -> None:
    _, weights = generate(Source(unpredictable_weight=0.5))
    assert set(np.unique(weights)) == {0.5, 1.0}


def test_tokens_are_ordinary_and_all_are_used() -> None:
    tokens, _ = generate(Source())
    assert set(np.unique(tokens[:, 1:])) == set(ASCII.regular_ids)


def test_periods_are_options() -> None:
    tokens, _ = generate(Source(min_period=5, max_period=5))
    assert {period(row[1:]) for row in tokens} == {5}


@pytest.mark.parametrize(
    ("options", "context"),
    [
        ({"min_period": 0}, 64),
        ({"min_period": 9, "max_period": 8}, 64),
        ({"max_period": 63}, 64),
        ({}, 3),
    ],
)
def test_periods_that_cannot_repeat_are_refused(options: dict, context: int) -> None:
    with pytest.raises(SpecError, match="do not repeat within a context"):
        generate(Source(**options), context=context)
