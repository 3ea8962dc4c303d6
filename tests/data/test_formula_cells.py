"""Cells that a spreadsheet would run are harmless in our files, and the same when read again."""

import csv

import pytest

from upwell.data.formula_cells import escape_cell, unescape_cell
from upwell.data.tabular import read_table
from upwell.finetune.data.rows import write_csv

FORMULAS = ("=1+1", "=cmd|' /C calc'!A0", "+1+cmd", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "＝1")
PLAIN = ("", "text", "-5", "+1.5e3", "'quoted'", "a=b", "'", "''x")


@pytest.mark.parametrize("text", [*FORMULAS, *PLAIN, "'=1", "''=1", "'-x"])
def test_a_cell_is_the_same_after_the_round_trip(text):
    assert unescape_cell(escape_cell(text)) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_begins_as_a_formula(text):
    assert escape_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_plain_cells_stay(text):
    assert escape_cell(text) == text


def test_suggestions_are_read_as_they_were_and_other_files_too(tmp_path):
    texts = ("=1+1", "plain", "'=mine", "-x")
    rows = [(f"{n}", text, "", "=evil", "0.5") for n, text in enumerate(texts, start=1)]
    header = ("line", "text", "label", "prediction", "probability")
    path = write_csv(tmp_path / "suggestions.csv", header, rows)
    with path.open(newline="") as file:
        cells = [cell for record in csv.reader(file) for cell in record]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
    records = read_table(path, ("text",)).records
    assert tuple(record.values["text"] for record in records) == texts
    other = tmp_path / "other.csv"
    other.write_text("text,label\n'=mine,a\nplain,b\n")
    assert read_table(other, ("text",)).records[0].values["text"] == "'=mine"
