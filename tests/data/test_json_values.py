"""JSON of strangers: rows in every usual layout; one sentence for what is damaged or too deep."""

from __future__ import annotations

import json

import polars as pl
import pytest

from upwell.data.json_values import MAX_DEPTH, parse_json
from upwell.data.tabular import read_table
from upwell.errors import DataError

ROWS = [{"text": "warm", "label": "x"}, {"text": "cold", "label": "y"}]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, indent=1),
        json.dumps({"version": "1", "data": ROWS}),
        json.dumps({"text": ["warm", "cold"], "label": ["x", "y"]}),
        json.dumps({"text": {"0": "warm", "1": "cold"}, "label": {"0": "x", "1": "y"}}),
        "\n".join(map(json.dumps, ROWS)),
    ],
)
@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_lists_columns_and_lines_of_objects_are_the_same_rows(tmp_path, content, suffix):
    if suffix == "jsonl" and content.startswith("{") and "\n" not in content:
        pytest.skip("one object a line is one row")
    path = tmp_path / f"a.{suffix}"
    path.write_text(content)
    assert [record.values for record in read_table(path).records] == ROWS


def test_half_a_character_is_replaced_and_counted_and_a_whole_one_is_not(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a \\ud800"}\n{"text": "\\ud83d\\ude00"}\n')
    table = read_table(path)
    assert [record.text("text") for record in table.records] == ["a \ufffd", "\U0001f600"]
    assert table.notes == ("1 row with half of a character, read as U+FFFD",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested over"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "nested over"),
        ("9" * 5000, "not JSON: Exceeds the limit"),
        ("{", "is not JSON"),
    ],
)
def test_what_is_no_usable_json_is_one_sentence(text, message):
    with pytest.raises(DataError, match=message) as caught:
        parse_json(text, "a.json:3")
    assert str(caught.value).startswith("a.json:3") and len(str(caught.value)) < 300
    assert "sys." not in str(caught.value)


def test_a_list_or_an_object_is_no_text(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": {"a": 1}}\n')
    with pytest.raises(DataError, match=r"a\.jsonl:1: 'text' is an object, expected a text"):
        read_table(path).records[0].text("text")


def test_a_parquet_file_that_would_fill_the_memory_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": ["x" * 100_000] * 6000, "label": ["a"] * 6000}).write_parquet(path)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(DataError, match="holds 572 MB of text"):
        read_table(path)
