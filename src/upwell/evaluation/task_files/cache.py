"""Cache of answers on disk: no row is evaluated twice by the same model.

The name of a file is a hash of what its answers depend on: the model's weights, the task's rows and
templates, how few-shot examples are drawn and how prompts are truncated. Metrics and filters are
not part of it, so they can change and the answers stay. An evaluation that is killed loses only the
piece in progress.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import StoreError
from ...files import to_filename
from ...models.protocols import LM
from ...records import from_json, to_json
from ...store.journal import Journal
from .fewshot import FewshotSampling
from .run import iter_pieces
from .task import EvalTask
from .variant import Variant, VariantAnswer

ANSWERS_VERSION = 2
"""Changes when the same task file gives other answers than before."""

EvalProgressFn: TypeAlias = Callable[[int, int], None]
"""Called with the number of rows or tokens that are done, and of all."""


class ResponseCache:
    """The answers of one model to one task, in a journal on disk.

    `key_fields` are what else the answers depend on, such as the hash of the weights.
    """

    def __init__(self, folder: Path, model_id: str, task: EvalTask, **key_fields: Any) -> None:
        name = to_filename(f"{model_id}-{task.name}", f"-{_cache_key(task, key_fields)}.jsonl")
        self.journal = Journal(folder / name)
        self.answers = [
            from_json(VariantAnswer, line)
            for entry in self.journal.payloads
            for line in _split_entry(entry)
        ]

    def append(self, answers: Sequence[VariantAnswer]) -> None:
        """Add answers; they are on disk when this returns."""
        self.journal.append(json.dumps([json.loads(to_json(answer)) for answer in answers]))
        self.answers += answers

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()


def evaluate_cached(
    lm: LM,
    model_id: str,
    task: EvalTask,
    variants: Sequence[Variant],
    sampling: FewshotSampling,
    cache: ResponseCache,
    limit: int | None = None,
    on_progress: EvalProgressFn | None = None,
    characters: float = math.inf,
) -> list[VariantAnswer]:
    """Answers of all rows in all variants: from the cache, and the others evaluated now.

    `limit` takes the first rows only. The order is that of rows, then variants. Answers are on disk
    after every piece, which costs about as much as reading `characters`.
    """
    indices = range(min(len(task.rows), limit or len(task.rows)))
    known = {(answer.variant, answer.answer.item): answer for answer in cache.answers}
    conditions = [(variant, task.item_id(index)) for index in indices for variant in variants]
    done = sum(key in known for key in conditions)
    pieces = iter_pieces(
        lm, model_id, task, variants, sampling=sampling, row_indices=indices, skip=frozenset(known),
        characters=characters,
    )  # fmt: skip
    for piece in pieces:
        cache.append(piece)
        known |= {(answer.variant, answer.answer.item): answer for answer in piece}
        done += len(piece)
        if on_progress:
            on_progress(done * len(indices) // len(conditions), len(indices))
    return [known[key] for key in conditions]


def _cache_key(task: EvalTask, key_fields: Any) -> str:
    """Twelve hexadecimal digits of the hash of what the answers depend on."""
    has_unconditional = any(metric_spec.metric == "acc_mutual_info" for metric_spec in task.metrics)
    cached_part = replace(task, metrics=(), filters=(), notes=(), config={}, num_fewshot=None)
    text = (
        f"{ANSWERS_VERSION}\n{cached_part!r}\n{has_unconditional}\n{sorted(key_fields.items())!r}"
    )
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def _split_entry(entry: str) -> list[str]:
    parsed = json.loads(entry)
    if not isinstance(parsed, list):
        raise StoreError("a cache of answers holds lists; this journal holds something else")
    return [json.dumps(record) for record in parsed]
