"""Tokenizers by the name in a ModelSpec."""

from __future__ import annotations

from pathlib import Path

from ...errors import SpecError
from ...plugins import did_you_mean
from ..tokenization.tokenizer import (
    TOKENIZER_FILE,
    Tokenizer,
    builtin_tokenizer,
    load_tokenizer_file,
)
from . import trained_tokenizers


def load_tokenizer(name: str) -> Tokenizer:
    """The tokenizer of that name.

    Names are "bytes", "ascii", the path of a `tokenizer.json`, or KIND:SOURCE:SIZE for one that is
    trained at first use, such as "bpe:pydoc:1000" or "wordpiece:chitchat:8000".

    Raises SpecError for any other name, DataError or StoreError for a file that cannot be used, and
    the errors of a source that cannot be read.
    """
    if (builtin := builtin_tokenizer(name)) is not None:
        return builtin
    path = Path(name) / TOKENIZER_FILE if Path(name).is_dir() else Path(name)
    if path.is_file():
        return load_tokenizer_file(path, name)
    if (spec := trained_tokenizers.parse_name(name)) is not None:
        return trained_tokenizers.load_or_train(spec)
    raise SpecError(
        f"no tokenizer {name!r}: expected 'bytes', 'ascii' or the path of a {TOKENIZER_FILE} that "
        f"exists, or KIND:SOURCE:SIZE with a kind among {', '.join(trained_tokenizers.TRAINERS)}"
        + did_you_mean(name, ["bytes", "ascii"])
    )


def vocab_size(name: str) -> int:
    """Size of the vocabulary with special tokens; a trained tokenizer is not trained for it."""
    spec = trained_tokenizers.parse_name(name)
    return load_tokenizer(name).size if spec is None else spec.size
