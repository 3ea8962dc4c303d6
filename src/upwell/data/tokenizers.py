"""Text to ids and back, with the `tokenizers` library throughout.

A tokenizer here gives every text back as it was, or refuses it by name: there is no
unknown token, no normalisation, and no text that turns into a special token. What is
saved is a `tokenizer.json` that other software reads as it is. `wordpiece.py` says which of
these promises a vocabulary for encoders gives up, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from ..errors import DataError, MissingExtra, SpecError, StoreError
from ..store.atomic import write_bytes

try:
    from tokenizers import Tokenizer as Engine
    from tokenizers import decoders, models, pre_tokenizers, processors, trainers
except ImportError as error:
    raise MissingExtra("reading text needs tokenizers: pip install 'upwell[train]'") from error

BOS, PAD = "<bos>", "<pad>"
"""The specials of a lossless tokenizer; the last two ids of those that are made here."""

FILLER, UNKNOWN, BEGIN, END, MASK = MASKING = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The specials of a tokenizer for encoders; the first ids of those that are made here."""

FILE = "tokenizer.json"

ASCII = "\n" + "".join(map(chr, range(32, 127)))
"""Newline and the 95 printable ASCII characters: small vocabularies make small models."""

PROBE = "Naïve cafe\u0301\t42  你好，世界。\r\n\x00🙂 "
"""What a tokenizer must give back unchanged to be called lossless."""


@final
@dataclass(frozen=True, eq=False)
class Tokenizer:
    """A vocabulary, and the way from text to ids and back. Made by `tokenizer(name)`."""

    name: str
    """What `tokenizer(name)` was asked for."""

    engine: Any
    """The `tokenizers.Tokenizer` that does the work."""

    alphabet: frozenset[str] | None = None
    """The characters that can be written; None for all of Unicode."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without bos. Raises DataError naming a character that has none."""
        foreign = self.unwritable(text)
        if foreign is not None:
            raise DataError(
                f"tokenizer {self.name!r} has no id for {foreign!r} (U+{ord(foreign):04X}); "
                "leave the text out or use the tokenizer 'bytes'"
            )
        ids: list[int] = self.engine.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids. Specials are skipped; bytes that are no UTF-8 become U+FFFD."""
        return str(self.engine.decode([int(i) for i in ids], skip_special_tokens=True))

    def unwritable(self, text: str) -> str | None:
        """The first character that has no id, or None if the text can be written."""
        if self.alphabet is None or self.alphabet.issuperset(text):
            return None
        return next(character for character in text if character not in self.alphabet)

    @cached_property
    def size(self) -> int:
        """Vocabulary with the specials: ids are 0 to size - 1."""
        return int(self.engine.get_vocab_size(with_added_tokens=True))

    def words(self, texts: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """For each text its ids, and for each id the number of the word that it is a piece of."""
        found = self.engine.encode_batch(list(texts), add_special_tokens=False)
        return [(each.ids, each.word_ids) for each in found]

    @cached_property
    def bos(self) -> int:
        """Id that begins every sequence."""
        return _id(self.engine, BOS, BEGIN)

    @cached_property
    def pad(self) -> int:
        """Id that fills a batch of texts of different length."""
        return _id(self.engine, PAD, FILLER)

    @cached_property
    def sep(self) -> int | None:
        """Id that ends each text of a pair; None where there is none."""
        return _id(self.engine, END) if self.masks else None

    @cached_property
    def mask(self) -> int | None:
        """Id that stands for a hidden token; None where there is none."""
        return _id(self.engine, MASK) if self.masks else None

    @cached_property
    def masks(self) -> bool:
        """Whether it is made for encoders: it hides tokens, and does not give back every text."""
        return all(self.engine.token_to_id(special) is not None for special in MASKING)

    @cached_property
    def ordinary(self) -> tuple[int, ...]:
        """Every id that is not a special, rising."""
        special = {i for i, t in self.engine.get_added_tokens_decoder().items() if t.special}
        return tuple(sorted(set(range(self.size)) - special))

    def to_json(self) -> str:
        """The `tokenizer.json` of the `tokenizers` library.

        `transformers.PreTrainedTokenizerFast(tokenizer_file=...)` gives the same ids from
        it, with bos in front unless `add_special_tokens=False`.
        """
        return str(self.engine.to_str())

    def save(self, folder: str | Path) -> Path:
        """Write `tokenizer.json` into the folder; the path is a name for `tokenizer`."""
        path = Path(folder) / FILE
        write_bytes(path, self.to_json().encode())
        return path


def built_in(name: str) -> Tokenizer | None:
    """The tokenizer "bytes" or "ascii"; None for any other name."""
    if name == "bytes":
        return Tokenizer(name, _bytes())
    return Tokenizer(name, _ascii(), frozenset(ASCII)) if name == "ascii" else None


def train_bpe(texts: Iterable[str], size: int) -> Tokenizer:
    """A byte-level BPE of exactly `size` ids, specials included (Sennrich et al. 2016,
    arXiv 1508.07909; over bytes as in GPT-2, so that no text is unknown).

    Every digit stays a token of its own, so that sums read the same everywhere.
    Raises SpecError below 258 ids and DataError when the texts are too few for so many.
    """
    specials = [BOS, PAD]
    if size < 256 + len(specials):
        raise SpecError(f"a byte-level BPE needs at least {256 + len(specials)} ids, got {size}")
    engine = Engine(models.BPE())
    engine.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    engine.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(specials),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    engine.train_from_iterator(texts, trainer)
    made = engine.get_vocab_size() + len(specials)
    if made < size:
        raise DataError(
            f"the texts give a vocabulary of {made}, not {size}; ask for {made} or give more text"
        )
    return Tokenizer(f"bpe of {size}", _with_specials(engine))


def _bytes() -> Any:
    engine = Engine(models.BPE(vocab=_byte_letters(), merges=[]))
    engine.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    engine.decoder = decoders.ByteLevel()
    return _with_specials(engine)


def _ascii() -> Any:
    engine = Engine(models.BPE(vocab={letter: i for i, letter in enumerate(ASCII)}, merges=[]))
    engine.decoder = decoders.Fuse()
    return _with_specials(engine)


def _byte_letters() -> dict[str, int]:
    """The letter that stands for each byte in a byte-level `tokenizer.json` -> the byte.

    Printable bytes stand for themselves, the others for U+0100 and on (Radford et al.
    2019, GPT-2's encoder).
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(256 + i): byte for i, byte in enumerate(others)}


def _with_specials(engine: Any) -> Any:
    engine.add_special_tokens([BOS, PAD])
    bos = engine.token_to_id(BOS)
    engine.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, bos)]
    )
    return closed(engine)


def closed(engine: Any) -> Any:
    """The engine, with specials in a text read as the letters they are."""
    # A text that contains "<bos>" is a text; it must not smuggle in the special.
    engine.encode_special_tokens = True
    return engine


def load(path: Path, name: str) -> Tokenizer:
    """The tokenizer in a `tokenizer.json`. Raises StoreError for a file of another kind, DataError
    for one that lacks specials or loses text, unless it is made for encoders."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"{path} is not a {FILE} of the tokenizers library: {error}") from error
    return read(text, path, name)


def read(text: str, path: Path, name: str) -> Tokenizer:
    """The tokenizer in the text of such a file; `path` is for what is said of it."""
    try:
        engine = closed(Engine.from_str(text))
    # The library raises plain Exception; its message says what is wrong.
    except Exception as error:
        raise StoreError(f"{path} is not a {FILE} of the tokenizers library: {error}") from error
    made = Tokenizer(name, engine)
    if made.masks:
        return made
    missing = [special for special in (BOS, PAD) if engine.token_to_id(special) is None]
    if missing:
        raise DataError(f"{path} has no token {' and no '.join(missing)}; add it as a special")
    return Tokenizer(name, engine, _alphabet(engine, path))


def _id(engine: Any, *names: str) -> int:
    """Of the first of these specials that there is."""
    return next(int(i) for name in names if (i := engine.token_to_id(name)) is not None)


def _alphabet(engine: Any, path: Path) -> frozenset[str] | None:
    if _gives_back(engine, PROBE):
        return None
    letters = frozenset(token for token in engine.get_vocab() if len(token) == 1)
    if letters and _gives_back(engine, "".join(sorted(letters))):
        return letters
    raise DataError(
        f"{path} does not give texts back unchanged, so bits per byte would be wrong; "
        "expected a byte-level tokenizer without normalisation, e.g. one made by train_bpe"
    )


def _gives_back(engine: Any, text: str) -> bool:
    ids = engine.encode(text, add_special_tokens=False).ids
    return bool(engine.decode(ids, skip_special_tokens=True) == text)
