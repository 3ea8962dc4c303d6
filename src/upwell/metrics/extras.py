"""Names of the numbers in `Answer.extras` that metrics read, and functions that read them.

Abilities and task files write these numbers; metrics read them. A name that ends in a prefix
is followed by an index, such as the index of a choice.
"""

from __future__ import annotations

from ..records import Answer

TARGET_INDEX_KEY = "target_index"
"""Index of the correct choice, for choices with the same text."""

OTHER_CORRECT_PREFIX = "also_correct_"
"""Followed by the index of a further correct choice; the value is 1."""

IS_GREEDY_PREFIX = "is_greedy_"
"""Followed by the index of a choice: 1 if each of its tokens is the most probable one, else 0."""

UNCONDITIONAL_LOGPROB_PREFIX = "unconditional_logprob_"
"""Followed by the index of a choice: its log-probability without the question."""

ARGMAX_MATCHES_KEY = "argmax_matches"
"""Number of target tokens that are the most probable ones."""

EARLY_LOSS_KEY = "early_loss"
"""Loss on the target tokens where they occur for the first time."""

HEAD_SCORE_PREFIX = "head_"
"""Followed by layer and head: "head_0.3" is the score of the fourth head of the first layer."""

FEATURE_PREFIX = "feature_"
"""Followed by two digits: a whitened feature of a generated image."""

CLASS_KEY = "class"
"""Predicted class of a generated image."""

NUM_CLASSES_KEY = "num_classes"
"""Number of classes that a generated image can have."""


def target_index(answer: Answer) -> int:
    """Index of the target among the choices."""
    index = answer.extras.get(TARGET_INDEX_KEY)
    return answer.choices.index(answer.target) if index is None else int(index)


def correct_indices(answer: Answer) -> set[int]:
    """Indices of all correct choices: the target and those of equal rank."""
    return {target_index(answer), *_other_correct_indices(answer)}


def correct_texts(answer: Answer) -> list[str]:
    """All correct texts, the target first."""
    return [
        answer.target,
        *(answer.choices[index] for index in sorted(_other_correct_indices(answer))),
    ]


def _other_correct_indices(answer: Answer) -> set[int]:
    return {
        int(name.removeprefix(OTHER_CORRECT_PREFIX))
        for name in answer.extras
        if name.startswith(OTHER_CORRECT_PREFIX)
    }
