"""One question, the same for every model, seed and milestone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import SpecError
from ..models.answering import Instance, Prompt, Text


@dataclass(frozen=True, kw_only=True)
class Item:
    """What is asked, and what would be right."""

    id: str
    """Unique within the ability, whatever the shots."""

    prompt: Prompt
    target: Text

    choices: tuple[str, ...] = ()
    """What the model chooses among, the target included; empty for no choice."""

    speak: int = 0
    """Most tokens that the model may say; 0 if it is not asked to speak."""

    stop: str = ""
    """What ends an answer: the model stops there, and every scored text has it at its end."""

    notes: Mapping[str, float] = field(default_factory=dict)
    """What is known of the question beforehand, such as how others do on it; kept with answers."""

    def __post_init__(self) -> None:
        if self.choices and self.target not in self.choices:
            raise SpecError(
                f"item {self.id!r}: the target {self.target!r} is not among its choices; add it"
            )

    @property
    def scored(self) -> tuple[Text, ...]:
        """The continuations whose log-probability is asked for."""
        texts = self.choices or (self.target,)
        return tuple(text + self.stop if isinstance(text, str) else text for text in texts)


def written(text: Prompt) -> str:
    """As a record keeps it: words as they are, ids with blanks between them, or a digest."""
    if isinstance(text, Instance):
        return text.digest()
    return text if isinstance(text, str) else " ".join(map(str, text))
