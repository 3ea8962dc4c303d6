"""The text of the questions of a study, without a model that could answer them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..data import Tokenizer, load_tokenizer
from ..evaluation.base import build_items
from ..models.protocols import LM, NoAnswer, Prompt, Text
from ..records import Study

NOT_EVALUATED = NoAnswer("a study is planned before models are evaluated")


@dataclass(frozen=True)
class TokenizerOnlyLM(LM):
    """A language model with a tokenizer only, which is what building items needs."""

    tokenizer: Tokenizer

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """No answers."""
        return [NOT_EVALUATED for _ in pairs]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """No answers."""
        return [NOT_EVALUATED for _ in prompts]


def build_questions(study: Study, ability: str, shots: int) -> dict[str, str]:
    """The text of every question of an ability by the id of its item, in their order.

    Empty for a study without texts. Questions that are not text, such as token ids, are left out.
    """
    names = {spec.tokenizer for spec in study.ladder if spec.tokenizer}
    if not names:
        return {}
    lm = TokenizerOnlyLM(load_tokenizer(sorted(names)[0]))
    items = build_items(ability, shots, lm, study.data)
    return {item.id: item.prompt for item in items if isinstance(item.prompt, str)}
