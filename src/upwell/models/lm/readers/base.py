"""What every reader of token rows is: one method, and the memory that it may use."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

MAX_ROW_TOKENS = 1024
"""Maximum number of tokens of a packed row."""

MAX_PACKED_TOKENS = 128
"""Maximum number of tokens of chunks that share a row after a prefix. Each row copies the keys of
the prefix."""

MAX_PASS_TOKENS = 1024
"""Maximum number of tokens of a forward pass: more is not faster on a CPU, and takes memory."""

GIGABYTE = 1 << 30

ReadProgressFn: TypeAlias = Callable[[int, int], None]
"""Called with the number of tokens read so far, and of all tokens."""


@dataclass(frozen=True)
class TokenScores:
    """Scores of the tokens of one row, from its start on."""

    logprobs: list[float]
    """Natural log-probability of each token given all tokens before it."""

    argmax_tokens: list[int]
    """The most probable token at the position of each."""


class Reader(ABC):
    """Reads rows with a causal network in eval mode, in `memory` bytes besides its weights."""

    def __init__(self, network: Any, memory: int = GIGABYTE) -> None:
        self.network = network
        self.memory = memory

    @abstractmethod
    def read(
        self, rows: Sequence[tuple[Sequence[int], int]], on_progress: ReadProgressFn | None = None
    ) -> list[TokenScores]:
        """For each (ids, start), the scores of the ids from `start` on.

        `start` is at least 1 and below the number of ids. Numbers may be infinite or NaN.
        """


def max_tokens_for_memory(memory: int, config: Any, prefix_length: int) -> int:
    """Maximum number of tokens of a pass after a prefix, in `memory` bytes; at least 16.

    A rough upper bound of what a layer holds at once, and of the logits.
    """
    config = config.get_text_config()
    width, vocab_size = int(config.hidden_size), int(config.vocab_size)
    sizes = getattr(config, "intermediate_size", None) or 4 * width
    # Some configs have one for each layer.
    intermediate_size = int(max(sizes) if isinstance(sizes, list | tuple) else sizes)
    cache_bytes = 4 * 2 * width * int(config.num_hidden_layers) * prefix_length
    floats = (
        12 * width + 3 * intermediate_size + 3 * vocab_size + 2 * (prefix_length + MAX_ROW_TOKENS)
    )
    # The keys of a prefix are copied once per row, which has about MAX_PACKED_TOKENS tokens.
    floats += 4 * width * prefix_length // MAX_PACKED_TOKENS
    return max(16, (memory - cache_bytes) // (4 * floats))
