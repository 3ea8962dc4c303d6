"""Texts as token ids, padded batch by batch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from ...formatting import pluralize
from ..base_model import PretrainedModel
from .encoded import EncodedDataset

IGNORE_INDEX = -100
"""Label of tokens without a label. The loss ignores them."""

DEFAULT_MAX_LENGTH = 256
"""Upper bound of the default maximum length, in tokens."""

TOKENIZE_BATCH_ROWS = 4096
"""Texts per call of the tokenizer."""

RaggedArray = tuple[NDArray[np.int64], ...]
"""One array a row, of different lengths."""


@dataclass(frozen=True)
class TokenizedRows(EncodedDataset):
    """Tokenized texts, by the names of the model inputs."""

    ragged: Mapping[str, RaggedArray]
    """`input_ids` and other values per token, such as `token_type_ids`."""

    pad_values: Mapping[str, int]
    """Padding value of each ragged array."""

    def __len__(self) -> int:
        return len(self.ragged["input_ids"])

    @property
    def lengths(self) -> NDArray[np.int64]:
        """[rows] numbers of tokens."""
        return np.array([len(ids) for ids in self.ragged["input_ids"]], dtype=np.int64)

    def batch(
        self, indices: Sequence[int], rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """These rows, padded to the longest, with their `attention_mask`."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, rows in self.ragged.items():
            width = max(len(rows[index]) for index in indices)
            arrays[name] = np.full((len(indices), width), self.pad_values[name], dtype=np.int64)
            for i, index in enumerate(indices):
                arrays[name][i, : len(rows[index])] = rows[index]
        input_ids = self.ragged["input_ids"]
        positions = np.arange(arrays["input_ids"].shape[1])
        mask = [positions < len(input_ids[index]) for index in indices]
        arrays["attention_mask"] = np.array(mask, dtype=np.int64)
        return arrays | self.select_fixed(indices)


def tokenize(
    texts: Sequence[tuple[str, ...]],
    tokenizer: Any,
    max_length: int,
    fixed: Mapping[str, NDArray[Any]] | None = None,
) -> TokenizedRows:
    """Tokenize texts or pairs of texts, with special tokens. `fixed` holds labels and the like."""
    ragged: dict[str, list[NDArray[np.int64]]] = {}
    num_truncated = 0
    for start in range(0, len(texts), TOKENIZE_BATCH_ROWS):
        columns = [
            list(column) for column in zip(*texts[start : start + TOKENIZE_BATCH_ROWS], strict=True)
        ]
        untruncated = tokenizer(*columns, return_attention_mask=False, verbose=False)
        truncated = tokenizer(
            *columns, truncation=True, max_length=max_length, return_attention_mask=False
        )
        num_truncated += sum(len(ids) > max_length for ids in untruncated["input_ids"])
        for name, values in truncated.items():
            ragged.setdefault(name, []).extend(np.array(ids, dtype=np.int64) for ids in values)
    if not ragged:
        raise DataError("there are no rows to tokenize")
    pad_values = {
        name: int(tokenizer.pad_token_id) if name == "input_ids" else 0 for name in ragged
    }
    return TokenizedRows(
        {name: tuple(truncated) for name, truncated in ragged.items()},
        pad_values,
        fixed=fixed or {},
        num_truncated=num_truncated,
    )


def special_strings(tokenizer: Any) -> tuple[str, ...]:
    """The texts of all special tokens of a tokenizer."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    texts = {*tokenizer.all_special_tokens, *(str(each) for each in added if each.special)}
    return tuple(sorted(text for text in texts if len(text) > 1))


def describe_special_strings(texts: Iterable[Sequence[str]], tokenizer: Any) -> tuple[str, ...]:
    """A note on rows that hold the text of a special token, such as "[SEP]"; empty without any."""
    strings = special_strings(tokenizer)
    if not strings:
        return ()
    pattern = re.compile("|".join(map(re.escape, strings)))
    examples = [match[0] for row in texts if (match := _search(pattern, row)) is not None]
    if not examples:
        return ()
    count = pluralize(len(examples), "row")
    return (f"{count} with {examples[0]!r} or another special token, read as ordinary text",)


def _search(pattern: re.Pattern[str], texts: Sequence[str]) -> re.Match[str] | None:
    return next((match for text in texts if (match := pattern.search(text)) is not None), None)


def infer_max_length(
    texts: Sequence[tuple[str, ...]], base_model: PretrainedModel, coverage: float = 0.995
) -> int:
    """A maximum length, in tokens, that truncates at most 1 - `coverage` of the rows.

    It is rounded up to a multiple of 8, and limited to 256 tokens and the context of the model.
    """
    limit = (
        DEFAULT_MAX_LENGTH
        if base_model.max_length is None
        else min(base_model.max_length, DEFAULT_MAX_LENGTH)
    )
    lengths = tokenize(texts[: 4 * TOKENIZE_BATCH_ROWS], base_model.tokenizer, limit).lengths
    max_length = int(np.quantile(lengths, coverage, method="higher"))
    return min(limit, -(-max_length // 8) * 8)
