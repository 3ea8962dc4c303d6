import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from upwell.data import Tokenizer, load_tokenizer, train_bpe, vocab_size
from upwell.data.tokenization.tokenizer import ASCII
from upwell.errors import DataError, SpecError, StoreError

ENGLISH = "The tide wells up, and 27 gulls wheel; the tide falls, and 35 gulls settle.\n"
CHINESE = "潮水涌现，海鸥盘旋；潮水退去，海鸥落下。天气很好，我们去海边。\n"
HARD = "a<bos>b <pad>\t\r\n\x00 cafe\u0301 🙂👨‍👩‍👧 你好　世界 ﬁ ٣ Ⅷ \u200b é"


@pytest.fixture(scope="module")
def bpe() -> Tokenizer:
    return train_bpe([ENGLISH, CHINESE] * 3, 300)


@pytest.fixture(params=["bytes", "ascii", "bpe"])
def any_tokenizer(request: pytest.FixtureRequest, bpe: Tokenizer) -> Tokenizer:
    return bpe if request.param == "bpe" else load_tokenizer(request.param)


@given(st.text())
@example(ENGLISH)
@example(CHINESE)
@example(HARD)
def test_bytes_are_the_utf8_of_any_text(text: str) -> None:
    loaded = load_tokenizer("bytes")
    assert loaded.encode(text) == list(text.encode())
    assert loaded.decode(loaded.encode(text)) == text


@given(st.text(alphabet=ASCII))
def test_ascii_gives_back_every_text_it_can_write(text: str) -> None:
    loaded = load_tokenizer("ascii")
    assert loaded.decode(loaded.encode(text)) == text
    assert len(loaded.encode(text)) == len(text)


@settings(max_examples=50)
@given(text=st.text())
@example(text=HARD)
def test_trained_bpe_gives_back_any_text(bpe: Tokenizer, text: str) -> None:
    assert bpe.decode(bpe.encode(text)) == text


def test_vocabularies_are_as_small_as_promised() -> None:
    assert vocab_size("bytes") == 258
    assert vocab_size("ascii") == 98
    assert train_bpe([ENGLISH, CHINESE] * 3, 300).size == 300


def test_specials_are_the_last_ids_and_the_others_are_ordinary(any_tokenizer: Tokenizer) -> None:
    size = any_tokenizer.size
    assert (any_tokenizer.bos, any_tokenizer.pad) == (size - 2, size - 1)
    assert any_tokenizer.regular_ids == tuple(range(size - 2))
    assert any_tokenizer.decode([any_tokenizer.bos, *any_tokenizer.encode("up")]) == "up"


def test_text_cannot_smuggle_in_a_special(any_tokenizer: Tokenizer) -> None:
    ids = any_tokenizer.encode("x<bos><pad>")
    assert any_tokenizer.bos not in ids
    assert any_tokenizer.pad not in ids
    assert any_tokenizer.decode(ids) == "x<bos><pad>"


def test_ascii_names_the_character_it_refuses() -> None:
    with pytest.raises(DataError, match=r"'ascii' has no id for '涌' \(U\+6D8C\)"):
        load_tokenizer("ascii").encode("well 涌现")
    assert load_tokenizer("ascii").first_unencodable("plain\n") is None
    assert load_tokenizer("ascii").first_unencodable("a\tb") == "\t"


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "27+35=62\n", "  two  blanks ", ""])
def test_transformers_reads_the_same_ids_from_what_is_saved(
    any_tokenizer: Tokenizer, text: str, tmp_path
) -> None:
    if any_tokenizer.first_unencodable(text) is not None:
        pytest.skip("a text that this tokenizer refuses")
    theirs = PreTrainedTokenizerFast(tokenizer_file=str(any_tokenizer.save(tmp_path)))
    ours = any_tokenizer.encode(text)
    assert theirs.encode(text, add_special_tokens=False) == ours
    assert theirs.encode(text) == [any_tokenizer.bos, *ours]
    assert theirs.decode(ours, clean_up_tokenization_spaces=False) == text


def test_a_saved_tokenizer_is_the_same_when_named_by_folder_or_file(
    any_tokenizer: Tokenizer, tmp_path
) -> None:
    path = any_tokenizer.save(tmp_path / "deep" / "folder")
    for name in (str(path), str(path.parent)):
        again = load_tokenizer(name)
        assert again.name == name
        assert again.to_json() == any_tokenizer.to_json()
        assert again.alphabet == any_tokenizer.alphabet
        assert again.encode("x<bos>27") == any_tokenizer.encode("x<bos>27")
        assert vocab_size(name) == any_tokenizer.size


def test_bpe_is_shorter_than_bytes_in_english_and_chinese(bpe: Tokenizer) -> None:
    assert len(bpe.encode(ENGLISH)) < 0.8 * len(ENGLISH.encode())
    assert len(bpe.encode(CHINESE)) < 0.8 * len(CHINESE.encode())


def test_bpe_keeps_every_digit_apart(bpe: Tokenizer) -> None:
    assert len(bpe.encode("2735\n")) == 5
    assert bpe.encode("12") == bpe.encode("1") + bpe.encode("2")


def test_training_twice_gives_the_same_bpe(bpe: Tokenizer) -> None:
    assert train_bpe([ENGLISH, CHINESE] * 3, 300).to_json() == bpe.to_json()


def test_bpe_refuses_sizes_that_bytes_or_texts_do_not_allow() -> None:
    with pytest.raises(SpecError, match="at least 258 ids, got 100"):
        train_bpe([ENGLISH], 100)
    with pytest.raises(DataError, match="give a vocabulary of"):
        train_bpe(["abab"], 5000)


def test_an_unknown_name_is_answered_with_the_choices() -> None:
    with pytest.raises(SpecError, match=r"'bytes', 'ascii' or the path.*did you mean 'bytes'\?"):
        load_tokenizer("byte")


def test_a_foreign_file_is_named(tmp_path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    with pytest.raises(StoreError, match=r"tokenizer\.json is not a"):
        load_tokenizer(str(path))


def test_a_file_without_our_specials_or_that_loses_text_is_refused(tmp_path) -> None:
    path = load_tokenizer("bytes").save(tmp_path)
    whole = json.loads(path.read_text())
    path.write_text(json.dumps(whole | {"added_tokens": []}))
    with pytest.raises((DataError, StoreError), match="<bos>"):
        load_tokenizer(str(path))
    path.write_text(json.dumps(whole | {"normalizer": {"type": "Lowercase"}}))
    with pytest.raises(DataError, match="does not decode texts unchanged"):
        load_tokenizer(str(path))
