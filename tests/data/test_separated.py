"""CSV and TSV of strangers: separators, quotes, encodings and headers, read and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.data.tabular import read_table
from upwell.errors import DataError

KNOWN = ("text", "label", "id", "文本")


def read(path: Path, content: str | bytes):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, KNOWN)


def values(table):
    return [tuple(record.values.values()) for record in table.records]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('Text;Klasse\n"so, gut; ja";gut\nnaja, nein;schlecht\n', "separated by semicolons"),
        ('Text\tKlasse\n"so, gut; ja"\tgut\nnaja, nein\tschlecht\n', "separated by tabs"),
        ('Text|Klasse\n"so, gut; ja"|gut\nnaja, nein|schlecht\n', "separated by vertical bars"),
        ('Text,Klasse\n"so, gut; ja",gut\n"naja, nein",schlecht\n', None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_separator_and_the_encoding_are_recognized_and_said(tmp_path, text, note, encoding):
    table = read(tmp_path / "a.csv", text.encode(encoding))
    assert table.column_names == ("Text", "Klasse")
    assert values(table) == [("so, gut; ja", "gut"), ("naja, nein", "schlecht")]
    expected = ["read as utf-16"] * (encoding == "utf-16") + [note] * (note is not None)
    assert list(table.notes) == expected


def test_commas_within_semicolons_are_text_and_two_possible_separators_are_refused(tmp_path):
    table = read(tmp_path / "a.csv", "text;label\na, b;x\nc, d;y\n")
    assert values(table) == [("a, b", "x"), ("c, d", "y")]
    with pytest.raises(DataError, match="may be separated by commas or by semicolons"):
        read(tmp_path / "b.csv", "1,5;x\n2,5;x\n3,5;y\n4,5;y\n")


def test_quotes_in_tsv_stand_around_fields_only_if_a_spreadsheet_wrote_them(tmp_path):
    literal = read(tmp_path / "a.tsv", 'text\tlabel\n"a fine film\t1\nhe said "no"\t0\n"x"\t1\n')
    assert values(literal) == [('"a fine film', "1"), ('he said "no"', "0"), ('"x"', "1")]
    assert literal.notes == ()
    quoted = read(tmp_path / "b.tsv", 'text\tlabel\n"he said ""no"""\t0\nfine\t1\n')
    assert values(quoted) == [('he said "no"', "0"), ("fine", "1")]
    assert quoted.notes == ("quotes around fields are removed",)
    over_lines = read(tmp_path / "c.tsv", 'text\tlabel\n"one\ntwo"\t0\nfine\t1\n')
    assert values(over_lines) == [("one\ntwo", "0"), ("fine", "1")]


def test_chinese_in_gb18030_is_read_and_korean_with_the_same_bytes_is_not(tmp_path):
    rows = "文本,情感\n这个酒店的房间很好我们都喜欢,正\n不要再来了因为他们的服务太差,负\n"
    table = read(tmp_path / "a.csv", rows.encode("gb18030"))
    assert table.column_names == ("文本", "情感")
    assert table.notes[0] == "read as gb18030, for it is not UTF-8"
    korean = "text,label\n안녕하세요 저는 학생입니다 오늘 날씨가 좋습니다 영화가 재미있었어요,a\n"
    with pytest.raises(DataError, match="is not UTF-8"):
        read(tmp_path / "b.csv", korean.encode("euc_kr"))


def test_utf16_without_a_mark_is_refused_and_not_read_as_letters_with_gaps(tmp_path):
    with pytest.raises(DataError, match=r"a\.csv:1 holds NUL characters"):
        read(tmp_path / "a.csv", "text,label\nfine,x\n".encode("utf-16-le"))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("model,ability,metric,value\na,add,acc,.5\nb,add,acc,.6\nc,add,acc,.7\n",
         ("model", "ability", "metric", "value")),
        ("Satz,Art\nein guter Film und ein Abend,gut\nein langer und dunkler Abend,schlecht\n"
         "ein guter Abend mit viel Musik,gut\nein Film ohne Musik und Licht,schlecht\n",
         ("Satz", "Art")),
        ("a good film,pos\nso bad,neg\nwarm,pos\ncold,neg\nfine,pos\n", ("1", "2")),
        ("3,a good film\n4,so bad\n", ("1", "2")),
        ("question,how are you\nstatement,fine\nquestion,and you\nstatement,so so\n", ("1", "2")),
    ],
)  # fmt: skip
def test_a_header_is_told_from_a_row(tmp_path, text, names):
    table = read(tmp_path / "a.csv", text)
    assert table.column_names == names
    said = any("without a header" in note for note in table.notes)
    assert said == (names[0] == "1")


def test_a_first_line_that_may_be_either_is_refused_and_numbers_of_columns_settle_it(tmp_path):
    path = tmp_path / "a.csv"
    with pytest.raises(DataError, match="may be a header or a row; name the columns"):
        read(path, "q,a,b\nx1,y,n\nx2,z,m\n")
    assert len(read_table(path, KNOWN, ("1", "3")).records) == 3
    assert len(read_table(path, KNOWN, ("q", "b")).records) == 2


def test_repeated_headers_and_empty_columns_of_spreadsheets_are_left_out(tmp_path):
    table = read(tmp_path / "a.csv", "text,label,,\nwarm,x,,\ntext,label,,\ncold,y,,\n")
    assert table.column_names == ("text", "label")
    assert values(table) == [("warm", "x"), ("cold", "y")]
    assert table.notes == ("1 more header line, left out",)
