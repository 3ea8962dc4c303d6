"""Test items in training rows: found when planted, not found when not."""

from dataclasses import replace

import pytest

from upwell.errors import SpecError
from upwell.records import DataSpec
from upwell.study.contamination import check_study_contamination
from upwell.study_loader import load_study


def test_the_demo_is_not_trained_on_its_test_items():
    found = check_study_contamination(load_study("demo"))
    assert set(found) == set(load_study("demo").abilities)
    assert all(overlap.exact == 0 and overlap.items for overlap in found.values())


def test_test_rows_among_the_training_rows_are_refused():
    demo = load_study("demo")
    leaky = replace(demo, data=(*demo.data, DataSpec(source="pydoc", split="test")))
    with pytest.raises(SpecError, match="'language_modeling' occur in the training rows"):
        check_study_contamination(leaky)


def test_sums_that_are_evaluated_must_not_be_training_rows():
    demo = load_study("demo")
    sums = DataSpec(source="arithmetic", options={"digits": 2}, split="test")
    leaky = replace(demo, data=(sums, *demo.data[1:]))
    with pytest.raises(SpecError, match="'reversed_addition2'"):
        check_study_contamination(leaky)


def test_a_toy_learns_nothing():
    assert check_study_contamination(load_study("ruler")) == {}
