"""Facts are the same for all runs, and those of the test split are never in training rows."""

import numpy as np
import pytest
from evaluation.fake_models import Uniform, as_lm

from upwell.data import load_tokenizer
from upwell.data.sources.facts import MAX_FACTS, NUM_TEST_FACTS, Source
from upwell.errors import SpecError
from upwell.evaluation.base import build_items
from upwell.evaluation.builtin.facts import NUM_CHOICES
from upwell.records import DataSpec

ASCII = load_tokenizer("ascii")
DATA = (DataSpec(source="facts", options={"count": 30, "digits": 4}),)


def texts(source: Source, split: str = "train") -> list[str]:
    rows = source.generate_rows(ASCII, split, 40, 200, np.random.default_rng(0))
    return [ASCII.decode(row[1:].tolist()) for row in rows["tokens"]]


def test_rows_hold_facts_of_their_split_and_no_others() -> None:
    source = Source(count=30, digits=4)
    for split in ("train", "test"):
        lines = {line for text in texts(source, split) for line in text.split("\n")[:5]}
        told = {f"{key}={number}" for key, number in source.facts(split)}
        assert lines <= told
        assert len(lines) > 0.9 * len(told)


def test_no_key_is_in_both_splits() -> None:
    source = Source(count=MAX_FACTS)
    train, test = ({key for key, _ in source.facts(split)} for split in ("train", "test"))
    assert (len(train), len(test)) == (MAX_FACTS, NUM_TEST_FACTS)
    assert not train & test


def test_only_the_number_and_its_newline_count() -> None:
    rows = Source(count=5, digits=4).generate_rows(ASCII, "train", 16, 3, np.random.default_rng(0))
    assert rows["weights"].tolist() == [[0, 0, 0, 1, 1, 1, 1, 1] * 2] * 3


@pytest.mark.parametrize("options", [{"count": 0}, {"count": MAX_FACTS + 1}, {"digits": 0}])
def test_impossible_options_are_one_sentence(options: dict[str, int]) -> None:
    with pytest.raises(SpecError, match="source 'facts'"):
        Source(**options)


def test_questions_ask_what_was_told_and_what_was_not() -> None:
    source = Source(count=30, digits=4)
    asked = {item.prompt: item.target for item in build_items("facts", 0, as_lm(Uniform()), DATA)}
    assert asked == {f"{key}=": number for key, number in source.facts("train")}
    unknown = build_items("unknown_facts", 0, as_lm(Uniform()), DATA)
    assert {(item.prompt[:-1], item.target) for item in unknown} == set(source.facts("test"))
    assert all(len(set(item.choices)) == NUM_CHOICES for item in unknown)


def test_a_study_without_facts_is_told_so() -> None:
    with pytest.raises(SpecError, match="source 'facts'"):
        build_items("facts", 0, as_lm(Uniform()), (DataSpec(source="pydoc"),))
