"""The documents of a text source: split, limited, counted, and held to their revision.

A document is a test row if its content hashes so, whatever stands around it: nothing is
drawn, adding files moves no row from one side to the other, and two copies of a document
are always on the same side.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import DataError
from ..records import DataSpec
from .examples import digest
from .source import ExampleSource, Reading, TextSource, source, text_source
from .tokenizers import Tokenizer

TEST_SHARE = 0.05
"""Share of the documents that are held out."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What became of a source, so that nothing is left out in silence."""

    source: str
    files: int = 0
    empty: int = 0
    """Files that hold nothing but blanks."""

    documents: int = 0
    """Documents used, of the split and within the limit."""

    unwritable: int = 0
    """Documents of the split left out because the tokenizer has no id for a character."""

    tokens: int = 0
    """Tokens of the documents used; 0 for a maker of rows, which has no end."""

    examples: int = 0
    """Examples used, of the split and within the limit."""

    left_out: int = 0
    """Examples of the split that could not be used."""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """The documents of one split that a tokenizer can write."""

    documents: tuple[str, ...]
    counts: Counts


def is_test(document: str) -> bool:
    """Whether a document is held out: the hash of its content, blanks around it aside."""
    digest = hashlib.sha256(document.strip().encode()).digest()
    return int.from_bytes(digest[:8], "big") < TEST_SHARE * 2**64


def corpus(spec: DataSpec, tokenizer: Tokenizer) -> Corpus:
    """Read the documents of the spec's split.

    Raises DataError for a revision that is not the content's, and for a split that is empty.
    """
    reading = text_source(spec).read()
    _hold_to_revision(spec, reading)
    ours = [d for d in reading.documents if d.strip() and is_test(d) == (spec.split == "test")]
    written = [d for d in ours if tokenizer.unwritable(d) is None]
    kept = tuple(written[: spec.limit])
    if not kept:
        raise DataError(
            f"source {spec.source!r} has no {spec.split} document: {len(reading.documents)} read, "
            f"{len(ours)} in the split, {len(ours) - len(written)} not writable by tokenizer "
            f"{tokenizer.name!r}; give more text"
        )
    counts = Counts(
        source=spec.source,
        files=reading.files,
        empty=reading.empty,
        documents=len(kept),
        unwritable=len(ours) - len(written),
    )
    return Corpus(documents=kept, counts=counts)


def held_out_texts(spec: DataSpec, tokenizer: Tokenizer, limit: int | None = None) -> list[str]:
    """The test documents of the source that `spec` names, whatever the spec's own split.

    Blank lines around them are cut off. `limit` is the most to give; the spec's own limit
    speaks of rows to learn from. Raises DataError if there are none or rows are made.
    """
    found = corpus(replace(spec, split="test", limit=limit), tokenizer)
    return [document.strip("\n") for document in found.documents]


def revision(spec: DataSpec) -> str | None:
    """sha256 of what a source holds, for `DataSpec.revision`; None if rows are made."""
    found = source(spec)
    if isinstance(found, ExampleSource):
        return digest(found)
    return _digest(found.read().documents) if isinstance(found, TextSource) else None


def _hold_to_revision(spec: DataSpec, reading: Reading) -> None:
    if spec.revision is None:
        return
    found = _digest(reading.documents)
    if found != spec.revision:
        raise DataError(
            f"source {spec.source!r} holds {found}, but the study is pinned to {spec.revision}; "
            "bring back the text it was pinned with, or pin the study to what is there"
        )


def _digest(documents: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for document in documents:
        body = document.encode()
        digest.update(len(body).to_bytes(8, "big") + body)
    return digest.hexdigest()
