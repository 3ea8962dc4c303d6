"""WordPiece vocabularies: exact, repeatable, read alike by transformers, and cached safely."""

import multiprocessing
from pathlib import Path

import pytest

from upwell.data import load_tokenizer, train_wordpiece, vocab_size
from upwell.data.reading import trained_tokenizers
from upwell.data.tokenization.tokenizer import ENCODER_SPECIALS
from upwell.errors import DataError, SpecError

ENGLISH = "The tide wells up, and 27 gulls wheel; the café falls, and 35 gulls settle.\n"
CHINESE = "潮水涌现，海鸥盘旋；潮水退去，海鸥落下。\n"
TEXTS = [ENGLISH, CHINESE] * 4


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    trained_tokenizers.load_or_train.cache_clear()
    yield tmp_path / "upwell" / "tokenizers"
    trained_tokenizers.load_or_train.cache_clear()


@pytest.mark.parametrize("size", [60, 76])
def test_a_vocabulary_has_the_size_that_was_asked_for_and_its_specials_come_first(size) -> None:
    words = train_wordpiece(TEXTS, size)
    assert words.size == size
    assert [words.engine.id_to_token(i) for i in range(5)] == list(ENCODER_SPECIALS)
    assert (words.pad, words.bos, words.sep, words.mask) == (0, 2, 3, 4)
    assert words.regular_ids == tuple(range(5, size))


def test_the_same_texts_give_the_same_vocabulary() -> None:
    assert train_wordpiece(TEXTS, 70).to_json() == train_wordpiece(TEXTS, 70).to_json()


def test_english_is_cut_into_pieces_and_chinese_into_characters() -> None:
    words = train_wordpiece(TEXTS, 76)
    tokens = [words.engine.id_to_token(i) for i in words.encode("gulls 潮水")]
    assert tokens[-2:] == ["潮", "水"]
    assert "".join(token.removeprefix("##") for token in tokens[:-2]) == "gulls"


def test_case_and_accents_go_unless_told_otherwise() -> None:
    lower, cased = train_wordpiece(TEXTS, 60), train_wordpiece(TEXTS, 60, lower=False)
    assert lower.encode("THE CAFÉ") == lower.encode("the cafe")
    assert cased.encode("THE") != cased.encode("the")


def test_a_character_without_an_id_is_unknown_and_a_special_in_a_text_is_not_special() -> None:
    words = train_wordpiece(TEXTS, 60)
    assert words.encode("鸞") == [1]
    assert words.mask not in words.encode("[MASK] [SEP]")


@pytest.mark.parametrize("text", [ENGLISH, CHINESE, "A  TIDE\n\n涌", ""])
def test_transformers_reads_the_same_ids_from_what_is_saved(text, tmp_path) -> None:
    transformers = pytest.importorskip("transformers")
    words = train_wordpiece(TEXTS, 70)
    theirs = transformers.PreTrainedTokenizerFast(tokenizer_file=str(words.save(tmp_path)))
    ours = words.encode(text)
    assert theirs.encode(text, add_special_tokens=False) == ours
    assert theirs.encode(text) == [words.bos, *ours, words.sep]
    again = load_tokenizer(str(tmp_path))
    assert again.encode(text) == ours and again.mask == words.mask


def test_too_few_texts_and_too_small_a_size_are_reported() -> None:
    with pytest.raises(DataError, match="give a vocabulary of"):
        train_wordpiece(TEXTS, 5000)
    with pytest.raises(SpecError, match="at least 10 ids, got 7"):
        train_wordpiece(TEXTS, 7)


@pytest.mark.parametrize("name", ["wordpiece:pydoc:500", "bpe:pydoc:300"])
def test_a_name_trains_a_tokenizer_once_and_keeps_it(name, cache, monkeypatch) -> None:
    trained = load_tokenizer(name)
    assert trained.name == name and trained.size == vocab_size(name)
    (cached,) = cache.iterdir()
    trained_tokenizers.load_or_train.cache_clear()
    monkeypatch.setattr(trained_tokenizers, "TRAINERS", dict.fromkeys(trained_tokenizers.TRAINERS))
    assert load_tokenizer(name).to_json() == trained.to_json()
    assert list(cache.iterdir()) == [cached]


def test_a_damaged_file_is_replaced(cache) -> None:
    trained = load_tokenizer("bpe:pydoc:300")
    (cached,) = cache.iterdir()
    whole = cached.read_bytes()
    for damage in (b"", whole[: len(whole) // 2], whole.replace(b"merges", b"mergers")):
        cached.write_bytes(damage)
        trained_tokenizers.load_or_train.cache_clear()
        assert load_tokenizer("bpe:pydoc:300").to_json() == trained.to_json()
        assert cached.read_bytes() == whole


def _to_json(name: str) -> str:
    return load_tokenizer(name).to_json()


def test_workers_that_train_at_once_keep_one_whole_file(cache) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        results = set(pool.map(_to_json, ["bpe:pydoc:290"] * 2))
    (cached,) = cache.iterdir()
    assert results == {load_tokenizer("bpe:pydoc:290").to_json()}
    assert not cached.name.startswith(".")


def test_where_nothing_can_be_kept_it_is_trained_all_the_same(cache) -> None:
    cache.parent.parent.mkdir(exist_ok=True)
    Path(cache.parent).write_text("no folder")
    assert load_tokenizer("bpe:pydoc:300").size == 300


def test_names_that_cannot_be_trained_are_reported() -> None:
    with pytest.raises(SpecError, match="the size is 'many', expected a whole number"):
        load_tokenizer("bpe:pydoc:many")
    with pytest.raises(SpecError, match="kind among bpe, wordpiece, wordpiece_cased"):
        load_tokenizer("wordpeace:pydoc:500")
    with pytest.raises(SpecError, match="did you mean 'pydoc'"):
        load_tokenizer("bpe:pidoc:500")
