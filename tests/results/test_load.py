"""From paths to one table."""

from pathlib import Path

import polars as pl
import pytest

from upwell.errors import DataError
from upwell.results import read

from .result_files import FIXTURES, HEADER, csv, document

ROW = "f,m,1e9,2e10,a,0,accuracy,0.5,100"


def test_files_and_folders_are_read_together_and_each_file_once(tmp_path: Path) -> None:
    one = csv(tmp_path, ROW, name="one.csv")
    csv(tmp_path, ROW.replace("f,m,", "f,n,"), name="two.csv")
    reading = read([tmp_path, one, FIXTURES / "lm_eval" / "tiny-16"])
    assert len(reading.files) == 3
    assert {"m", "n", "tiny-16"} == set(reading.table.frame["model"])


def test_a_repeated_row_counts_once(tmp_path: Path) -> None:
    reading = read([csv(tmp_path, ROW, ROW)])
    assert (len(reading.table), reading.duplicates, reading.bad_rows) == (1, 1, ())


def test_a_row_that_contradicts_another_is_reported(tmp_path: Path) -> None:
    reading = read([csv(tmp_path, ROW, ROW.replace("0.5", "0.6"))])
    assert reading.table.frame["value"].to_list() == [0.5]
    [bad] = reading.bad_rows
    assert bad.line == 3 and "measured again" in bad.reason


def test_ways_of_asking_are_abilities_of_their_own(tmp_path: Path) -> None:
    header = f"{HEADER},format"
    rows = [f"{ROW},rc", f"{ROW},mc", f"{ROW.replace(',a,', ',b,')},"]
    frame = read([csv(tmp_path, *rows, header=header)]).table.frame
    assert frame["ability"].to_list() == ["a/rc", "a/mc", "b"]


def test_a_text_column_that_tells_nothing_apart_changes_no_name(tmp_path: Path) -> None:
    rows = [f"{ROW},early", f"{ROW.replace('f,m,', 'f,n,')},late"]
    frame = read([csv(tmp_path, *rows, header=f"{HEADER},note")]).table.frame
    assert frame["ability"].to_list() == ["a", "a"]


def test_any_numeric_column_can_be_the_axis(tmp_path: Path) -> None:
    rows = [f"{ROW},64", f"{ROW.replace('f,m,', 'f,n,')},"]
    reading = read([csv(tmp_path, *rows, header=f"{HEADER},width")], axis="width")
    assert reading.table.frame["width"].to_list() == [64.0]
    assert reading.unplaced_models == ("n",)


@pytest.mark.parametrize("axis", ["height", "family", "value"])
def test_another_axis_is_refused_with_the_choices(tmp_path: Path, axis: str) -> None:
    with pytest.raises(DataError, match=f"found '{axis}'; choose one of params, tokens"):
        read([csv(tmp_path, ROW)], axis=axis)


def test_a_path_that_is_not_there_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read([tmp_path / "nothing"])


def test_a_named_file_without_results_is_refused_and_one_in_a_folder_is_reported(
    tmp_path: Path,
) -> None:
    other = document(tmp_path, {"hello": "world"}, "other.json")
    csv(tmp_path, ROW)
    with pytest.raises(DataError, match="is not a table of results"):
        read([other])
    [bad] = read([tmp_path]).bad_rows
    assert bad.file == str(other) and bad.line is None


def test_a_folder_without_results_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no results"):
        read([tmp_path])


def test_a_sample_log_alone_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "samples_x_1.jsonl"
    log.write_text("{}\n")
    with pytest.raises(DataError, match="read with the result file beside them"):
        read([log])


def test_all_rows_bad_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no row of .* can be used: 1 bad rows, the first: "):
        read([csv(tmp_path, ROW.replace("0.5", "50"))])


def test_no_number_in_a_table_is_nan() -> None:
    frame = read([FIXTURES / "lm_eval"]).table.frame
    floats = [name for name, kind in frame.schema.items() if kind == pl.Float64]
    assert not any(frame[name].is_nan().any() for name in floats)
