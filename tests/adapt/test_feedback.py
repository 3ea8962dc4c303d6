"""The journal of predictions: nothing is lost, the last word counts, a torn line is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.adapt.feedback import Feedback, with_feedback, words_of
from upwell.data.labelled import Row, read
from upwell.errors import DataError, StoreError


def said(label: str, sure: float = 0.7) -> dict[str, object]:
    return {"said": label, "probability": sure, "abstain": False}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "said.jsonl"
    rows = [Row(1, ("warm day",), ()), Row(2, ("cold walk",), ())]
    with Feedback(path) as opened:
        opened.say("m-1", rows, [said("good"), said("good")])
    return path


def ids(journal: Path) -> list[str]:
    return list(words_of(journal))


def test_what_was_said_and_corrected_is_read_back(journal):
    one, other = ids(journal)
    with Feedback(journal) as opened:
        opened.correct(other, "bad")
        opened.correct(other, "good")
        opened.correct(other, "bad")
    words = words_of(journal)
    assert words[one][1] is None
    assert words[other][1] == ("bad",)
    assert words[other][0].texts == ("cold walk",)


def test_the_same_row_is_written_once_for_a_model_and_again_for_the_next(journal):
    with Feedback(journal) as opened:
        first = opened.say("m-1", [Row(9, ("warm day",), ())], [said("good")])
        second = opened.say("m-2", [Row(9, ("warm day",), ())], [said("good")])
    assert first[0] == ids(journal)[0] != second[0]
    assert len(ids(journal)) == 3


def test_corrected_rows_join_those_of_a_file_and_replace_its_contradictions(journal, tmp_path):
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nCold  walk,good\nkind room,good\ngrim day,bad\n")
    _, other = ids(journal)
    with Feedback(journal) as opened:
        opened.correct(other, "bad")
    joined, count = with_feedback(read(data), journal)
    assert count == 1
    told = [(row.texts[0], row.label) for row in joined.rows]
    assert told == [("kind room", "good"), ("grim day", "bad"), ("cold walk", "bad")]
    assert len({row.line for row in joined.rows}) == 3


def test_labelled_rows_correct_what_was_predicted_of_the_same_text(journal, tmp_path):
    data = tmp_path / "checked.csv"
    data.write_text("text,label\nWARM day,bad\nnever asked,good\n")
    with Feedback(journal) as opened:
        assert opened.correct_rows(read(data)) == 1
    assert words_of(journal)[ids(journal)[0]][1] == ("bad",)


def test_a_torn_last_line_is_cut_and_a_damaged_one_refused(journal):
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"sum":"12')
    with Feedback(journal) as opened:
        assert len(opened.words) == 2
    assert journal.read_bytes() == whole
    journal.write_bytes(whole.replace(b"warm", b"worm"))
    with pytest.raises(StoreError):
        words_of(journal)


def test_mistakes_are_told(journal, tmp_path):
    with (
        Feedback(journal) as opened,
        pytest.raises(DataError, match="has no prediction 'ffffffff'"),
    ):
        opened.correct("ffffffff", "good")
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nkind room,good\ngrim day,bad\n")
    with pytest.raises(DataError, match="has no row of which it is told what is right"):
        with_feedback(read(data), journal)
    with pytest.raises(DataError, match="is no file"):
        with_feedback(read(data), tmp_path / "none.jsonl")


def test_two_writers_are_one_too_many(journal):
    with Feedback(journal), pytest.raises(StoreError, match="in use by process"), Feedback(journal):
        pass


def test_of_two_models_that_said_the_same_text_the_last_correction_counts(journal, tmp_path):
    with Feedback(journal) as opened:
        (later,) = opened.say("m-2", [Row(9, ("warm day",), ())], [said("good")])
        opened.correct(later, "spam")
        opened.correct(ids(journal)[0], "ham")
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nkind room,ham\ngrim day,spam\n")
    joined, _ = with_feedback(read(data), journal)
    assert [row.label for row in joined.rows if row.texts == ("warm day",)] == ["ham"]
    with Feedback(journal) as opened:
        opened.correct(later, "spam")
    joined, _ = with_feedback(read(data), journal)
    assert [row.label for row in joined.rows if row.texts == ("warm day",)] == ["spam"]


def test_labels_are_parted_as_those_of_the_model(tmp_path):
    path, row = tmp_path / "said.jsonl", Row(1, ("a cup",), ())
    with Feedback(path) as opened:
        (one,) = opened.say("m-1", [row], [said("Toys")])
        (two,) = opened.say("m-2", [row], [said("sport")], ";")
        opened.correct(one, "Clothing, Shoes & Jewelry")
        opened.correct(two, "sport; politics")
        assert opened.several == ";"
    words = words_of(path)
    assert words[one][1] == ("Clothing, Shoes & Jewelry",)
    assert words[two][1] == ("sport", "politics")


def test_an_id_that_is_taken_is_made_longer(journal, monkeypatch):
    monkeypatch.setattr("upwell.adapt.feedback.ID", 1)
    with Feedback(journal) as opened:
        rows = [Row(number, (f"text {number}",), ()) for number in range(40)]
        assert len(set(opened.say("m-1", rows, [said("good")] * 40))) == 40
        assert opened.say("m-1", rows[:3], [said("good")] * 3) == list(opened.words)[2:5]


def test_a_file_that_is_no_journal_is_not_touched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes")
    with pytest.raises(StoreError, match="is no journal of Upwell; give another name"):
        Feedback(path)
    assert path.read_text() == "my notes"
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
