"""Metrics of generated text, from the completion and the target."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Answer
from .base import ItemScore, corpus_metric, item_metric
from .extras import correct_texts
from .sequences import edit_distance
from .sequences import token_f1 as f1_of_tokens
from .text_overlap import load_sacrebleu

COMPLETION = "a completion"


@item_metric("exact_match", needs=COMPLETION)
def exact_match(answer: Answer) -> ItemScore | None:
    """1 if the completion equals the target or another correct text."""
    if answer.completion is None:
        return None
    return float(answer.completion in correct_texts(answer)), 1


@item_metric("token_f1", needs=COMPLETION)
def token_f1(answer: Answer) -> ItemScore | None:
    """F1 of the words of the completion, the best over all correct texts.

    As in Rajpurkar et al. 2016 (arXiv 1606.05250), without its removal of articles and
    punctuation.
    """
    if answer.completion is None:
        return None
    words = answer.completion.split()
    return max(f1_of_tokens(words, text.split()) for text in correct_texts(answer)), 1


@item_metric("token_edit_distance", needs=COMPLETION)
def token_edit_distance(answer: Answer) -> ItemScore | None:
    """Levenshtein distance from the completion to the target, in characters.

    As in Schaeffer et al. 2023 (arXiv 2304.15004). A token is a character: our tokenizers have
    a token for each digit.
    """
    if answer.completion is None:
        return None
    return edit_distance(answer.completion, answer.target), 1


@item_metric("digit_accuracy", needs=COMPLETION)
def digit_accuracy(answer: Answer) -> ItemScore | None:
    """Share of correct digits, aligned from the right.

    A digit means its position: 162 has two digits of 62. Missing and additional digits count
    as wrong.
    """
    if answer.completion is None:
        return None
    pairs = zip(reversed(answer.completion), reversed(answer.target), strict=False)
    num_digits = max(len(answer.completion), len(answer.target))
    return sum(predicted == expected for predicted, expected in pairs) / num_digits, 1


@item_metric("squared_error", needs="a number")
def squared_error(answer: Answer) -> ItemScore | None:
    """Squared difference of the number in the completion and the target."""
    try:
        return (float(answer.completion or "") - float(answer.target)) ** 2, 1
    except ValueError:
        return None


def _has_completion(answer: Answer) -> bool:
    return answer.completion is not None


@corpus_metric("bleu", needs=COMPLETION, is_scorable=_has_completion)
def bleu(answers: Sequence[Answer]) -> float:
    """BLEU over all answers, 0 to 100, with sacrebleu's defaults.

    See Papineni et al. 2002 and Post 2018, arXiv 1804.08771. Raises MissingDependencyError
    without sacrebleu.
    """
    return _sacrebleu_score("BLEU", answers)


@corpus_metric("chrf", needs=COMPLETION, is_scorable=_has_completion)
def chrf(answers: Sequence[Answer]) -> float:
    """chrF over all answers, 0 to 100 (Popović 2015), with sacrebleu's defaults."""
    return _sacrebleu_score("CHRF", answers)


@corpus_metric("ter", needs=COMPLETION, is_scorable=_has_completion)
def ter(answers: Sequence[Answer]) -> float:
    """Translation edit rate over all answers, per hundred words (Snover et al. 2006)."""
    return _sacrebleu_score("TER", answers)


def _sacrebleu_score(name: str, answers: Sequence[Answer]) -> float:
    """The score of the completions against all correct texts, with sacrebleu's defaults."""
    references = [correct_texts(answer) for answer in answers]
    streams = [
        [texts[index] if index < len(texts) else None for texts in references]
        for index in range(max(map(len, references)))
    ]
    completions = [answer.completion for answer in answers]
    return float(getattr(load_sacrebleu(), name)().corpus_score(completions, streams).score)
