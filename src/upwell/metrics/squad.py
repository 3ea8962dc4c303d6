"""Exact match and F1 of short answers, as SQuAD and CMRC 2018 count them.

Chinese is compared by characters and by the longest common substring, as in CMRC 2018 (Cui et
al. 2019, arXiv 1810.07366). Other languages are compared by words, without articles and
punctuation.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from .sequences import common_substring_length, f_measure, token_f1

CHINESE_CHARACTER = re.compile(r"[\u4e00-\u9fa5]")
ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = frozenset(string.punctuation)

CHINESE_PUNCTUATION = frozenset("-:_*^/\\~`+=，。：？！“”；’《》…·、「」（）－～『』")
"""Characters that CMRC 2018 ignores."""


def exact_match(prediction: str, targets: Sequence[str]) -> float:
    """1 if the prediction equals one of the targets after normalization, else 0.

    An empty prediction means "no answer", which is correct if there are no targets.
    """
    if not targets:
        return float(not prediction)
    return max(
        float(_normalize_answer(prediction, target) == _normalize_answer(target, target))
        for target in targets
    )


def f1(prediction: str, targets: Sequence[str]) -> float:
    """The best F1 with any of the targets, 0 to 1.

    An empty prediction means "no answer", which is correct if there are no targets.
    """
    if not targets:
        return float(not prediction)
    return max(
        _chinese_f1(prediction, target)
        if CHINESE_CHARACTER.search(target)
        else token_f1(_tokenize(prediction), _tokenize(target))
        for target in targets
    )


def _normalize_answer(text: str, target: str) -> str:
    if CHINESE_CHARACTER.search(target):
        return _strip_chinese(text)
    return " ".join(_tokenize(text))


def _tokenize(text: str) -> list[str]:
    without_punctuation = "".join(char for char in text.lower() if char not in PUNCTUATION)
    return ARTICLES.sub(" ", without_punctuation).split()


def _chinese_f1(prediction: str, target: str) -> float:
    predicted_tokens, target_tokens = _tokenize_chinese(prediction), _tokenize_chinese(target)
    return f_measure(
        common_substring_length(predicted_tokens, target_tokens),
        len(predicted_tokens),
        len(target_tokens),
    )


def _tokenize_chinese(text: str) -> list[str]:
    """Chinese characters one by one; words of other scripts whole."""
    return re.findall(r"[\u4e00-\u9fa5]|[^\s\u4e00-\u9fa5]+", _strip_chinese(text))


def _strip_chinese(text: str) -> str:
    return "".join(char for char in text.lower().strip() if char not in CHINESE_PUNCTUATION)
