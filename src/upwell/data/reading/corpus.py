"""The documents of a text source: split, limited, counted, and checked against a revision.

The hash of its content decides whether a document is a test row. So more files move no document
from one split to the other, and copies of a document are always in one split.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...errors import DataError
from ...records import DataSpec
from ..source import Documents, ExampleSource, TextSource, load_source, load_text_source
from ..tokenization.tokenizer import Tokenizer
from .examples import hash_examples

TEST_FRACTION = 0.05
"""Fraction of the documents that are held out."""


@dataclass(frozen=True, kw_only=True)
class SourceCounts:
    """What was read of a source, and what was left out."""

    source: str
    files: int = 0
    empty: int = 0
    """Number of files without any text."""

    documents: int = 0
    """Number of documents used: those of the split, within the limit."""

    not_encodable: int = 0
    """Number of documents left out because the tokenizer has no id for a character."""

    tokens: int = 0
    """Number of tokens of the documents used; 0 for sources that make their rows."""

    examples: int = 0
    """Number of examples used: those of the split, within the limit."""

    left_out: int = 0
    """Number of examples of the split that cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """The documents of one split that a tokenizer can encode."""

    documents: tuple[str, ...]
    counts: SourceCounts


def is_test(document: str) -> bool:
    """Whether a document is held out, by the hash of its content without blanks around it."""
    digest = hashlib.sha256(document.strip().encode()).digest()
    return int.from_bytes(digest[:8], "big") < TEST_FRACTION * 2**64


def load_corpus(spec: DataSpec, tokenizer: Tokenizer) -> Corpus:
    """Read the documents of the spec's split.

    Raises DataError for content of another revision and for an empty split.
    """
    contents = load_text_source(spec).read()
    _check_revision(spec, contents)
    split_documents = [
        d for d in contents.documents if d.strip() and is_test(d) == (spec.split == "test")
    ]
    encodable = [d for d in split_documents if tokenizer.first_unencodable(d) is None]
    documents = tuple(encodable[: spec.limit])
    if not documents:
        raise DataError(
            f"source {spec.source!r} has no {spec.split} document: {len(contents.documents)} read, "
            f"{len(split_documents)} in the split, {len(split_documents) - len(encodable)} that "
            f"tokenizer {tokenizer.name!r} cannot encode; give more text"
        )
    counts = SourceCounts(
        source=spec.source,
        files=contents.files,
        empty=contents.empty,
        documents=len(documents),
        not_encodable=len(split_documents) - len(encodable),
    )
    return Corpus(documents=documents, counts=counts)


def held_out_texts(spec: DataSpec, tokenizer: Tokenizer, limit: int | None = None) -> list[str]:
    """The test documents of the source that `spec` names, without blank lines around them.

    The split and the limit of the spec do not count; `limit` is the largest number of documents.
    Raises DataError where there are none, and for sources that make their rows.
    """
    test_corpus = load_corpus(replace(spec, split="test", limit=limit), tokenizer)
    return [document.strip("\n") for document in test_corpus.documents]


def source_revision(spec: DataSpec) -> str | None:
    """sha256 of the content of a source, for `DataSpec.revision`; None where rows are made."""
    data_source = load_source(spec)
    if isinstance(data_source, ExampleSource):
        return hash_examples(data_source)
    return (
        _hash_documents(data_source.read().documents)
        if isinstance(data_source, TextSource)
        else None
    )


def _check_revision(spec: DataSpec, contents: Documents) -> None:
    if spec.revision is None:
        return
    actual = _hash_documents(contents.documents)
    if actual != spec.revision:
        raise DataError(
            f"source {spec.source!r} holds {actual}, but the study is pinned to {spec.revision}; "
            "restore that text, or pin the study to the text that is there"
        )


def _hash_documents(documents: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for document in documents:
        encoded = document.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()
