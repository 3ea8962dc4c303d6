"""WordPiece vocabularies for masked language models (Wu et al. 2016, arXiv 1609.08144).

Unlike the other tokenizers these are not lossless. Text is lowercased by default, accents and
control characters are removed, all blanks are equal, and a character without an id is [UNK]. An
encoder never generates text and is never scored by the byte. Chinese has thousands of rare
characters, so leaving out texts with one of them would lose most of a corpus. No text turns into a
special token here either.

English words are cut into pieces, and Chinese characters are words (Devlin et al. 2019).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from ...errors import DataError, SpecError
from .tokenizer import (
    CLS,
    ENCODER_SPECIALS,
    SEP,
    UNK,
    Tokenizer,
    disable_special_parsing,
    tokenizers_module,
)

MIN_LETTER_COUNT = 3
"""Letters that are rarer have no id."""

MAX_LETTERS_FRACTION = 0.75
"""Largest fraction of the vocabulary for single letters, of which the most frequent are kept."""

CONTINUATION_PREFIX = "##"
"""Prefix of pieces that do not begin a word."""

INNER_OFFSET = 0xF0000
"""Offset into the private characters of Unicode for letters within a word."""


def train_wordpiece(
    texts: Iterable[str], size: int, lower: bool = True, *, exact: bool = True
) -> Tokenizer:
    """A WordPiece vocabulary of exactly `size` ids, special tokens included.

    With `exact` false it may have fewer. The same texts give the same vocabulary. The pieces are
    those of byte pair encoding over words in which letters within a word differ from first letters
    (Sennrich et al. 2016). Raises SpecError below ten ids, and DataError where the texts are
    too few for `size` ids.
    """
    library = tokenizers_module()
    min_size = 2 * len(ENCODER_SPECIALS)
    if size < min_size:
        raise SpecError(f"a WordPiece vocabulary needs at least {min_size} ids, got {size}")
    engine = library.Tokenizer(library.models.WordPiece(unk_token=UNK))
    engine.normalizer = library.normalizers.BertNormalizer(lowercase=lower)
    engine.pre_tokenizer = library.pre_tokenizers.BertPreTokenizer()
    pieces = _train_pieces(_count_words(texts, engine), size - len(ENCODER_SPECIALS))
    if exact and (actual_size := len(pieces) + len(ENCODER_SPECIALS)) != size:
        raise DataError(
            f"the texts give a vocabulary of {actual_size}, not {size}; ask for {actual_size} or "
            "give other text"
        )
    vocabulary = {piece: index for index, piece in enumerate([*ENCODER_SPECIALS, *pieces])}
    engine.model = library.models.WordPiece(vocab=vocabulary, unk_token=UNK)
    engine.decoder = library.decoders.WordPiece(prefix=CONTINUATION_PREFIX)
    engine.add_special_tokens(list(ENCODER_SPECIALS))
    engine.post_processor = library.processors.TemplateProcessing(
        single=f"{CLS} $A {SEP}",
        pair=f"{CLS} $A {SEP} $B:1 {SEP}:1",
        special_tokens=[(each, vocabulary[each]) for each in (CLS, SEP)],
    )
    return Tokenizer(f"wordpiece of {len(vocabulary)}", disable_special_parsing(engine))


def _count_words(texts: Iterable[str], engine: Any) -> Counter[str]:
    """Number of occurrences of each word, with the letters within it moved by the offset."""
    word_counts: Counter[str] = Counter()
    for text in texts:
        plain = engine.normalizer.normalize_str(text)
        word_counts.update(word for word, _ in engine.pre_tokenizer.pre_tokenize_str(plain))
    return Counter({_encode_inner(word): count for word, count in word_counts.items()})


def _train_pieces(word_counts: Counter[str], size: int) -> list[str]:
    """The most frequent letters, then the pieces that are merged from them, at most `size`.

    The WordPiece trainer of the library numbers letters within words at random, so that the same
    texts give other pieces each time; its BPE trainer is deterministic.
    """
    library = tokenizers_module()
    letters = _select_letters(word_counts, round(MAX_LETTERS_FRACTION * size))
    engine = library.Tokenizer(library.models.BPE())
    engine.pre_tokenizer = library.pre_tokenizers.WhitespaceSplit()
    trainer = library.trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=letters, limit_alphabet=len(letters), show_progress=False
    )
    known = set(letters)
    encodable = sorted(word for word in word_counts if known.issuperset(word))
    engine.train_from_iterator(
        (" ".join([word] * word_counts[word]) for word in encodable), trainer
    )
    vocabulary = engine.get_vocab()
    return [
        _decode_piece(piece) for piece in sorted(vocabulary, key=lambda piece: vocabulary[piece])
    ]


def _select_letters(word_counts: Counter[str], max_letters: int) -> list[str]:
    """The most frequent letters; ties are broken by code point."""
    counts: Counter[str] = Counter()
    for word, count in word_counts.items():
        for letter in word:
            counts[letter] += count
    frequent = [(-count, letter) for letter, count in counts.items() if count >= MIN_LETTER_COUNT]
    return sorted(letter for _, letter in sorted(frequent)[:max_letters])


def _encode_inner(word: str) -> str:
    return word[0] + "".join(chr(INNER_OFFSET + ord(letter)) for letter in word[1:])


def _decode_piece(piece: str) -> str:
    prefix = "" if ord(piece[0]) < INNER_OFFSET else CONTINUATION_PREFIX
    return prefix + "".join(
        chr(ord(c) - INNER_OFFSET) if ord(c) >= INNER_OFFSET else c for c in piece
    )
