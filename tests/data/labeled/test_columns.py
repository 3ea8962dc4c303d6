"""Columns: which are read, which are not, and what the labels are; all of it said."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.data.labeled import Columns, read_labeled
from upwell.errors import DataError


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


JIGSAW = (
    "id,comment_text,toxic,obscene,threat\n"
    "a1,a fine film,0,0,0\na2,a dull film,1,0,0\na3,so bad and dull,1,1,0\n"
)


def test_columns_of_0_and_1_are_labels_of_which_a_row_may_have_several(tmp_path):
    path = write(tmp_path / "a.csv", JIGSAW)
    data = read_labeled(path)
    assert data.columns == Columns(
        text_columns=("comment_text",), label_column="toxic,obscene,threat", label_separator=","
    )
    assert [row.labels for row in data.rows] == [(), ("toxic",), ("toxic", "obscene")]
    assert data.notes == (
        "not read: column 'id'",
        "3 columns of 0 and 1 read as labels; a row has any number of them",
        "no row has the label 'threat'",
    )
    again = read_labeled(path, data.columns)
    assert again.rows == data.rows


def test_chosen_columns_of_0_and_1_are_read_alone_and_one_of_them_as_one_label(tmp_path):
    path = write(tmp_path / "a.csv", JIGSAW)
    chosen = Columns(label_column="toxic,obscene", label_separator=",")
    assert [row.labels for row in read_labeled(path, chosen).rows][-1] == ("toxic", "obscene")
    one = read_labeled(path, Columns(label_column="toxic"))
    assert one.labels == ("0", "1")
    assert one.notes == ("not read: columns 'id', 'obscene', 'threat'",)


def test_columns_of_which_each_row_has_exactly_one_give_one_label(tmp_path):
    rows = "text,cat,dog\nmeow so,1,0\nwoof so,0,1\nmeow me,1,0\n"
    data = read_labeled(write(tmp_path / "a.csv", rows))
    assert data.columns.label_separator is None
    assert [row.label for row in data.rows] == ["cat", "dog", "cat"]
    with pytest.raises(DataError, match=r"a\.csv:3 has 2 labels; say that rows have several"):
        read_labeled(write(tmp_path / "a.csv", rows.replace("0,1", "1,1")), data.columns)


def test_a_known_label_column_wins_and_the_others_are_named(tmp_path):
    text = "text,label,label_text,topic\nwarm,0,neg,a\ncold,1,pos,b\n"
    data = read_labeled(write(tmp_path / "a.csv", text))
    assert data.columns.label_column == "label"
    assert data.notes == (
        "label 'label' is read, and 'topic' not; choose with --label-column",
        "not read: column 'label_text'",
    )


@pytest.mark.parametrize(
    ("train", "test"), [(("0.0", "1.0"), ("0", "1")), (("0", "1.0"), ("1.00", "0"))]
)
def test_whole_numbers_are_one_label_however_they_are_written(tmp_path, train, test):
    labels = []
    for name, values in (("a", train), ("b", test)):
        rows = "".join(f"row {n},{value}\n" for n, value in enumerate(values))
        labels.append(read_labeled(write(tmp_path / f"{name}.csv", f"text,label\n{rows}")).labels)
    assert labels == [("0", "1"), ("0", "1")]


def test_versions_and_stars_with_fractions_stay_as_they_are(tmp_path):
    rows = "text,label\na b,1.10\nc d,1.1\ne f,2.0\n"
    assert read_labeled(write(tmp_path / "a.csv", rows)).labels == ("1.1", "1.10", "2.0")


def test_a_table_of_results_texts_and_quantities_are_no_labeled_rows(tmp_path):
    results = "model,ability,metric,value\n" + "".join(f"m{n},add,acc,.{n}\n" for n in range(9))
    with pytest.raises(DataError, match="a table of results and no labeled rows"):
        read_labeled(write(tmp_path / "a.csv", results))
    long = "".join(
        f"row {n},a long and different text of row number {n} it is\n" for n in range(12)
    )
    with pytest.raises(DataError, match="12 different texts in 12 rows, which are not labels"):
        read_labeled(write(tmp_path / "b.csv", f"text,target\n{long}"))
    scores = "".join(f"row {n},0.{n:02}5\n" for n in range(30))
    with pytest.raises(DataError, match="30 different fractions, a quantity and not labels"):
        read_labeled(write(tmp_path / "c.csv", f"text,target\n{scores}"))


def test_sentences_that_repeat_are_no_labels(tmp_path):
    rows = "".join(f"i see tea in oslo {n % 3}\tje vois {n} maps ici\n" for n in range(12))
    with pytest.raises(DataError, match="text and label are not clear"):
        read_labeled(write(tmp_path / "a.tsv", f"en\tfr\n{rows}"))


def test_an_id_that_is_longer_than_the_texts_is_no_text(tmp_path):
    rows = "".join(f"0000-1111-2222-3333-{n:04},so {n} bad,{n % 2}\n" for n in range(8))
    data = read_labeled(write(tmp_path / "a.csv", f"code,remark,good\n{rows}"))
    assert (data.columns.text_columns, data.columns.label_column) == (("remark",), "good")


def test_spans_are_sent_to_the_task_that_reads_them(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "Mia came", "label": [[0, 3, "PER"]]}\n')
    with pytest.raises(DataError, match="found spans; give spans to --task token-classification"):
        read_labeled(path)
