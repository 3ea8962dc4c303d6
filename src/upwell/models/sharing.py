"""Read many rows with a `transformers` network, computing what they share once.

The rows form a tree (`prefixes.py`). A trunk is read once and its keys and values are
handed to all that follows; the branches of a piece stand in one row, where a mask lets every
token see its own ancestors only, at their own positions. The head of the network, and of its
last layer the feed-forward part and the end of attention, are computed at the places asked
about and nowhere else. The numbers are those of reading every row alone, up to the rounding of
float32 (tests hold 1e-5).

This needs attention that looks everywhere before it and learns where a token stands from
`position_ids`. `can_share` tries it out on the network itself; others are read plainly.

Axes: B rows, T tokens of a row, P tokens of the trunk, N places asked about, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import Cache, DynamicLayer

from .causal_blocks import asking_only, looking_in_blocks
from .packing import batches
from .prefixes import Piece, Scope, Tree, carved, tree

ROW = 1024
"""Most tokens in a row."""

FILL = 128
"""Tokens up to which pieces share a row behind a trunk: each row copies the trunk's keys."""

PASS_TOKENS = 1024
"""Most tokens in a forward pass: more is no faster on a CPU, and takes more memory."""

GIGABYTE = 1 << 30

ATTENTIONS = ("self_attn", "attention", "attn")
ENDS = ("o_proj", "out_proj", "dense", "c_proj")
"""What architectures call attention, and the map that ends it."""

Past: TypeAlias = "list[tuple[Tensor, Tensor]] | None"
"""Keys and values [1, heads, P, head] of every layer."""

Report: TypeAlias = Callable[[int, int], None]
"""Is told how many tokens have been read, and of how many."""


@dataclass(frozen=True)
class Heard:
    """What a network gave for one row: a number a token asked about."""

    logprobs: list[float]
    guesses: list[int]
    """The token that the network would have said at its place."""


Asked: TypeAlias = dict[int, dict[int, list[tuple[int, int, int]]]]
"""Stretch -> offset in it -> which tokens may follow: (token, row, place among its numbers)."""


@dataclass(frozen=True)
class _Row:
    """Stretches side by side in one row."""

    stretches: tuple[int, ...]
    starts: tuple[int, ...]
    """Where in the row each begins."""

    seen_until: tuple[int, ...]
    """Where in the row the last token stands that may look at it, plus one."""

    length: int


class _Lent(DynamicLayer):
    """Keys and values of a trunk, lent to every row of a pass and not added to."""

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        super().__init__()
        self.keys, self.values = keys, values
        self.dtype, self.device = keys.dtype, keys.device
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """What the rows of this pass look at in this layer."""
        rows = key_states.shape[0]
        return (
            torch.cat([self.keys.expand(rows, -1, -1, -1), key_states], dim=-2),
            torch.cat([self.values.expand(rows, -1, -1, -1), value_states], dim=-2),
        )


class SharedReader:
    """Reads rows with one network in eval mode, in `memory` bytes besides its weights."""

    def __init__(self, network: Any, memory: int = GIGABYTE) -> None:
        self.network = network
        self.memory = memory

    def read(
        self, rows: Sequence[tuple[Sequence[int], int]], report: Report | None = None
    ) -> list[Heard]:
        """For each (ids, start), what the network gives for the ids from `start` on.

        `start` is at least 1 and below the number of ids. Numbers may be infinite or NaN.
        """
        heard = [Heard([0.0] * (len(ids) - s), [0] * (len(ids) - s)) for ids, s in rows]
        limit = min(ROW, tokens_within(self.memory, self.network.config, 0))
        shared = tree([tuple(ids[:-1]) for ids, _ in rows], limit)
        asked = _asked(shared, rows)
        scopes = carved(shared, limit)
        done, total = 0, sum(_read_in(shared, scope) for scope in scopes)
        trunks: list[Past] = []
        with torch.inference_mode(), looking_in_blocks(self.network):
            for scope in scopes:
                del trunks[max(0, scope.level - 1) :]
                if scope.trunk:
                    trunks.append(self._trunk(shared, scope, trunks, asked, heard))
                for batch in self._batches(shared, scope, trunks):
                    self._pass(shared, batch, _last(trunks), asked, heard)
                done += _read_in(shared, scope)
                if report:
                    report(done, total)
        return heard

    def _trunk(
        self, shared: Tree, scope: Scope, trunks: list[Past], asked: Asked, heard: list[Heard]
    ) -> Past:
        """Keys and values of all trunks down to this scope's."""
        row = _laid_out(shared, [(scope.trunk, scope.trunk)])
        before = _last(trunks)
        cache = DynamicCache(config=self.network.config)
        for layer, (keys, values) in enumerate(before or ()):
            cache.update(keys, values, layer)
        self._pass(shared, [row], before, asked, heard, cache)
        return [(layer.keys, layer.values) for layer in cache.layers]

    def _batches(self, shared: Tree, scope: Scope, trunks: list[Past]) -> Iterator[list[_Row]]:
        past = _last(trunks)
        trunk = 0 if past is None else past[0][0].shape[-2]
        rows = list(_rows(shared, scope.pieces, min(FILL, trunk)))
        limit = tokens_within(self.memory, self.network.config, trunk)
        for places in batches([row.length for row in rows], min(PASS_TOKENS, limit)):
            yield [rows[place] for place in places]

    def _pass(
        self,
        shared: Tree,
        rows: Sequence[_Row],
        past: Past,
        asked: Asked,
        heard: list[Heard],
        cache: Cache | None = None,
    ) -> None:
        """Read the rows of a batch and note the numbers; fills `cache` if there is one."""
        if past is not None and cache is None:
            cache = Cache(layers=[_Lent(keys, values) for keys, values in past])
        trunk = 0 if past is None else past[0][0].shape[-2]
        tokens_BT, positions_BT, seen_BT = _laid_down(shared, rows)
        places, follow = _places(rows, asked)
        with _only_at(self.network, places):
            logits_NV = self.network(
                input_ids=tokens_BT,
                position_ids=positions_BT,
                attention_mask=mask_of(seen_BT, trunk, self.network.dtype),
                past_key_values=cache,
                use_cache=cache is not None,
            ).logits[0]
        _note(logits_NV.float(), follow, heard)


def tokens_within(memory: int, config: Any, trunk: int) -> int:
    """How many tokens a pass behind a trunk may have, in so many bytes; at least 16.

    A rough count from above of what is alive at once in a layer, and of the logits.
    """
    config = config.get_text_config()
    width, vocabulary = int(config.hidden_size), int(config.vocab_size)
    hidden = int(getattr(config, "intermediate_size", None) or 4 * width)
    kept = 4 * 2 * width * int(config.num_hidden_layers) * trunk
    floats = 12 * width + 3 * hidden + 3 * vocabulary + 2 * (trunk + ROW)
    # Keys of a trunk are copied once for each row, which has about FILL tokens.
    floats += 4 * width * trunk // FILL
    return max(16, (memory - kept) // (4 * floats))


def can_share(network: Any) -> bool:
    """Whether reading a small tree gives the network's own numbers.

    False for attention that is windowed, chunked or recurrent, which a short trial need not
    show, and for everything that the trial shows: positions that are not given by
    `position_ids`, masks that are not looked at, a head that is not a layer of its own.
    """
    if _looks_partly(network.config.get_text_config()):
        return False
    ids = [5, 3, 4, 6, 1, 7, 2, 8, 9, 11, 10, 12]
    rows = [(ids, 2), (ids[:7] + ids[:5], 6), (ids[:7] + ids[2:9], 7), (ids[4:], 1)]
    try:
        found = [x for heard in SharedReader(network).read(rows) for x in heard.logprobs]
    # Whatever a foreign architecture raises, it means no: its rows are then read plainly.
    except Exception:
        return False
    with torch.inference_mode():
        alone = [x for ids, start in rows for x in _alone(network, ids, start)]
    return torch.allclose(torch.tensor(found), torch.tensor(alone), atol=1e-4, rtol=1e-4)


def _alone(network: Any, ids: Sequence[int], start: int) -> list[float]:
    logits_TV = network(input_ids=torch.tensor([ids[:-1]])).logits[0, start - 1 :].float()
    chosen = logits_TV.log_softmax(-1).gather(-1, torch.tensor(ids[start:])[:, None])
    return chosen[:, 0].tolist()


def _looks_partly(config: Any) -> bool:
    """Whether some layer does not look at everything before it, or positions depend on length."""
    kinds = set(getattr(config, "layer_types", None) or ("full_attention",))
    windowed = getattr(config, "sliding_window", None) and getattr(
        config, "use_sliding_window", True
    )
    local = "local" in (getattr(config, "attention_layers", None) or ())
    turned = getattr(config, "rope_parameters", None) or {}
    stretched = turned.get("rope_type", "default") not in ("default", "linear", "llama3", "yarn")
    return kinds != {"full_attention"} or bool(windowed) or local or stretched


def _asked(shared: Tree, rows: Sequence[tuple[Sequence[int], int]]) -> Asked:
    """What is asked at which place of the tree."""
    asked: Asked = {}
    for row, (ids, start) in enumerate(rows):
        for stretch in shared.path(shared.ends[row]):
            first = shared.stretches[stretch].depth
            size = len(shared.stretches[stretch].tokens)
            follow = asked.setdefault(stretch, {})
            for place in range(max(first, start - 1), first + size):
                entry = (ids[place + 1], row, place + 1 - start)
                follow.setdefault(place - first, []).append(entry)
            if first < start:
                break
    return asked


def _rows(shared: Tree, pieces: Sequence[Piece], fill: int) -> Iterator[_Row]:
    """Pieces side by side in rows of at most `fill` tokens, or one by one."""
    together: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    tokens = 0
    for piece in pieces:
        below = (*piece.lead, *range(piece.top, shared.after[piece.top]))
        size = sum(len(shared.stretches[each].tokens) for each in below)
        if together and tokens + size > fill:
            yield _laid_out(shared, together)
            together, tokens = [], 0
        together.append((below, piece.lead))
        tokens += size
    if together:
        yield _laid_out(shared, together)


def _laid_out(shared: Tree, pieces: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]) -> _Row:
    """One row of (stretches in preorder, those of them that all the others hang on)."""
    stretches: list[int] = []
    starts: list[int] = []
    seen_until: list[int] = []
    length = 0
    for below, lead in pieces:
        first = len(starts)
        for stretch in below:
            stretches.append(stretch)
            starts.append(length)
            length += len(shared.stretches[stretch].tokens)
        begins = {stretch: starts[first + place] for place, stretch in enumerate(below)}
        seen_until += [
            length if stretch in lead else begins.get(shared.after[stretch], length)
            for stretch in below
        ]
    return _Row(tuple(stretches), tuple(starts), tuple(seen_until), length)


def _laid_down(shared: Tree, rows: Sequence[_Row]) -> tuple[Tensor, Tensor, Tensor]:
    """Tokens, their positions, and until where each is seen: three [B, T] of int64.

    Behind short rows stand zeros that nothing sees but themselves.
    """
    longest = max(row.length for row in rows)
    tokens_BT = torch.zeros(len(rows), longest, dtype=torch.int64)
    positions_BT = torch.zeros_like(tokens_BT)
    seen_BT = torch.arange(1, longest + 1).repeat(len(rows), 1)
    for b, row in enumerate(rows):
        for stretch, start, end in zip(row.stretches, row.starts, row.seen_until, strict=True):
            found = shared.stretches[stretch]
            size = len(found.tokens)
            tokens_BT[b, start : start + size] = torch.tensor(found.tokens)
            positions_BT[b, start : start + size] = torch.arange(found.depth, found.depth + size)
            seen_BT[b, start : start + size] = end
    return tokens_BT, positions_BT, seen_BT


def mask_of(seen_BT: Tensor, trunk: int, dtype: torch.dtype) -> Tensor:
    """What may be looked at, [B, 1, T, P + T], as numbers to add: the whole trunk, and every
    token from its own place up to, not including, `seen`."""
    B, T = seen_BT.shape
    place = torch.arange(T)
    sees = (place[None, :] <= place[:, None]) & (place[:, None] < seen_BT[:, None, :])
    mask = torch.zeros(B, 1, T, trunk + T, dtype=dtype)
    mask[:, 0, :, trunk:].masked_fill_(~sees, torch.finfo(dtype).min)
    return mask


def _places(rows: Sequence[_Row], asked: Asked) -> tuple[Tensor, list[list[tuple[int, int, int]]]]:
    """Where to compute the head, [2, N], and what may follow at each of these places.

    What has been asked once is forgotten: a stretch may be read again before other pieces.
    """
    places: list[tuple[int, int]] = []
    follow: list[list[tuple[int, int, int]]] = []
    for b, row in enumerate(rows):
        for stretch, start in zip(row.stretches, row.starts, strict=True):
            for offset, entries in asked.pop(stretch, {}).items():
                places.append((b, start + offset))
                follow.append(entries)
    return torch.tensor(places or [(0, 0)]).T, follow


@contextmanager
def _only_at(network: Any, places: Tensor) -> Iterator[None]:
    """The network's logits are [1, N, V]: at the places (row, token) [2, N] only."""
    row_N, place_N = places
    shape: list[tuple[int, ...]] = []

    def gathered(_: Any, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        shape.append(tuple(args[0].shape))
        return args[0][row_N, place_N][None], *args[1:]

    def spread(_: Any, __: Any, made_1ND: Tensor) -> Tensor:
        # Nothing reads the other places any more: no layer follows, and the head skips them.
        everywhere_BTD = made_1ND.new_zeros(*shape[0][:2], made_1ND.shape[-1])
        everywhere_BTD[row_N, place_N] = made_1ND[0]
        return everywhere_BTD

    hooks = [network.get_output_embeddings().register_forward_pre_hook(gathered)]
    for part in _last_parts(network):
        hooks += [part.register_forward_pre_hook(gathered), part.register_forward_hook(spread)]
    try:
        with asking_only(_depth(network) - 1, place_N.tolist()):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _last_parts(network: Any) -> Iterator[Any]:
    """Of the last layer, what takes every place by itself and makes no keys: the map that ends
    its attention and its feed-forward network, where those are modules of their own."""
    for stack in network.modules():
        if isinstance(stack, torch.nn.ModuleList) and len(stack) == _depth(network):
            yield from _named(stack[-1], ATTENTIONS, ENDS)
            yield from _named(stack[-1], ("mlp",), ("",))
            return


def _named(layer: Any, parts: Sequence[str], within: Sequence[str]) -> Iterator[Any]:
    """The first module of a layer that goes by one of the names."""
    names = dict(layer.named_modules())
    paths = (f"{part}.{name}".rstrip(".") for part in parts for name in within)
    yield from [names[path] for path in paths if path in names][:1]


def _depth(network: Any) -> int:
    return int(network.config.get_text_config().num_hidden_layers)


def _note(
    logits_NV: Tensor, follow: Sequence[Sequence[tuple[int, int, int]]], heard: list[Heard]
) -> None:
    if not follow:
        return
    assert logits_NV.ndim == 2 and len(logits_NV) == len(follow)
    place_M = torch.tensor([place for place, found in enumerate(follow) for _ in found])
    token_M = torch.tensor([token for found in follow for token, _, _ in found])
    all_N = logits_NV.logsumexp(-1)
    likeliest_N = logits_NV.argmax(-1)
    logprobs = (logits_NV[place_M, token_M] - all_N[place_M]).tolist()
    guesses = likeliest_N[place_M].tolist()
    entries = (entry for found in follow for entry in found)
    for (_, row, place), logprob, guess in zip(entries, logprobs, guesses, strict=True):
        heard[row].logprobs[place] = logprob
        heard[row].guesses[place] = guess


def _read_in(shared: Tree, scope: Scope) -> int:
    """Tokens that are read in a scope."""
    own = sum(len(shared.stretches[each].tokens) for each in scope.trunk)
    return own + sum(
        shared.tokens[piece.top] + sum(len(shared.stretches[each].tokens) for each in piece.lead)
        for piece in scope.pieces
    )


def _last(trunks: list[Past]) -> Past:
    return trunks[-1] if trunks else None
