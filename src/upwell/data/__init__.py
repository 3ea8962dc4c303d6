"""Training data: sources, tokenizers, splits, and contamination by test items.

A source reads texts, has examples, or makes rows or tasks. A tokenizer turns texts into ids and
back. A loader mixes the rows of sources into batches. Test rows are separated from training rows by
the hash of their content.
"""

from .loading.loader import Loader
from .reading.contamination import Contamination, find_contamination
from .reading.corpus import SourceCounts, held_out_texts, is_test, source_revision
from .reading.examples import load_examples, load_pairs
from .reading.tokenizer_names import load_tokenizer, vocab_size
from .source import (
    Documents,
    Examples,
    ExampleSource,
    PairSource,
    Rows,
    RowSource,
    TaskSource,
    TextPair,
    TextSource,
    load_example_source,
    load_source,
    load_task_source,
    source_names,
)
from .tokenization.tokenizer import Tokenizer, train_bpe
from .tokenization.wordpiece import train_wordpiece

__all__ = [
    "Contamination",
    "Documents",
    "ExampleSource",
    "Examples",
    "Loader",
    "PairSource",
    "RowSource",
    "Rows",
    "SourceCounts",
    "TaskSource",
    "TextPair",
    "TextSource",
    "Tokenizer",
    "find_contamination",
    "held_out_texts",
    "is_test",
    "load_example_source",
    "load_examples",
    "load_pairs",
    "load_source",
    "load_task_source",
    "load_tokenizer",
    "source_names",
    "source_revision",
    "train_bpe",
    "train_wordpiece",
    "vocab_size",
]
