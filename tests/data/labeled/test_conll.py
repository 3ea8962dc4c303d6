"""CoNLL files of every dialect: read right, and what was recognized is said; or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.data.labeled.columns import Columns
from upwell.data.labeled.conll import read_conll
from upwell.errors import DataError

WORDS = ("Mia", "Berg", "saw", "Oslo", "Rome", ".")
TAGS = ("B-PER", "I-PER", "O", "B-LOC", "B-LOC", "O")
CONLLU_LINE = "1\tMia\tmia\tX\tY\t_\t0\troot\t_\t_"


def write(path: Path, lines: list[str], sentences: int = 3) -> Path:
    path.write_text(("\n".join(lines) + "\n\n") * sentences, encoding="utf-8")
    return path


def suffix(tag: str) -> str:
    prefix, _, kind = tag.partition("-")
    return f"{kind}-{prefix}" if kind else tag


@pytest.mark.parametrize(
    ("spell", "expected", "note"),
    [
        (str, TAGS, None),
        (suffix, TAGS, "tags are written KIND-B: 'LOC-B' read as 'B-LOC'"),
        (lambda t: t.replace("-", "_"), TAGS, "tags are written B_KIND: 'B_LOC' read as 'B-LOC'"),
        (lambda t: suffix(t).replace("-", "_"), TAGS,
         "tags are written KIND_B: 'LOC_B' read as 'B-LOC'"),
        (str.lower, tuple(t.replace("PER", "per").replace("LOC", "loc") for t in TAGS),
         "tags are written b-kind: 'b-loc' read as 'B-loc'"),
        (lambda t: "0" if t == "O" else t, TAGS, "tag '0' read as 'O'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("separator", ["\t", " "])
def test_tags_written_otherwise_are_the_same_tags(tmp_path, spell, expected, note, separator):
    lines = [f"{word}{separator}{spell(tag)}" for word, tag in zip(WORDS, TAGS, strict=True)]
    data = read_conll(write(tmp_path / "a.conll", lines))
    assert [(row.texts, row.labels) for row in data.rows] == [(WORDS, expected)] * 3
    assert (note in data.notes) if note else data.notes == ()


def test_plain_tags_stay_as_they_are_and_two_spellings_are_refused(tmp_path):
    speech = [
        f"{word} {tag}"
        for word, tag in zip(WORDS, ["NNP", "NNP", "VB", "NNP", "NNP", "."], strict=True)
    ]
    assert read_conll(write(tmp_path / "a.conll", speech)).labels == (".", "NNP", "VB")
    mixed = ["Mia B-PER", "Berg I-PER", "saw O", "Oslo B_LOC", "Rome I_LOC"]
    with pytest.raises(DataError, match="two ways, such as 'B-PER' and 'B_LOC'"):
        read_conll(write(tmp_path / "b.conll", mixed))


def test_an_index_comments_and_nested_tags_are_recognized(tmp_path):
    lines = ["#\thttp://a.org/x [2009-10-17]"]
    nested = ("B-PER", "I-PER", "O", "O", "O", "O")
    for number, cells in enumerate(zip(WORDS, TAGS, nested, strict=True), start=1):
        lines.append("\t".join((str(number), *cells)))
    for name in ("a.conll", "NER-de-train.tsv"):
        data = read_conll(write(tmp_path / name, lines))
        assert [(row.texts, row.labels) for row in data.rows] == [(WORDS, TAGS)] * 3
        assert data.columns == Columns(text_columns=("2",), label_column="3")
        assert data.notes == (
            "the first column is the index of a word, not read",
            "column 4 (nested tags of 6 words) not read",
            "3 lines beginning with # left out as comments",
        )
    assert read_conll(tmp_path / "a.conll", data.columns).rows == data.rows
    inner = read_conll(tmp_path / "a.conll", Columns(text_columns=("2",), label_column="4"))
    assert inner.rows[0].labels == nested


def test_part_of_speech_and_chunks_before_the_tags_are_not_read(tmp_path):
    lines = ["-DOCSTART- -X- O O", ""] + [
        f"{word} NN I-NP {tag.replace('B-', 'I-')}" for word, tag in zip(WORDS, TAGS, strict=True)
    ]
    data = read_conll(write(tmp_path / "eng.train", lines, 1))
    assert data.rows[0].labels == ("I-PER", "I-PER", "O", "I-LOC", "I-LOC", "O")
    assert data.notes == (
        "1 -DOCSTART- line left out", "columns 2, 3 not read", "tags are IOB1",
    )  # fmt: skip


def test_a_hash_may_be_a_word_or_a_comment(tmp_path):
    lines = ["# a comment of five", "#oslo O", "# O", "Mia B-PER", "# id7"]
    data = read_conll(write(tmp_path / "a.conll", lines))
    assert data.rows[0].texts == ("#oslo", "#", "Mia")
    assert data.notes == ("6 lines beginning with # left out as comments",)


@pytest.mark.parametrize("blank", ["\u3000", "\xa0", " ", "\u200b"])
@pytest.mark.parametrize("separator", ["\t", " "])
def test_a_blank_as_a_word_is_left_out_and_counted(tmp_path, blank, separator):
    lines = [
        f"王{separator}B-PER ",
        f"芳{separator}I-PER ",
        f"{blank}{separator}O",
        f"好{separator}O ",
    ]
    data = read_conll(write(tmp_path / "a.txt", lines))
    assert data.rows[0].texts == ("王", "芳", "好")
    assert data.rows[0].labels == ("B-PER", "I-PER", "O")
    assert data.notes == ("3 blanks as words left out (first at line 3)",)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["Mia B-PER", "Berg", "saw O"], r"a\.conll:2 has a word without a tag"),
        (["Mia B-PER", "Berg NN I-PER", "saw O"], r"a\.conll:2 has 3 columns and most lines"),
        ([f"w{n} http://a.org/{n}" for n in range(60)], "60 different values.* which are no tags"),
        ([CONLLU_LINE], "10 columns, as CoNLL-U has"),
        ([], "is empty"),
    ],
)  # fmt: skip
def test_what_is_no_sentence_with_tags_is_refused_with_its_line(tmp_path, lines, message):
    with pytest.raises(DataError, match=message):
        read_conll(write(tmp_path / "a.conll", lines, 1))


def test_words_alone_are_read_for_prediction_and_running_text_is_refused(tmp_path):
    words = read_conll(write(tmp_path / "a.conll", list(WORDS), 2), labeled=False)
    assert [row.texts for row in words.rows] == [WORDS] * 2
    with pytest.raises(DataError, match="write one word a line"):
        read_conll(write(tmp_path / "b.txt", ["Mia Berg saw Oslo", "Rome is far", "a b c d"], 1),
                   labeled=False)  # fmt: skip
