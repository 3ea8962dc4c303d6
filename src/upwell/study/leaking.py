"""Before anything is trained: does what will be asked stand in what is learnt from?

A score on such items measures memory. Items that are made of token ids have no text to look
for and are not looked at; they are drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..abilities.ability import questions
from ..data import Overlap, Tokenizer, check_overlap, tokenizer
from ..errors import SpecError
from ..models.answering import Prompt, Text, Unanswered
from ..records import Study


def leaks(study: Study) -> dict[str, Overlap]:
    """What of each ability's items stands in the training rows; {} where nothing is trained.

    Raises SpecError if an item stands there word for word.
    """
    names = {spec.tokenizer for spec in study.ladder if spec.tokenizer}
    if not (names and study.data):
        return {}
    words = tokenizer(sorted(names)[0])
    found = {name: _overlap(name, study, words) for name in study.abilities}
    for name, overlap in found.items():
        if overlap is not None and overlap.exact:
            raise SpecError(
                f"{overlap.exact} of {overlap.items} items of ability {name!r} stand in the "
                f"training rows, e.g. {overlap.examples[0]!r}; hold them out of the data"
            )
    return {name: overlap for name, overlap in found.items() if overlap is not None}


NOT_ASKED = Unanswered("nothing is asked before a study is planned")


@dataclass(frozen=True)
class _Reader:
    """As much of an answerer as making items needs: it answers nothing."""

    tokenizer: Tokenizer

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        return [NOT_ASKED for _ in pairs]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        return [NOT_ASKED for _ in prompts]


def _overlap(name: str, study: Study, words: Tokenizer) -> Overlap | None:
    items = questions(name, 0, _Reader(words), study.data)
    texts = [
        item.prompt + item.target
        for item in items
        if isinstance(item.prompt, str) and isinstance(item.target, str)
    ]
    return check_overlap(texts, study.data, words) if texts else None
