"""A tokenizer of transformers with the interface of our own tokenizers."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any


class HFTokenizer:
    """Text to ids and back, with the special tokens of the tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        """A tokenizer of transformers."""

        self._texts_with_specials: set[int] = set()

    @property
    def notes(self) -> list[str]:
        """One sentence on texts in which special tokens were written."""
        count = len(self._texts_with_specials)
        if not count:
            return []
        return [
            f"{count:,} texts have a special token written in them, which the tokenizer reads as "
            "such, as in lm-eval-harness"
        ]

    @property
    def size(self) -> int:
        """Number of tokens in the vocabulary."""
        return len(self.tokenizer)

    @property
    def bos(self) -> int | None:
        """Id of the token that begins a text; None if there is none."""
        token_id = self.tokenizer.bos_token_id
        return None if token_id is None else int(token_id)

    @cached_property
    def prefix(self) -> int | None:
        """Id before the first token of a text: `bos`, or else `eos`; None if there is neither."""
        token_id = self.tokenizer.eos_token_id if self.bos is None else self.bos
        return None if token_id is None else int(token_id)

    @property
    def pad(self) -> int:
        """Id of the padding token; 0 if there is none."""
        token_id = self.tokenizer.pad_token_id
        return 0 if token_id is None else int(token_id)

    @property
    def mask(self) -> int | None:
        """Id of the mask token; None if there is none."""
        token_id = self.tokenizer.mask_token_id
        return None if token_id is None else int(token_id)

    @cached_property
    def special_prefix_suffix(self) -> tuple[list[int], list[int]]:
        """Ids that the tokenizer adds before and after a text."""
        plain_ids = self.encode("a")
        full_ids: list[int] = self.tokenizer.encode("a")
        for start in range(len(full_ids) - len(plain_ids) + 1):
            if full_ids[start : start + len(plain_ids)] == plain_ids:
                return full_ids[:start], full_ids[start + len(plain_ids) :]
        return [], []

    @property
    def eos_ids(self) -> set[int]:
        """Ids that end a text."""
        token_id = self.tokenizer.eos_token_id
        return set() if token_id is None else {int(token_id)}

    @cached_property
    def regular_ids(self) -> Sequence[int]:
        """Ids of all tokens that are not special."""
        special = set(self.tokenizer.all_special_ids)
        return tuple(each for each in range(self.size) if each not in special)

    def encode(self, text: str) -> list[int]:
        """Ids without special tokens."""
        self._count_specials([text])
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def encode_with_specials(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text with the special tokens that the tokenizer adds."""
        encoded = self.encode_batch(set(texts), add_special_tokens=True)
        return [encoded[text] for text in texts]

    def encode_batch(
        self, texts: Collection[str], add_special_tokens: bool
    ) -> dict[str, list[int]]:
        """Ids of each text, by the text.

        `add_special_tokens` adds those of the tokenizer, unless the text already begins with the
        first of them.
        """
        if not add_special_tokens:
            return self._tokenize(texts, add_special_tokens=False)
        already_prefixed = {text for text in texts if self._starts_with_prefix(text)}
        return self._tokenize(set(texts) - already_prefixed) | self._tokenize(
            already_prefixed, add_special_tokens=False
        )

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def decode_with_specials(self, ids: Sequence[int]) -> str:
        """Text of ids, with that of special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=False))

    @cached_property
    def eos_text(self) -> str | None:
        """Text of the token that ends a text; None if there is none."""
        token_id = self.tokenizer.eos_token_id
        return None if token_id is None else self.decode_with_specials([int(token_id)])

    def _starts_with_prefix(self, text: str) -> bool:
        return self._prefix_text is not None and text.startswith(self._prefix_text)

    @cached_property
    def _prefix_text(self) -> str | None:
        return None if self.prefix is None else str(self.tokenizer.decode(self.prefix))

    def _count_specials(self, texts: Sequence[str]) -> None:
        """Count the texts that have a special token, each once; one at the start is a prefix."""
        if self._special_pattern is None:
            return
        for text in texts:
            start = len(self._prefix_text or "") if self._starts_with_prefix(text) else 0
            if self._special_pattern.search(text, start):
                self._texts_with_specials.add(hash(text))

    @cached_property
    def _special_pattern(self) -> re.Pattern[str] | None:
        """Any special token as text; None where the tokenizer splits them like other text."""
        if getattr(self.tokenizer, "split_special_tokens", False):
            return None
        tokens = [re.escape(token) for token in self.tokenizer.all_special_tokens if token]
        return re.compile("|".join(tokens)) if tokens else None

    def _tokenize(self, texts: Collection[str], **kwargs: bool) -> dict[str, list[int]]:
        if not texts:
            return {}
        ordered = sorted(texts)
        self._count_specials(ordered)
        return dict(zip(ordered, self.tokenizer(ordered, **kwargs)["input_ids"], strict=True))
