"""Cache of answers on disk: no row is evaluated twice by the same model.

The name of a file is a hash of what its answers depend on: the model's weights, the task's rows and
templates, how few-shot examples are drawn and how prompts are truncated. Metrics and filters are
not part of it, so they can change and the answers stay. An interrupted evaluation loses only the
batch in progress.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from ...errors import StoreError
from ...models.protocols import LM
from ...records import from_json, to_json
from ...store.atomic import check_filename
from ...store.journal import Journal
from .fewshot import FewshotSampling
from .run import evaluate_task
from .task import EvalTask
from .variant import Variant, VariantAnswer

BATCH_QUESTIONS = 2000
"""Requests in a batch. More share longer prefixes, and more are lost in an interruption."""

EvalProgressFn: TypeAlias = Callable[[int, int], None]
"""Called with the number of rows or tokens that are done, and of all."""


class ResponseCache:
    """The answers of one model to one task, in a journal on disk.

    `key_fields` are what else the answers depend on, such as the hash of the weights.
    """

    def __init__(self, folder: Path, model_id: str, task: EvalTask, **key_fields: Any) -> None:
        name = _safe_filename(f"{model_id}-{task.name}-{_cache_key(task, key_fields)}")
        self.journal = Journal(folder / f"{name}.jsonl")
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
) -> list[VariantAnswer]:
    """Answers of all rows in all variants: from the cache, and the others evaluated now.

    `limit` takes the first rows only. The order is that of rows, then variants.
    """
    indices = range(min(len(task.rows), limit or len(task.rows)))
    known = {(answer.variant, answer.answer.item): answer for answer in cache.answers}
    batch_rows = max(1, BATCH_QUESTIONS // len(variants))
    for start in range(0, len(indices), batch_rows):
        row_indices = indices[start : start + batch_rows]
        new_answers = evaluate_task(
            lm,
            model_id,
            task,
            variants,
            sampling=sampling,
            row_indices=row_indices,
            skip=known.keys(),
        )
        if new_answers:
            cache.append(new_answers)
        known |= {(answer.variant, answer.answer.item): answer for answer in new_answers}
        if on_progress:
            on_progress(row_indices[-1] + 1, len(indices))
    return [known[variant, task.item_id(index)] for index in indices for variant in variants]


def _cache_key(task: EvalTask, key_fields: Any) -> str:
    """Twelve hexadecimal digits of the hash of what the answers depend on."""
    has_unconditional = any(metric_spec.metric == "acc_mutual_info" for metric_spec in task.metrics)
    cached_part = replace(task, metrics=(), filters=(), config={}, num_fewshot=None)
    text = f"{cached_part!r}\n{has_unconditional}\n{sorted(key_fields.items())!r}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _safe_filename(name: str) -> str:
    """The name with every character replaced that a file name must not have."""
    return check_filename(
        "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "_" for c in name)
    )


def _split_entry(entry: str) -> list[str]:
    parsed = json.loads(entry)
    if not isinstance(parsed, list):
        raise StoreError("a cache of answers holds lists; this journal holds something else")
    return [json.dumps(record) for record in parsed]
