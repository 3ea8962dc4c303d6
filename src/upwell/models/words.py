"""A tokenizer of `transformers`, as this project speaks of tokenizers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any


class Words:
    """The way from text to ids and back, with the specials that the tokenizer itself adds."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        """A `transformers` tokenizer."""

    @property
    def size(self) -> int:
        """Number of different tokens."""
        return len(self.engine)

    @property
    def bos(self) -> int | None:
        """The token that begins a text; None where there is none."""
        found = self.engine.bos_token_id
        return None if found is None else int(found)

    @cached_property
    def prefix(self) -> int | None:
        """What stands before the first token of a text: `bos`, or else the end of another."""
        found = self.engine.eos_token_id if self.bos is None else self.bos
        return None if found is None else int(found)

    @property
    def pad(self) -> int:
        """The token that fills a batch; where there is none, any will do."""
        found = self.engine.pad_token_id
        return 0 if found is None else int(found)

    @property
    def mask(self) -> int | None:
        """The token that hides another; None where there is none."""
        found = self.engine.mask_token_id
        return None if found is None else int(found)

    @cached_property
    def around(self) -> tuple[list[int], list[int]]:
        """What the tokenizer puts before and behind a text."""
        bare = self.encode("a")
        whole: list[int] = self.engine.encode("a")
        for before in range(len(whole) - len(bare) + 1):
            if whole[before : before + len(bare)] == bare:
                return whole[:before], whole[before + len(bare) :]
        return [], []

    @property
    def ends(self) -> set[int]:
        """Ids that end a text."""
        found = self.engine.eos_token_id
        return set() if found is None else {int(found)}

    @cached_property
    def ordinary(self) -> Sequence[int]:
        """The ids that are no special ones."""
        special = set(self.engine.all_special_ids)
        return tuple(each for each in range(self.size) if each not in special)

    def encode(self, text: str) -> list[int]:
        """Ids without specials."""
        ids: list[int] = self.engine.encode(text, add_special_tokens=False)
        return ids

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of texts from their start on, with the specials that the tokenizer adds."""
        known = self.encoded(set(texts), starting=True)
        return [known[text] for text in texts]

    def encoded(self, texts: Collection[str], starting: bool) -> dict[str, list[int]]:
        """Ids of each text; `starting` adds what the tokenizer puts at the start of a text,
        unless that is written out in the text already."""
        if not starting:
            return self._batch(texts, add_special_tokens=False)
        written = {text for text in texts if self._begins(text)}
        return self._batch(set(texts) - written) | self._batch(written, add_special_tokens=False)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, without specials."""
        return str(self.engine.decode(list(ids), skip_special_tokens=True))

    def _begins(self, text: str) -> bool:
        return self._beginning is not None and text.startswith(self._beginning)

    @cached_property
    def _beginning(self) -> str | None:
        return None if self.prefix is None else str(self.engine.decode(self.prefix))

    def _batch(self, texts: Collection[str], **how: bool) -> dict[str, list[int]]:
        if not texts:
            return {}
        ordered = sorted(texts)
        return dict(zip(ordered, self.engine(ordered, **how)["input_ids"], strict=True))
