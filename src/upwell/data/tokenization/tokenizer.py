"""Text to ids and back, with the `tokenizers` library.

A tokenizer is lossless: it decodes to the same text, or refuses the text by naming a character. It
has no unknown token and no normalization, and no text turns into a special token. It is saved as a
`tokenizer.json` that other software reads as well. Vocabularies for encoders give up some of this;
see `wordpiece.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, final

from ...errors import DataError, MissingDependencyError, SpecError, StoreError
from ...files import read_regular
from ...store.atomic import write_bytes

if TYPE_CHECKING:
    pass

BOS, PAD = "<bos>", "<pad>"
"""The special tokens of a lossless tokenizer; here they have the last two ids."""

ENCODER_PAD, UNK, CLS, SEP, MASK = ENCODER_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The special tokens of a tokenizer for encoders; here they have the first ids."""

TOKENIZER_FILE = "tokenizer.json"

ASCII = "\n" + "".join(map(chr, range(32, 127)))
"""Newline and the 95 printable ASCII characters: small vocabularies make small models."""

ROUND_TRIP_PROBE = "Naïve cafe\u0301\t42  你好，世界。\r\n\x00🙂 "
"""A text that a lossless tokenizer decodes unchanged."""


@final
@dataclass(frozen=True, eq=False)
class Tokenizer:
    """A vocabulary, with encoding and decoding. Use `load_tokenizer(name)` to get one."""

    name: str
    """The name given to `load_tokenizer`."""

    engine: Any
    """A `tokenizers.Tokenizer`."""

    alphabet: frozenset[str] | None = None
    """The characters that can be encoded; None for all of Unicode."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without bos. Raises DataError that names a character without an id."""
        character = self.first_unencodable(text)
        if character is not None:
            raise DataError(
                f"tokenizer {self.name!r} has no id for {character!r} (U+{ord(character):04X}); "
                "leave the text out or use the tokenizer 'bytes'"
            )
        ids: list[int] = self.engine.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids without special tokens; bytes that are not UTF-8 become U+FFFD."""
        return str(self.engine.decode([int(i) for i in ids], skip_special_tokens=True))

    def first_unencodable(self, text: str) -> str | None:
        """The first character without an id; None where the text can be encoded."""
        if self.alphabet is None or self.alphabet.issuperset(text):
            return None
        return next(character for character in text if character not in self.alphabet)

    @cached_property
    def size(self) -> int:
        """Size of the vocabulary with special tokens: ids are 0 to size - 1."""
        return int(self.engine.get_vocab_size(with_added_tokens=True))

    def encode_with_word_ids(self, texts: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """For each text its ids, and for each id the index of its word in the text."""
        encodings = self.engine.encode_batch(list(texts), add_special_tokens=False)
        return [(encoding.ids, encoding.word_ids) for encoding in encodings]

    @cached_property
    def bos(self) -> int:
        """Id of the token that begins every sequence."""
        return _special_id(self.engine, BOS, CLS)

    @cached_property
    def pad(self) -> int:
        """Id that pads the shorter texts of a batch."""
        return _special_id(self.engine, PAD, ENCODER_PAD)

    @cached_property
    def sep(self) -> int | None:
        """Id of the token that ends each text of a pair; None where there is none."""
        return _special_id(self.engine, SEP) if self.has_mask_token else None

    @cached_property
    def mask(self) -> int | None:
        """Id of the mask token; None where there is none."""
        return _special_id(self.engine, MASK) if self.has_mask_token else None

    @cached_property
    def has_mask_token(self) -> bool:
        """Whether the tokenizer is for encoders: it has a mask token and is not lossless."""
        return all(self.engine.token_to_id(special) is not None for special in ENCODER_SPECIALS)

    @cached_property
    def regular_ids(self) -> tuple[int, ...]:
        """Every id that is not of a special token, in increasing order."""
        special = {i for i, t in self.engine.get_added_tokens_decoder().items() if t.special}
        return tuple(sorted(set(range(self.size)) - special))

    def to_json(self) -> str:
        """The `tokenizer.json` of the `tokenizers` library.

        `transformers.PreTrainedTokenizerFast(tokenizer_file=...)` gives the same ids, after bos
        unless `add_special_tokens=False`.
        """
        return str(self.engine.to_str())

    def save(self, folder: str | Path) -> Path:
        """Write `tokenizer.json` into the folder; `load_tokenizer` reads its path."""
        path = Path(folder) / TOKENIZER_FILE
        write_bytes(path, self.to_json().encode())
        return path


def builtin_tokenizer(name: str) -> Tokenizer | None:
    """The tokenizer "bytes" or "ascii"; None for any other name."""
    if name == "bytes":
        return Tokenizer(name, _build_bytes())
    return Tokenizer(name, _build_ascii(), frozenset(ASCII)) if name == "ascii" else None


def train_bpe(texts: Iterable[str], size: int) -> Tokenizer:
    """A byte-level BPE of exactly `size` ids, special tokens included.

    (Sennrich et al. 2016, arXiv 1508.07909; over bytes as in GPT-2, so that no text is unknown.)
    Every digit is a token of its own. Raises SpecError below 258 ids, and DataError where the texts
    are too few for `size` ids.
    """
    library = tokenizers_module()
    specials = [BOS, PAD]
    if size < 256 + len(specials):
        raise SpecError(f"a byte-level BPE needs at least {256 + len(specials)} ids, got {size}")
    engine = library.Tokenizer(library.models.BPE())
    engine.pre_tokenizer = library.pre_tokenizers.Sequence(
        [
            library.pre_tokenizers.Digits(individual_digits=True),
            library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    engine.decoder = library.decoders.ByteLevel()
    trainer = library.trainers.BpeTrainer(
        vocab_size=size - len(specials),
        initial_alphabet=sorted(library.pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    engine.train_from_iterator(texts, trainer)
    actual_size = engine.get_vocab_size() + len(specials)
    if actual_size < size:
        raise DataError(
            f"the texts give a vocabulary of {actual_size}, not {size}; ask for {actual_size} or "
            "give more text"
        )
    return Tokenizer(f"bpe of {size}", _add_specials(engine))


def _build_bytes() -> Any:
    library = tokenizers_module()
    engine = library.Tokenizer(library.models.BPE(vocab=_map_bytes_to_letters(), merges=[]))
    engine.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    engine.decoder = library.decoders.ByteLevel()
    return _add_specials(engine)


def _build_ascii() -> Any:
    library = tokenizers_module()
    engine = library.Tokenizer(
        library.models.BPE(vocab={letter: i for i, letter in enumerate(ASCII)}, merges=[])
    )
    engine.decoder = library.decoders.Fuse()
    return _add_specials(engine)


def _map_bytes_to_letters() -> dict[str, int]:
    """The letter of each byte in a byte-level `tokenizer.json` -> the byte.

    Printable bytes are themselves; the others are U+0100 and on (Radford et al. 2019, the
    encoder of GPT-2).
    """
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(256 + i): byte for i, byte in enumerate(others)}


def _add_specials(engine: Any) -> Any:
    library = tokenizers_module()
    engine.add_special_tokens([BOS, PAD])
    bos = engine.token_to_id(BOS)
    engine.post_processor = library.processors.TemplateProcessing(
        single=f"{BOS} $A", pair=f"{BOS} $A $B", special_tokens=[(BOS, bos)]
    )
    return disable_special_parsing(engine)


def disable_special_parsing(engine: Any) -> Any:
    """The engine, set to read special tokens in a text as plain letters."""
    # A text that contains "<bos>" is plain text; it must not become the special token.
    engine.encode_special_tokens = True
    return engine


def load_tokenizer_file(path: Path, name: str) -> Tokenizer:
    """The tokenizer in a `tokenizer.json`.

    Raises StoreError for a file of another kind. Raises DataError for a tokenizer without bos and
    pad, and for one that is not lossless, unless it is for encoders.
    """
    try:
        text = read_regular(path).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            f"{path} is not a {TOKENIZER_FILE} of the tokenizers library: {error}"
        ) from error
    return parse_tokenizer(text, path, name)


def parse_tokenizer(text: str, path: Path, name: str) -> Tokenizer:
    """The tokenizer in the text of a `tokenizer.json`; `path` is for error messages."""
    library = tokenizers_module()
    try:
        engine = disable_special_parsing(library.Tokenizer.from_str(text))
    # The library raises plain Exception, with a useful message.
    except Exception as error:
        raise StoreError(
            f"{path} is not a {TOKENIZER_FILE} of the tokenizers library: {error}"
        ) from error
    tokenizer = Tokenizer(name, engine)
    if tokenizer.has_mask_token:
        return tokenizer
    missing = [special for special in (BOS, PAD) if engine.token_to_id(special) is None]
    if missing:
        raise DataError(
            f"{path} has no token {' and no '.join(missing)}; add it as a special token"
        )
    return Tokenizer(name, engine, _detect_alphabet(engine, path))


def _special_id(engine: Any, *names: str) -> int:
    """The id of the first of these special tokens that exists."""
    return next(int(i) for name in names if (i := engine.token_to_id(name)) is not None)


def _detect_alphabet(engine: Any, path: Path) -> frozenset[str] | None:
    if _round_trips(engine, ROUND_TRIP_PROBE):
        return None
    letters = frozenset(token for token in engine.get_vocab() if len(token) == 1)
    if letters and _round_trips(engine, "".join(sorted(letters))):
        return letters
    raise DataError(
        f"{path} does not decode texts unchanged, so bits per byte would be wrong; "
        "expected a byte-level tokenizer without normalization, e.g. one made by train_bpe"
    )


def _round_trips(engine: Any, text: str) -> bool:
    ids = engine.encode(text, add_special_tokens=False).ids
    return bool(engine.decode(ids, skip_special_tokens=True) == text)


def tokenizers_module() -> ModuleType:
    """The `tokenizers` library. MissingDependencyError where it is not installed."""
    try:
        import tokenizers
    except ImportError as error:
        raise MissingDependencyError(
            "reading text needs tokenizers: pip install 'upwell[train]'"
        ) from error
    module: ModuleType = tokenizers
    return module
