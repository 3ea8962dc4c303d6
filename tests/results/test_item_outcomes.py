"""Strings of right and wrong."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from upwell.errors import DataError
from upwell.results import read

from .result_files import shared_data


def write(folder: Path, **columns: list[object]) -> Path:
    path = folder / "items.parquet"
    plain = {"family": ["f"] * 2, "model": ["s", "l"], "params": [1e6, 1e9], "task": ["a"] * 2}
    pl.DataFrame(plain | columns).write_parquet(path)
    return path


def test_the_mean_of_a_string_is_the_accuracy(tmp_path: Path) -> None:
    frame = read([write(tmp_path, labels=["0010", "1110"])]).table.frame
    assert frame["value"].to_list() == [0.25, 0.75]
    assert frame["items"].to_list() == [4, 4]
    assert set(frame["metric"]) == {"accuracy"}


def test_every_letter_is_an_outcome(tmp_path: Path) -> None:
    outcomes = read([write(tmp_path, labels=["01", "11"])]).outcomes
    assert outcomes is not None
    assert outcomes.select("model", "item", "value").rows() == [
        ("s", "0", 0.0), ("s", "1", 1.0), ("l", "0", 1.0), ("l", "1", 1.0),
    ]  # fmt: skip


def test_a_string_of_no_items_is_a_missing_value(tmp_path: Path) -> None:
    frame = read([write(tmp_path, labels=["", None])]).table.frame
    assert frame["value"].to_list() == [None, None]
    assert None not in frame["reason"].to_list()


def test_other_letters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="strings of 0 and 1"):
        read([write(tmp_path, labels=["0x", "11"])])


@pytest.mark.data
def test_shared_outcomes_agree_with_the_shared_long_table() -> None:
    items = read([shared_data("tables", "bigg_items.parquet")]).table.frame
    means = read([shared_data("tables", "bigg.parquet")]).table.frame
    both = items.join(means, on=["model", "ability", "shots"], suffix=" of the mean")
    assert len(both) == len(means) == 574
    assert np.allclose(both["value"], both["value of the mean"], rtol=0, atol=1e-9)
