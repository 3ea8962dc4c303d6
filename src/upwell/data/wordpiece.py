"""WordPiece vocabularies for encoders that guess hidden words (Wu et al. 2016, arXiv 1609.08144).

The promise of the other tokenizers is given up here, knowingly: a text is lowered in case (unless
told otherwise), accents and control characters go, blanks of every kind are one, and a character
without an id is [UNK]. An encoder guesses words and measures texts, it never writes one and is
never scored by the byte; and to leave out a text for one rare character, of which Chinese has
thousands, would lose most of a corpus. What is kept: no text can smuggle in a special token.

English words are cut into pieces, Chinese characters stand alone (Devlin et al. 2019).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer as Engine
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

from ..errors import DataError, SpecError
from .tokenizers import BEGIN, END, MASKING, UNKNOWN, Tokenizer, closed

RARE = 3
"""Letters that come more seldom have no id."""

LETTERS_SHARE = 0.75
"""Most of the vocabulary that single letters may take: the most frequent ones."""

GOES_ON = "##"
"""How a piece is written that does not begin a word."""

INNER = 0xF0000
"""Where, among the characters that mean nothing, stand those for letters within a word."""


def train_wordpiece(
    texts: Iterable[str], size: int, lower: bool = True, *, exact: bool = True
) -> Tokenizer:
    """A WordPiece vocabulary of exactly `size` ids, specials included; the same for the same texts.
    At most so many where it need not be `exact`.

    The pieces are those of byte-pair encoding over words whose inner letters are letters of their
    own (Sennrich et al. 2016). Raises DataError where the texts are too few for so many.
    """
    least = 2 * len(MASKING)
    if size < least:
        raise SpecError(f"a WordPiece vocabulary needs at least {least} ids, got {size}")
    engine = Engine(models.WordPiece(unk_token=UNKNOWN))
    engine.normalizer = normalizers.BertNormalizer(lowercase=lower)
    engine.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces = _pieces(_words(texts, engine), size - len(MASKING))
    if exact and (made := len(pieces) + len(MASKING)) != size:
        raise DataError(
            f"the texts give a vocabulary of {made}, not {size}; ask for {made} or give other text"
        )
    vocabulary = {piece: place for place, piece in enumerate([*MASKING, *pieces])}
    engine.model = models.WordPiece(vocab=vocabulary, unk_token=UNKNOWN)
    engine.decoder = decoders.WordPiece(prefix=GOES_ON)
    engine.add_special_tokens(list(MASKING))
    engine.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A {END}",
        pair=f"{BEGIN} $A {END} $B:1 {END}:1",
        special_tokens=[(each, vocabulary[each]) for each in (BEGIN, END)],
    )
    return Tokenizer(f"wordpiece of {len(vocabulary)}", closed(engine))


def _words(texts: Iterable[str], engine: Any) -> Counter[str]:
    """How often each word comes, its inner letters moved to where they are letters of their own."""
    words: Counter[str] = Counter()
    for text in texts:
        plain = engine.normalizer.normalize_str(text)
        words.update(word for word, _ in engine.pre_tokenizer.pre_tokenize_str(plain))
    return Counter({_moved(word): times for word, times in words.items()})


def _pieces(words: Counter[str], size: int) -> list[str]:
    """The most frequent letters and then the pieces that they are joined to, at most `size`.

    The library's own trainer of WordPiece numbers inner letters by chance, so that the same texts
    give other pieces each time; that of byte-pair encoding does not.
    """
    letters = _letters(words, round(LETTERS_SHARE * size))
    engine = Engine(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=letters, limit_alphabet=len(letters), show_progress=False
    )
    known = set(letters)
    kept = sorted(word for word in words if known.issuperset(word))
    engine.train_from_iterator((" ".join([word] * words[word]) for word in kept), trainer)
    found = engine.get_vocab()
    return [_written(piece) for piece in sorted(found, key=lambda piece: found[piece])]


def _letters(words: Counter[str], most: int) -> list[str]:
    """The most frequent letters, of equal ones the first by code point."""
    counts: Counter[str] = Counter()
    for word, times in words.items():
        for letter in word:
            counts[letter] += times
    frequent = [(-times, letter) for letter, times in counts.items() if times >= RARE]
    return sorted(letter for _, letter in sorted(frequent)[:most])


def _moved(word: str) -> str:
    return word[0] + "".join(chr(INNER + ord(letter)) for letter in word[1:])


def _written(piece: str) -> str:
    begun = "" if ord(piece[0]) < INNER else GOES_ON
    return begun + "".join(chr(ord(c) - INNER) if ord(c) >= INNER else c for c in piece)
