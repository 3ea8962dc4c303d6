"""The words of a text, for tasks that label words."""

from __future__ import annotations

import re

WORD_PATTERN = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff]|(?:(?![\u3400-\u9fff\uf900-\ufaff])[^\W_])+|[^\w\s]|_"
)
"""A Chinese character, a word or a punctuation mark."""


def split_words(text: str) -> list[tuple[str, int, int]]:
    """Each word with the character at which it begins, and that after its end."""
    return [(match[0], match.start(), match.end()) for match in WORD_PATTERN.finditer(text)]
