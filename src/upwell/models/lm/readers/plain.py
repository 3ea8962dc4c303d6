"""Read rows with any causal network, each by itself: the reference for prefix sharing.

Rows are batched by length and padded on the right, which most causal networks do not see.
`RowReader` is for those that do: its batches are one row.

Axes: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import torch

from .base import MAX_PASS_TOKENS, Reader, ReadProgressFn, TokenScores, max_tokens_for_memory
from .batching import length_batches, pad_rows


class PlainReader(Reader):
    """Reads every row by itself, in padded batches."""

    FORWARD_KWARGS: ClassVar[Mapping[str, Any]] = {}

    def read(
        self, rows: Sequence[tuple[Sequence[int], int]], on_progress: ReadProgressFn | None = None
    ) -> list[TokenScores]:
        """See `Reader.read`."""
        scores: dict[int, TokenScores] = {}
        lengths = [len(ids) - 1 for ids, _ in rows]
        done = 0
        for batch in length_batches(lengths, self._batch_tokens()):
            batch_scores = self._forward([rows[index] for index in batch])
            scores |= dict(zip(batch, batch_scores, strict=True))
            done += sum(lengths[index] for index in batch)
            if on_progress:
                on_progress(done, sum(lengths))
        return [scores[index] for index in range(len(rows))]

    def _batch_tokens(self) -> int:
        """Maximum number of tokens of a batch of several rows."""
        return min(MAX_PASS_TOKENS, max_tokens_for_memory(self.memory, self.network.config, 0))

    def _forward(self, rows: Sequence[tuple[Sequence[int], int]]) -> list[TokenScores]:
        with torch.inference_mode():
            tokens_BT = pad_rows([ids[:-1] for ids, _ in rows])
            logits_BTV = self.network(input_ids=tokens_BT, **self.FORWARD_KWARGS).logits
            return [
                _score_tokens(logits_TV[start - 1 : len(ids) - 1].float(), ids[start:])
                for logits_TV, (ids, start) in zip(logits_BTV, rows, strict=True)
            ]


class RowReader(PlainReader):
    """Reads every row by itself, one row at a time and without a cache."""

    FORWARD_KWARGS: ClassVar[Mapping[str, Any]] = {"use_cache": False}

    def _batch_tokens(self) -> int:
        return 1


def _score_tokens(logits_TV: torch.Tensor, follow: Sequence[int]) -> TokenScores:
    token_T = torch.tensor(follow)
    logprobs = logits_TV.log_softmax(-1).gather(-1, token_T[:, None])[:, 0]
    return TokenScores(logprobs.tolist(), logits_TV.argmax(-1).tolist())
