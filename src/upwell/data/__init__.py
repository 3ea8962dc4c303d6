"""Rows to learn from: sources, tokenizers, splits, and overlap with test items.

A source reads texts, has examples or makes rows, a tokenizer turns texts into ids and back, a
loader mixes rows into batches. Test rows are parted from training rows by the hash of their
content.
"""

from .corpus import Counts, held_out_texts, is_test, revision
from .examples import examples, pairs
from .loader import Loader
from .overlap import Overlap, check_overlap
from .source import (
    Examples,
    ExampleSource,
    Pair,
    PairSource,
    Reading,
    Rows,
    RowSource,
    TaskSource,
    TextSource,
    example_source,
    names,
    source,
    task_source,
)
from .tokenizers import Tokenizer, train_bpe
from .vocabularies import tokenizer, vocabulary
from .wordpiece import train_wordpiece

__all__ = [
    "Counts",
    "ExampleSource",
    "Examples",
    "Loader",
    "Overlap",
    "Pair",
    "PairSource",
    "Reading",
    "RowSource",
    "Rows",
    "TaskSource",
    "TextSource",
    "Tokenizer",
    "check_overlap",
    "example_source",
    "examples",
    "held_out_texts",
    "is_test",
    "names",
    "pairs",
    "revision",
    "source",
    "task_source",
    "tokenizer",
    "train_bpe",
    "train_wordpiece",
    "vocabulary",
]
