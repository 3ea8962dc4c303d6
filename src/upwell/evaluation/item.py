"""One question: the same for every model, seed and checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import SpecError
from ..models.protocols import ArrayInput, Prompt, Text


@dataclass(frozen=True, kw_only=True)
class Item:
    """A prompt and its correct answer.

    Raises SpecError if there are choices and the target is none of them.
    """

    id: str
    """Unique within the ability, and the same for any number of shots."""

    prompt: Prompt
    target: Text
    """The correct answer."""

    choices: tuple[str, ...] = ()
    """Candidate answers, the target included; empty for an item without choices."""

    max_new_tokens: int = 0
    """Most tokens to generate; 0 for an item without generation."""

    stop: str = ""
    """End of an answer: generation stops there, and every scored text ends with it."""

    extras: Mapping[str, float] = field(default_factory=dict)
    """Numbers of the item for `Answer.extras`, such as the errors of baselines."""

    def __post_init__(self) -> None:
        if self.choices and self.target not in self.choices:
            raise SpecError(
                f"item {self.id!r}: the target {self.target!r} is not among its choices; add it"
            )

    @property
    def continuations(self) -> tuple[Text, ...]:
        """Continuations to score: each choice, or the target."""
        texts = self.choices or (self.target,)
        return tuple(text + self.stop if isinstance(text, str) else text for text in texts)


def canonical_text(text: Prompt) -> str:
    """A prompt as a record keeps it: a string, ids separated by spaces, or a digest of arrays."""
    if isinstance(text, ArrayInput):
        return text.digest()
    return text if isinstance(text, str) else " ".join(map(str, text))
