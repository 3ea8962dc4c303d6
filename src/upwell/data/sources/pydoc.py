"""English prose that every Python carries: the documentation behind `help()`.

About 465 thousand characters. Versions of Python differ, so a study that pins a revision also pins
the version of Python. The curly quotes, dashes and ellipses of some paragraphs are written in
ASCII; otherwise the tokenizer "ascii" could not encode a quarter of the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from pydoc_data.topics import topics
from typing import final

from ..source import Documents, TextSource
from ..text.paragraphs import split_paragraphs

LICENSE = "PSF-2.0"

_ASCII_PUNCTUATION = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "--", "…": "..."}
)


@final
@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    """The topics of the Python documentation, in the order of their names."""

    def read(self) -> Documents:
        """One document per paragraph; a topic counts as a file."""
        texts = [
            topics[name].translate(_ASCII_PUNCTUATION).rstrip() + "\n\n" for name in sorted(topics)
        ]
        return Documents(
            documents=tuple(piece for text in texts for piece in split_paragraphs(text)),
            files=len(texts),
        )
