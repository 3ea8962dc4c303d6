"""Evaluation: ask a model the questions of an ability, then score its answers.

    answers = evaluate(lm, ref, "addition2")
    observation = score(answers, "exact_match")

`builtin` holds the abilities that come with Upwell. `task_files` reads task files of
lm-evaluation-harness, BIG-bench and our own.
"""

from .base import Ability, DataAbility, ability_module, ability_names, load_ability
from .evaluator import evaluate
from .item import Item
from .scoring import score

__all__ = [
    "Ability",
    "DataAbility",
    "Item",
    "ability_module",
    "ability_names",
    "evaluate",
    "load_ability",
    "score",
]
