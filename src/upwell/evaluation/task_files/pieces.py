"""Pieces of an evaluation: small enough to be done soon, large enough to share prompts.

The answers of a piece are kept as soon as it is done, so that a kill loses one piece. Requests of
one piece share what their prompts have in common. So a piece has at least as much text of its own
as it shares: no more than half of the time goes to shared texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .requests import Request
from .variant import Variant

PIECE_SECONDS = 10
FLOPS_PER_SECOND = 20e9
"""Of two cores, a cautious guess."""

CHARACTERS_PER_TOKEN = 3
GENERATION_COST = 4
"""Cost of a token that is generated, in tokens that are read together."""

MAX_PIECE_REQUESTS = 2000


def piece_characters(params: int) -> float:
    """Characters that a model of this size reads in `PIECE_SECONDS`."""
    return PIECE_SECONDS * FLOPS_PER_SECOND * CHARACTERS_PER_TOKEN / (2 * max(1, params))


def split_pieces(
    requests: Iterable[Request], characters: float, max_gen_toks: int = 0
) -> Iterator[list[Request]]:
    """Requests in order, piece by piece; each costs about as much as reading `characters`."""
    piece: list[Request] = []
    last: dict[Variant, str] = {}
    own = shared = 0
    for request in requests:
        texts = _texts(request)
        common = common_length(texts[0], last.get(request.variant, ""))
        last[request.variant] = texts[0]
        own += len(texts[0]) - common + sum(map(len, texts[1:]))
        if request.prompt is not None:
            own += max_gen_toks * GENERATION_COST * CHARACTERS_PER_TOKEN
        shared = max(shared, common)
        piece.append(request)
        if len(piece) >= MAX_PIECE_REQUESTS or own >= max(characters, shared):
            yield piece
            piece, own, shared = [], 0, 0
    if piece:
        yield piece


def _texts(request: Request) -> list[str]:
    """The prompt, or the text, and the continuations."""
    if request.pairs:
        return [request.pairs[0][0], *(continuation for _, continuation in request.pairs)]
    return [request.prompt if request.prompt is not None else request.text or ""]


def common_length(first: str, second: str) -> int:
    """Number of characters at the start that two texts share."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
