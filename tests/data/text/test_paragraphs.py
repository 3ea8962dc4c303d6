import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.data.text.paragraphs import MAX_PARAGRAPH_CHARS, split_paragraphs


@given(st.text(alphabet="ab \n\t。.中"))
def test_nothing_is_lost(text: str) -> None:
    pieces = split_paragraphs(text)
    assert "".join(pieces) == (text if text.strip() else "")


def test_blank_lines_part_paragraphs_and_indentation_stays_with_its_own() -> None:
    assert split_paragraphs("\none\ntwo\n \n\n  three\n") == ["\none\ntwo\n \n\n", "  three\n"]


@pytest.mark.parametrize(
    ("sentence", "end"),
    [("The tide wells up. ", "."), ("潮水涌现了。", "。"), ("no-sentence here ", " ")],
)
def test_a_chapter_on_one_line_is_cut_at_borders(sentence: str, end: str) -> None:
    chapter = sentence * 500
    pieces = split_paragraphs(chapter)
    assert "".join(pieces) == chapter
    assert len(pieces) >= len(chapter) / MAX_PARAGRAPH_CHARS
    assert all(len(piece) <= MAX_PARAGRAPH_CHARS + 1 for piece in pieces)
    assert all(piece.endswith(end) for piece in pieces[:-1])


def test_text_without_any_border_is_cut_all_the_same() -> None:
    assert [len(piece) for piece in split_paragraphs("x" * 2500)] == [1000, 1000, 500]
