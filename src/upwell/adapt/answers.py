"""How near an answer is to the right ones: exact match and F1, as SQuAD and CMRC 2018 count them.

Chinese is counted by characters and by the longest run in common, as CMRC 2018 does (Cui et al.
2019, arXiv 1810.07366); all else by words, without articles and punctuation.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

CHINESE = re.compile(r"[\u4e00-\u9fa5]")
ARTICLES = re.compile(r"\b(a|an|the)\b")
MARKS = frozenset(string.punctuation)

CHINESE_MARKS = frozenset("-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
"""What CMRC 2018 leaves out."""


def exact(said: str, right: Sequence[str]) -> float:
    """1 where it is one of the right answers but for what makes no difference; "" is no answer,
    and right where there is none."""
    if not right:
        return float(not said)
    return max(float(_plain(said, one) == _plain(one, one)) for one in right)


def f1(said: str, right: Sequence[str]) -> float:
    """The best F-measure with any of the right answers, 0 to 1."""
    if not right:
        return float(not said)
    return max(_chinese(said, one) if CHINESE.search(one) else _words(said, one) for one in right)


def _plain(text: str, right: str) -> str:
    if CHINESE.search(right):
        return "".join(char for char in text.lower().strip() if char not in CHINESE_MARKS)
    return " ".join(_tokens(text))


def _tokens(text: str) -> list[str]:
    bare = "".join(char for char in text.lower() if char not in MARKS)
    return ARTICLES.sub(" ", bare).split()


def _words(said: str, right: str) -> float:
    one, other = _tokens(said), _tokens(right)
    if not one or not other:
        return float(one == other)
    return _measure(sum((Counter(one) & Counter(other)).values()), len(one), len(other))


def _chinese(said: str, right: str) -> float:
    one, other = _segments(said), _segments(right)
    return _measure(_run(one, other), len(one), len(other))


def _segments(text: str) -> list[str]:
    """Characters of Chinese by themselves, words of other scripts whole."""
    kept = "".join(char for char in text.lower().strip() if char not in CHINESE_MARKS)
    return re.findall(r"[\u4e00-\u9fa5]|[^\s\u4e00-\u9fa5]+", kept)


def _run(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest run that both have."""
    best, row = 0, [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, rival in enumerate(other, start=1):
            above = row[place]
            row[place] = before + 1 if word == rival else 0
            best, before = max(best, row[place]), above
    return best


def _measure(common: int, said: int, right: int) -> float:
    return 2 * common / (said + right) if common else 0.0
