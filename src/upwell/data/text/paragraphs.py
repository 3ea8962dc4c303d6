"""Paragraphs of a text: the documents that a split keeps whole.

Joined, the paragraphs are the text again. One rule holds for English and Chinese, for wrapped lines
and for chapters on one line.
"""

from __future__ import annotations

import re
from itertools import pairwise

MAX_PARAGRAPH_CHARS = 1000
"""A longer paragraph is cut at the best border before."""

_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_PIECE = re.compile(
    rf".{{1,{MAX_PARAGRAPH_CHARS}}}(?:\n|\Z)"
    rf"|.{{1,{MAX_PARAGRAPH_CHARS}}}(?:[。！？]|[.!?](?=\s))"
    rf"|.{{1,{MAX_PARAGRAPH_CHARS}}}\s"
    rf"|.{{1,{MAX_PARAGRAPH_CHARS}}}",
    re.DOTALL,
)


def split_paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each with the blank lines that follow it.

    A paragraph ends at a blank line. A long one is cut at the end of a line, else of a sentence,
    else of a word, else after `MAX_PARAGRAPH_CHARS` characters. A blank text has none.
    """
    stripped = text.rstrip()
    if not stripped:
        return []
    indent = len(text) - len(text.lstrip())
    ends = [match.end() for match in _BLANK_LINES.finditer(text, indent, len(stripped))]
    offsets = [0, *ends, len(text)]
    unsplit = [text[i:j] for i, j in pairwise(offsets)]
    return [piece for paragraph in unsplit for piece in _split_long(paragraph)]


def _split_long(paragraph: str) -> list[str]:
    return [paragraph] if len(paragraph) <= MAX_PARAGRAPH_CHARS else _PIECE.findall(paragraph)
