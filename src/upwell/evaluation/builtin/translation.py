"""Translation of held-out texts, compared with the translations in the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ...data import PairSource, load_pairs, load_source
from ...errors import SpecError
from ...models.protocols import LM
from ...records import Answer, DataSpec
from .. import chance_level
from ..base import Ability, Bounds, DataAbility
from ..item import Item

MAX_NEW_TOKENS = 64
"""Most tokens of a translation."""


class TranslationAbility(DataAbility):
    """Pairs from the test split of the study's sources of pairs, for any limit.

    Other sources of the study are ignored. Raises SpecError if no source has pairs.
    """

    num_items = 200
    metrics = ("chrf", "bleu", "log_probability", "loss")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """The first text is the prompt, the second is the target."""
        pair_specs = [spec for spec in data if isinstance(load_source(spec), PairSource)]
        if not pair_specs:
            raise SpecError(
                "ability 'translation' needs pairs of texts, and no source of the study has any; "
                "add the source 'parallel_text'"
            )
        per_source = max(1, self.num_items // len(pair_specs))
        return [
            Item(
                id=f"{source_index}-{number:04d}",
                prompt=source_text,
                target=target_text,
                max_new_tokens=MAX_NEW_TOKENS,
            )
            for source_index, spec in enumerate(pair_specs)
            for number, (source_text, target_text) in enumerate(
                load_pairs(replace(spec, split="test", revision=None), per_source)
            )
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Ceiling; the chance is unknown, because a copy of the prompt is no guess."""
        if metric in ("chrf", "bleu"):
            return None, 100.0
        return (None, 0.0) if metric == "loss" else chance_level.bounds(metric, 1)


ABILITIES: Final[dict[str, Ability]] = {"translation": TranslationAbility()}
