"""UTF-8 files: what is decoded, and how another encoding is refused."""

import gzip

import pytest

from upwell.data.text_files import MAX_LINE_BYTES, iter_lines, read_utf8, uncompressed_suffix
from upwell.errors import DataError


def test_a_file_is_read_whole_or_by_lines_plain_or_compressed(tmp_path) -> None:
    text = "\ufeffone\r\n\u2028two\n三"
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text.encode()))
    for name in ("a.txt", "a.txt.gz"):
        assert read_utf8(tmp_path / name) == text[1:]
        assert list(iter_lines(tmp_path / name)) == ["one", "\u2028two", "三"]


@pytest.mark.parametrize(
    ("line", "encoding"), [("房间很干净", "gb18030"), ("réfund naïve", "cp1252")]
)
def test_another_encoding_is_refused_with_line_byte_and_command(tmp_path, line, encoding) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(f"plain\nab{line}\n".encode(encoding))
    message = rf"a\.txt:2 is not UTF-8 at byte [23] of the line; .*iconv -f {encoding} -t utf-8"
    with pytest.raises(DataError, match=message):
        read_utf8(path)
    with pytest.raises(DataError, match=message):
        list(iter_lines(path))


def test_a_file_or_line_that_is_too_long_is_refused(tmp_path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"x" * (MAX_LINE_BYTES + 1)))
    with pytest.raises(DataError, match=r"a\.txt\.gz:1 is longer than"):
        list(iter_lines(tmp_path / "a.txt.gz"))
    with pytest.raises(DataError, match="more than 1,000 bytes of text"):
        read_utf8(tmp_path / "a.txt.gz", max_bytes=1000)


def test_the_suffix_is_that_without_compression(tmp_path) -> None:
    assert uncompressed_suffix(tmp_path / "pairs.tsv.xz") == ".tsv"
    assert uncompressed_suffix(tmp_path / "pairs.jsonl") == ".jsonl"
