from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.data import held_out_texts, is_test, load_tokenizer, source_revision
from upwell.data.reading.corpus import TEST_FRACTION, load_corpus
from upwell.errors import DataError
from upwell.records import DataSpec

BYTES, ASCII = load_tokenizer("bytes"), load_tokenizer("ascii")


@pytest.fixture
def spec(tmp_path) -> DataSpec:
    english = "".join(f"The tide wells up for the {n}th time.\n\n" for n in range(1000))
    chinese = "".join(f"潮水第{n}次涌现。\n\n" for n in range(1000))
    (tmp_path / "tides.txt").write_text(english, encoding="utf-8")
    (tmp_path / "潮水.txt").write_text(chinese, encoding="utf-8")
    (tmp_path / "void.txt").write_text(" \n")
    return DataSpec(source="text", options={"path": str(tmp_path)})


def test_about_a_twentieth_is_held_out_and_no_row_is_on_both_sides(spec: DataSpec) -> None:
    train = load_corpus(spec, BYTES).documents
    test = load_corpus(replace(spec, split="test"), BYTES).documents
    assert len(train) + len(test) == 2000
    assert not set(train) & set(test)
    # Five standard deviations of a binomial share.
    assert abs(len(test) / 2000 - TEST_FRACTION) < 5 * (0.05 * 0.95 / 2000) ** 0.5


@given(st.text(), st.text(alphabet=" \n"))
def test_copies_are_on_the_same_side_whatever_blanks_surround_them(text: str, blank: str) -> None:
    assert is_test(text) == is_test(blank + text + blank)


def test_more_files_move_no_row(spec: DataSpec, tmp_path) -> None:
    before = set(held_out_texts(spec, BYTES))
    (tmp_path / "aaa.txt").write_text("".join(f"line {n}\n\n" for n in range(500)))
    assert before < set(held_out_texts(spec, BYTES))


def test_rows_that_cannot_be_written_are_left_out_and_counted(spec: DataSpec) -> None:
    result = load_corpus(spec, ASCII)
    assert all(document.isascii() for document in result.documents)
    assert result.counts.documents + result.counts.not_encodable == len(
        load_corpus(spec, BYTES).documents
    )
    assert result.counts.not_encodable > 900
    assert (result.counts.files, result.counts.empty) == (3, 1)


def test_the_limit_keeps_the_first_rows(spec: DataSpec) -> None:
    assert (
        load_corpus(replace(spec, limit=7), BYTES).documents
        == load_corpus(spec, BYTES).documents[:7]
    )


def test_held_out_texts_are_those_of_the_test_split_in_both_languages(spec: DataSpec) -> None:
    held = held_out_texts(replace(spec, limit=1), BYTES)
    assert len(held) > 50
    assert all(is_test(text) and text == text.strip() for text in held)
    assert 0.25 < sum(text.isascii() for text in held) / len(held) < 0.75
    assert held_out_texts(spec, BYTES, limit=3) == held[:3]
    assert all(text.isascii() for text in held_out_texts(spec, ASCII))


def test_rows_that_are_made_have_no_texts_to_hold_out() -> None:
    with pytest.raises(DataError, match="'arithmetic' has no texts"):
        held_out_texts(DataSpec(source="arithmetic"), ASCII)


def test_a_revision_holds_a_study_to_its_text(spec: DataSpec, tmp_path) -> None:
    pinned = replace(spec, revision=source_revision(spec))
    assert load_corpus(pinned, BYTES) == load_corpus(spec, BYTES)
    (tmp_path / "tides.txt").write_text("something else\n")
    with pytest.raises(DataError, match="but the study is pinned to"):
        load_corpus(pinned, BYTES)


def test_a_revision_speaks_of_the_content_alone(spec: DataSpec) -> None:
    assert source_revision(replace(spec, split="test", limit=3, weight=0.2)) == source_revision(
        spec
    )
    assert source_revision(DataSpec(source="repeats")) is None


def test_a_split_without_rows_is_refused_with_the_counts(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("潮水\n", encoding="utf-8")
    spec = DataSpec(source="text", options={"path": str(tmp_path)})
    with pytest.raises(DataError, match="no train document: 1 read, 1 in the split, 1 that "):
        load_corpus(spec, ASCII)
