"""Tokens with tags and texts with spans, a sentence a row."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from upwell.data.labeled.columns import Columns
from upwell.data.labeled.tagged_rows import read_tagged_rows
from upwell.errors import DataError

TEXT = "Mia Berg saw Oslo"
WORDS, TAGS = ("Mia", "Berg", "saw", "Oslo"), ("B-PER", "I-PER", "O", "B-LOC")


def read(path: Path, *rows: dict) -> object:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return read_tagged_rows(path, Columns())


@pytest.mark.parametrize(
    "row",
    [
        {"tokens": list(WORDS), "ner_tags": list(TAGS)},
        {"words": list(WORDS), "labels": list(TAGS)},
        {"sentence": TEXT, "word_labels": " ".join(TAGS)},
        {"tokens": list(WORDS), "tags": ["PER_B", "PER_I", "O", "LOC_B"]},
        {"text": TEXT, "label": [[0, 8, "PER"], [13, 17, "LOC"]]},
        {"text": TEXT, "labels": [[13, 17, "LOC"], [0, 8, "PER"]]},
        {"text": TEXT, "entities": [
            {"id": 1, "label": "PER", "start_offset": 0, "end_offset": 8},
            {"id": 2, "label": "LOC", "start_offset": 13, "end_offset": 17}]},
        {"text": TEXT, "spans": [{"start": 0, "end": 8, "label": "PER"},
                                 {"start": 13, "end": 17, "label": "LOC"}]},
        {"text": TEXT, "label": [{"start": 0, "end": 8, "text": "Mia Berg", "labels": ["PER"]},
                                 {"start": 13, "end": 17, "text": "Oslo", "labels": ["LOC"]}]},
        {"text": TEXT, "label": {"PER": {"Mia Berg": [[0, 7]]}, "LOC": {"Oslo": [[13, 16]]}}},
    ],
)  # fmt: skip
def test_every_shape_gives_the_same_words_and_tags(tmp_path, row):
    data = read(tmp_path / "a.jsonl", row, row)
    assert [(each.texts, each.labels) for each in data.rows] == [(WORDS, TAGS)] * 2


def test_numbers_are_tags_where_their_names_are_known_and_refused_where_not(tmp_path):
    rows = {"tokens": [list(WORDS)] * 2, "ner_tags": [[1, 2, 0, 3]] * 2}
    names = ["O", "B-PER", "I-PER", "B-LOC"]
    feature = {"feature": {"names": names, "_type": "ClassLabel"}, "_type": "Sequence"}
    info = {"info": {"features": {"ner_tags": feature}}}
    table = pyarrow.table(rows).replace_schema_metadata({"huggingface": json.dumps(info)})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    assert read_tagged_rows(tmp_path / "a.parquet", Columns()).rows[0].labels == TAGS
    row = {"tokens": list(WORDS), "ner_tags": [1, 2, 0, 3]}
    with pytest.raises(DataError, match=r"a\.jsonl:1: 'ner_tags' has numbers and no names"):
        read(tmp_path / "a.jsonl", row)
    (tmp_path / "dataset_info.json").write_text(json.dumps({"features": {"ner_tags": feature}}))
    assert read(tmp_path / "a.jsonl", row).rows[0].labels == TAGS


def test_spans_that_do_not_fit_words_are_counted(tmp_path):
    spans = [[0, 6, "PER"], [4, 8, "ORG"], [13, 17, "LOC"], [40, 44, "LOC"], [8, 9, "LOC"]]
    data = read(tmp_path / "a.jsonl", {"text": TEXT, "label": spans})
    assert data.rows[0].labels == ("B-PER", "I-PER", "O", "B-LOC")
    assert data.notes == (
        "1 span with an end inside of a word, widened to whole words",
        "1 span over a longer one, left out",
        "1 span beyond the text, left out",
        "1 span without a word, left out",
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"tokens": ["a", "b"], "tags": ["O"]}, "1 has 2 words and 1 tags"),
        ({"text": TEXT, "label": [[0, 8]]}, r"expected \[start, end, kind\]"),
        ({"text": TEXT, "label": [["0", 8, "PER"]]}, r"expected \[start, end, kind\]"),
        ({"text": TEXT, "label": {"PER": {"Mia": [[1, 3]]}}}, "'Mia' does not stand at character"),
        ({"text": TEXT, "topic": "x"}, "neither tokens with tags nor a text with spans"),
    ],
)  # fmt: skip
def test_a_row_of_another_shape_is_refused(tmp_path, row, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path / "a.jsonl", row)
