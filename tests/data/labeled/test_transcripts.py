"""Recordings and transcripts in the layouts that speech data have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from upwell.data.labeled import Columns
from upwell.data.labeled.transcripts import read_transcript_splits, read_transcripts
from upwell.errors import DataError


def record(folder: Path, *names: str) -> None:
    for number, name in enumerate(names, start=1):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.full(80, number / 10), 8000)


def texts(data) -> list[tuple[str, str]]:
    return [(Path(row.texts[0]).name, row.target) for row in data.rows]


@pytest.mark.parametrize("name", ["metadata.csv", "list.txt"])
@pytest.mark.parametrize("folder", ["wavs", "wav", "clips", "."])
def test_ljspeech_is_read_with_its_quotes(tmp_path, name, folder) -> None:
    record(tmp_path / folder, "LJ1.wav", "LJ2.wav")
    lines = ['LJ1|"He said|he said', "LJ2|Dr. 2, \"no\"|doctor two, 'no'"]
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n")
    found = read_transcripts(path, Columns())
    assert texts(found) == [("LJ1.wav", "he said"), ("LJ2.wav", "doctor two, 'no'")]
    assert "read as name|transcript|normalized transcript, of which the last" in found.notes[0]
    if folder != ".":
        assert texts(read_transcript_splits(tmp_path, Columns()).train) == texts(found)


def test_two_columns_are_a_name_and_a_transcript(tmp_path) -> None:
    record(tmp_path, "a.wav")
    (tmp_path / "metadata.csv").write_text("a.wav|one, two\n")
    assert texts(read_transcripts(tmp_path / "metadata.csv", Columns())) == [("a.wav", "one, two")]
    (tmp_path / "metadata.csv").write_text("a.wav|one\na.wav|two|two\n")
    with pytest.raises(DataError, match=r"metadata\.csv:2 is not of the layout name\|transcript"):
        read_transcripts(tmp_path / "metadata.csv", Columns())


def test_common_voice_is_read_with_its_splits_and_unused_columns_are_named(tmp_path) -> None:
    record(tmp_path / "clips", "a.mp3", "b.mp3", "c.mp3")
    for split, name in (("train", "a"), ("dev", "b"), ("test", "c")):
        (tmp_path / f"{split}.tsv").write_text(
            f'client_id\tpath\tsentence\tage\nx\t{name}.mp3\t"Hi, {name}\t\n'
        )
    found = read_transcript_splits(tmp_path, Columns())
    assert texts(found.train) == [("a.mp3", '"Hi, a')]
    assert found.dev is not None and found.test is not None
    assert (texts(found.dev), texts(found.test)) == (
        [("b.mp3", '"Hi, b')],
        [("c.mp3", '"Hi, c')],
    )
    assert found.train.notes == ("columns that are not used: client_id, age",)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("metadata.csv", "file_name,transcription\nsub/a.wav,one\n"),
        ("metadata.jsonl", '{"file_name": "sub/a.wav", "text": "one"}\n'),
        ("anything.csv", "audio,sentence\nsub\\a.wav,one\n"),
    ],
)
def test_a_folder_with_one_list_is_read(tmp_path, name, lines) -> None:
    record(tmp_path, "sub/a.wav")
    (tmp_path / name).write_text(lines)
    assert texts(read_transcript_splits(tmp_path, Columns()).train) == [("a.wav", "one")]


def test_librispeech_is_read_and_the_rest_named(tmp_path) -> None:
    record(tmp_path / "84" / "12", "84-12-0.flac", "84-12-1.flac", "84-12-2.flac")
    (tmp_path / "84" / "12" / "84-12.trans.txt").write_text("84-12-0 GO ON\n84-12-1 NO\n")
    (tmp_path / "readme.md").write_text("x")
    found = read_transcript_splits(tmp_path, Columns()).train
    assert texts(found) == [("84-12-0.flac", "GO ON"), ("84-12-1.flac", "NO")]
    assert found.notes == (
        "1 left out: no file of that kind (readme.md)",
        "1 recordings without a transcript, left out (84-12-2.flac)",
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("b.wav,one", r"list\.csv:2: there is no file 'b\.wav' beside list\.csv or in wavs/"),
        (",one", r"list\.csv:2 names no file"),
        ("../a.wav,one", "leads out of"),
        ("list.csv,one", r"'list\.csv' is not a .*\.wav"),
    ],
)
def test_a_missing_recording_is_one_sentence(tmp_path, line, message) -> None:
    record(tmp_path / "wavs", "a.wav")
    (tmp_path / "list.csv").write_text(f"path,transcript\n{line}\n")
    with pytest.raises(DataError, match=message):
        read_transcripts(tmp_path / "list.csv", Columns())


def test_a_folder_without_a_list_is_one_sentence(tmp_path) -> None:
    record(tmp_path, "a.wav")
    with pytest.raises(DataError, match="has no list with a path and a transcript a row"):
        read_transcript_splits(tmp_path, Columns())
    assert len(read_transcripts(tmp_path, Columns(), labeled=False).rows) == 1
