"""The one reader of tables: records with their lines, whole files and streams."""

import csv
import gzip
import lzma

import pytest

from upwell.data.tabular import iter_records, read_table
from upwell.errors import DataError


def write(path, text: str):
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_known_name_makes_the_first_line_a_header_and_else_columns_are_numbered(tmp_path) -> None:
    named = read_table(write(tmp_path / "a.csv", "Text,kind\nwarm,1\n"), ["text"])
    numbered = read_table(write(tmp_path / "b.csv", "so cold,1\nwarm,1\n"), ["text"])
    assert named.column_names == ("Text", "kind")
    assert [(each.number, each.values) for each in named.records] == [
        (2, {"Text": "warm", "kind": "1"})
    ]
    assert numbered.column_names == ("1", "2") and len(numbered.records) == 2


def test_quotes_are_letters_in_tsv_and_protect_separators_in_csv(tmp_path) -> None:
    tsv = read_table(write(tmp_path / "a.tsv", 'say "hi\t1\r\n'))
    assert tsv.records[0].values == {"1": 'say "hi', "2": "1"}
    csv_file = read_table(write(tmp_path / "a.csv", '"one,\ntwo",1\n\nthree,2\n'))
    assert [each.number for each in csv_file.records] == [1, 4]
    assert csv_file.records[0].text("1") == "one,\ntwo"


def test_a_cell_as_text_has_no_blanks_around_it_and_an_absent_one_is_empty(tmp_path) -> None:
    (record,) = read_table(write(tmp_path / "a.jsonl", '{"a": " x ", "b": null, "c": 3}\n')).records
    assert [record.text(name) for name in "abcd"] == ["x", "", "3", ""]


@pytest.mark.parametrize(("suffix", "opener"), [("", open), (".gz", gzip.open), (".xz", lzma.open)])
def test_streams_number_the_columns_of_tsv_and_keep_the_line_of_every_record(
    tmp_path, suffix, opener
) -> None:
    with opener(tmp_path / f"a.tsv{suffix}", "wt", encoding="utf-8") as file:
        file.write("one\teins\ntwo\n")
    records = list(iter_records(tmp_path / f"a.tsv{suffix}"))
    assert [each.values for each in records] == [{"1": "one", "2": "eins"}, {"1": "two"}]
    assert [each.number for each in records] == [1, 2]


def test_a_line_of_a_stream_that_is_not_an_object_has_no_values(tmp_path) -> None:
    path = write(tmp_path / "a.jsonl", '{"a": 1}\nnonsense\n[1]\n')
    assert [each.values for each in iter_records(path)] == [{"a": 1}, {}, {}]


def test_two_columns_of_one_name_are_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="two columns have one name among 'text', 'text'"):
        read_table(write(tmp_path / "a.csv", "text,text\na,b\n"), ["text"])


def test_the_field_limit_of_the_csv_module_is_restored(tmp_path) -> None:
    before = csv.field_size_limit()
    with pytest.raises(DataError, match=r"a\.csv:\d+: .*; correct that line"):
        read_table(write(tmp_path / "a.csv", f"{'x' * ((1 << 20) + 1)},1\n"))
    assert csv.field_size_limit() == before
