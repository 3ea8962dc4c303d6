"""Labeled rows of files: formats, columns, encodings, lines."""

import csv
from pathlib import Path

import polars as pl
import pytest

from upwell.data import load_source
from upwell.data.labeled import Columns, read_labeled
from upwell.errors import DataError
from upwell.records import DataSpec


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_every_format_gives_the_same_rows(tmp_path):
    rows = [("warm, sweet tea", "good"), ("酸的汤", "bad"), ('a "cold" meal', "bad")]
    frame = pl.DataFrame(rows, schema=["text", "label"], orient="row")
    frame.write_csv(tmp_path / "rows.csv")
    frame.write_parquet(tmp_path / "rows.parquet")
    frame.write_ndjson(tmp_path / "rows.jsonl")
    write(tmp_path / "rows.tsv", "text\tlabel\n" + "".join(f"{a}\t{b}\n" for a, b in rows))
    for ending in ("csv", "tsv", "jsonl", "parquet"):
        data = read_labeled(tmp_path / f"rows.{ending}")
        assert [(row.texts[0], row.label) for row in data.rows] == rows, ending
        assert data.labels == ("bad", "good")
        assert data.digest == read_labeled(tmp_path / "rows.csv").digest


def test_lines_are_those_of_the_file_also_after_a_field_of_several(tmp_path):
    path = write(tmp_path / "a.csv", 'text,label\n"one\ntwo",x\n\nthree,y\n')
    assert [row.line for row in read_labeled(path).rows] == [2, 5]


def test_a_file_without_a_header_is_known_by_its_first_line(tmp_path):
    path = write(tmp_path / "a.tsv", "a fine film\t1\na dull film\t0\nfine acting\t1\ndull\t0\n")
    data = read_labeled(path)
    assert (data.columns.text_columns, data.columns.label_column, len(data.rows)) == (
        ("1",),
        "2",
        4,
    )


def test_columns_are_found_by_their_names_or_by_what_they_hold(tmp_path):
    named = write(tmp_path / "a.csv", "id,Review,Sentiment\n1,fine,pos\n2,dull,neg\n3,meh,neg\n")
    assert read_labeled(named).columns == Columns(
        text_columns=("Review",), label_column="Sentiment"
    )
    held = write(tmp_path / "b.csv", "id,x,y\n1,fine film,p\n2,dull film,n\n3,so so,p\n4,a,n\n")
    assert read_labeled(held, Columns()).columns == Columns(text_columns=("x",), label_column="y")
    pair = write(tmp_path / "c.csv", "premise,hypothesis,label\na,b,1\nc,d,0\n")
    assert read_labeled(pair).columns.text_columns == ("premise", "hypothesis")


def test_columns_that_cannot_be_told_apart_are_asked_for(tmp_path):
    path = write(tmp_path / "a.csv", "id,x\n1,fine\n2,dull\n")
    with pytest.raises(
        DataError, match=r"'id', 'x'.*name them with --text-column and --label-column"
    ):
        read_labeled(path)
    with pytest.raises(
        DataError, match=r"no column 'txt'; it has 'label', 'text'; did you mean 'text'"
    ):
        read_labeled(write(tmp_path / "b.csv", "text,label\na,b\n"), Columns(text_columns=("txt",)))


def test_a_header_without_rows_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(DataError, match="text and label are not clear"):
        read_labeled(write(tmp_path / "a.csv", "id,x,y\n"))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "text,label\nfine,pos,more\n", "a.csv:2 has 3 fields and the first line has 2"),
        ("a.csv", 'text,label\nx,y\n"open,pos\n', r"a.csv:\d: .*correct that line"),
        ("a.csv", "", "a.csv is empty"),
        ("a.jsonl", '{"text": 1}\nnonsense\n', "a.jsonl:2 is not JSON"),
        ("a.jsonl", "1\n", "a.jsonl:1 is not an object"),
        ("a.jsonl", "[1]\n", "a.jsonl: row 1 is not an object"),
        ("a.parquet", "nonsense", "not a readable Parquet file"),
        ("a.xml", "<a/>", "none of '.csv', '.json', '.jsonl', .*'.parquet', '.tsv'"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported_by_its_line(tmp_path, name, text, message):
    with pytest.raises(DataError, match=message):
        read_labeled(write(tmp_path / name, text))


@pytest.mark.parametrize(
    ("row", "encoding"), [("房间很干净,好", "gb18030"), ("réfund naïve,no", "cp1252")]
)
def test_another_encoding_is_refused_with_its_line_and_the_way_out(tmp_path, row, encoding):
    path = write(tmp_path / "a.csv", f"text,label\nfine,pos\n{row}\n", encoding)
    with pytest.raises(
        DataError, match=rf"a\.csv:3 is not UTF-8 at byte \d+ .*iconv -f {encoding} -t utf-8"
    ):
        read_labeled(path)


def test_several_labels_of_a_row_are_separated(tmp_path):
    path = write(tmp_path / "a.csv", "text,labels\none,red; blue\ntwo,\nthree,blue\n")
    rows = read_labeled(path, Columns(label_separator=";")).rows
    assert [row.labels for row in rows] == [("red", "blue"), (), ("blue",)]


def test_the_texts_of_labeled_rows_can_be_pretrained_on(tmp_path):
    path = write(tmp_path / "a.csv", "text,label\nfine film,1\n,0\ndull film,0\n")
    contents = load_source(DataSpec(source="labeled", options={"path": str(path)})).read()
    assert contents.documents == ("fine film\n", "dull film\n")
    assert contents.empty == 1


def test_the_limit_of_fields_is_given_back_to_others(tmp_path) -> None:
    before = csv.field_size_limit()
    long = "x" * (before + 1)
    path = tmp_path / "rows.csv"
    path.write_text(f"text,label\n{long},a\n", encoding="utf-8")
    assert len(read_labeled(path).rows) == 1
    assert csv.field_size_limit() == before


def test_none_is_a_class_of_its_own_where_a_row_has_one(tmp_path):
    path = write(tmp_path / "a.csv", "Tweet,Stance\none,NONE\ntwo,FAVOR\nthree,\n")
    rows = read_labeled(path, Columns(text_columns=("Tweet",), label_column="Stance")).rows
    assert [row.labels for row in rows] == [("NONE",), ("FAVOR",), ()]
    rows = read_labeled(
        path, Columns(text_columns=("Tweet",), label_column="Stance", label_separator=";")
    ).rows
    assert [row.labels for row in rows] == [(), ("FAVOR",), ()]
