"""The prediction journal: nothing is lost, the last correction counts, a torn line is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.data.labeled import Row, read_labeled
from upwell.errors import DataError, StoreError
from upwell.finetune.feedback import journal as journal_module
from upwell.finetune.feedback.journal import (
    PredictionJournal,
    add_corrections,
    read_predictions,
)


def predict(label: str, probability: float = 0.7) -> dict[str, object]:
    return {"prediction": label, "probability": probability, "abstain": False}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "said.jsonl"
    rows = [Row(1, ("warm day",), ()), Row(2, ("cold walk",), ())]
    with PredictionJournal(path) as file:
        file.log_predictions("m-1", rows, [predict("good"), predict("good")])
    return path


def ids(journal: Path) -> list[str]:
    return list(read_predictions(journal))


def test_predictions_and_corrections_are_read_back(journal):
    one, other = ids(journal)
    with PredictionJournal(journal) as file:
        file.correct(other, "bad")
        file.correct(other, "good")
        file.correct(other, "bad")
    predictions = read_predictions(journal)
    assert predictions[one][1] is None
    assert predictions[other][1] == ("bad",)
    assert predictions[other][0].texts == ("cold walk",)


def test_the_same_row_is_written_once_for_a_model_and_again_for_the_next(journal):
    with PredictionJournal(journal) as file:
        first = file.log_predictions("m-1", [Row(9, ("warm day",), ())], [predict("good")])
        second = file.log_predictions("m-2", [Row(9, ("warm day",), ())], [predict("good")])
    assert first[0] == ids(journal)[0] != second[0]
    assert len(ids(journal)) == 3


def test_corrected_rows_join_those_of_a_file_and_replace_its_contradictions(journal, tmp_path):
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nCold  walk,good\nkind room,good\ngrim day,bad\n")
    _, other = ids(journal)
    with PredictionJournal(journal) as file:
        file.correct(other, "bad")
    joined, count = add_corrections(read_labeled(data), journal)
    assert count == 1
    labels = [(row.texts[0], row.label) for row in joined.rows]
    assert labels == [("kind room", "good"), ("grim day", "bad"), ("cold walk", "bad")]
    assert len({row.line for row in joined.rows}) == 3


def test_labeled_rows_correct_predictions_of_the_same_text(journal, tmp_path):
    data = tmp_path / "checked.csv"
    data.write_text("text,label\nWARM day,bad\nnever asked,good\n")
    with PredictionJournal(journal) as file:
        assert file.correct_rows(read_labeled(data)) == 1
    assert read_predictions(journal)[ids(journal)[0]][1] == ("bad",)


def test_a_torn_last_line_is_cut_and_a_damaged_one_refused(journal):
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"sum":"12')
    with PredictionJournal(journal) as file:
        assert len(file.predictions) == 2
    assert journal.read_bytes() == whole
    journal.write_bytes(whole.replace(b"warm", b"worm"))
    with pytest.raises(StoreError):
        read_predictions(journal)


def test_mistakes_raise(journal, tmp_path):
    with (
        PredictionJournal(journal) as file,
        pytest.raises(DataError, match="has no prediction 'ffffffff'"),
    ):
        file.correct("ffffffff", "good")
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nkind room,good\ngrim day,bad\n")
    with pytest.raises(DataError, match="has no corrections"):
        add_corrections(read_labeled(data), journal)
    with pytest.raises(DataError, match="does not exist"):
        add_corrections(read_labeled(data), tmp_path / "none.jsonl")


def test_a_second_writer_waits_and_raises(journal, monkeypatch):
    monkeypatch.setattr("upwell.store.lock.WAIT_SECONDS", 0.05)
    with (
        PredictionJournal(journal),
        pytest.raises(StoreError, match="in use by another process"),
        PredictionJournal(journal),
    ):
        pass


def test_the_last_correction_of_a_text_counts_across_models(journal, tmp_path):
    with PredictionJournal(journal) as file:
        (later,) = file.log_predictions("m-2", [Row(9, ("warm day",), ())], [predict("good")])
        file.correct(later, "spam")
        file.correct(ids(journal)[0], "ham")
    data = tmp_path / "rows.csv"
    data.write_text("text,label\nkind room,ham\ngrim day,spam\n")
    joined, _ = add_corrections(read_labeled(data), journal)
    assert [row.label for row in joined.rows if row.texts == ("warm day",)] == ["ham"]
    with PredictionJournal(journal) as file:
        file.correct(later, "spam")
    joined, _ = add_corrections(read_labeled(data), journal)
    assert [row.label for row in joined.rows if row.texts == ("warm day",)] == ["spam"]


def test_labels_have_the_separator_of_the_model(tmp_path):
    path, row = tmp_path / "said.jsonl", Row(1, ("a cup",), ())
    with PredictionJournal(path) as file:
        (one,) = file.log_predictions("m-1", [row], [predict("Toys")])
        (two,) = file.log_predictions("m-2", [row], [predict("sport")], ";")
        file.correct(one, "Clothing, Shoes & Jewelry")
        file.correct(two, "sport; politics")
        assert file.label_separator == ";"
    predictions = read_predictions(path)
    assert predictions[one][1] == ("Clothing, Shoes & Jewelry",)
    assert predictions[two][1] == ("sport", "politics")


def test_a_colliding_id_is_longer(journal, monkeypatch):
    monkeypatch.setattr(journal_module, "ID_DIGITS", 1)
    with PredictionJournal(journal) as file:
        rows = [Row(number, (f"text {number}",), ()) for number in range(40)]
        assert len(set(file.log_predictions("m-1", rows, [predict("good")] * 40))) == 40
        assert (
            file.log_predictions("m-1", rows[:3], [predict("good")] * 3)
            == list(file.predictions)[2:5]
        )


def test_a_file_that_is_no_journal_is_not_touched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("my notes")
    with pytest.raises(StoreError, match="is no journal of Upwell; choose another name"):
        PredictionJournal(path)
    assert path.read_text() == "my notes"
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
