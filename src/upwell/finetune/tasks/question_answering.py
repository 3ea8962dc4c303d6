"""Question answering: where the answer stands in a context, or that there is none.

A long context is read in overlapping windows; the most probable span of all windows is the answer.
The first token of every window stands for no answer. It is predicted if it scores above the best
span by more than a margin that is tuned on dev rows (Devlin et al. 2019, arXiv 1810.04805).

Axes: W windows, T tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForQuestionAnswering

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.question_answering import read_questions
from ...data.tabular import FORMATS as TABLE_FORMATS
from ...metrics.bootstrap import mean_score
from ...metrics.squad import exact_match, f1
from ...models.protocols import Batch
from ...records import FinetuneSpec, ModelCard, Score, ScoredRow
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedSplit, length_batches
from ..inputs.text import TOKENIZE_BATCH_ROWS, TokenizedRows
from ..modeling.heads import HFModel
from .base import TextOutputTask

MAX_WINDOW_TOKENS = 384
"""Maximum number of tokens of a window."""

STRIDE_DIVISOR = 4
"""Windows overlap by `max_length` divided by this."""

N_BEST = 20
"""Candidates for the first token of an answer, and for the last."""

MAX_ANSWER_TOKENS = 40
"""Maximum number of tokens of an answer."""

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class ContextWindows(TokenizedRows):
    """Windows of rows: `starts` and `ends` are characters of the context, -1 outside of it."""

    contexts: tuple[str, ...] = ()
    """The context of each row."""


@dataclass(frozen=True)
class Span:
    """The most probable answer of a row."""

    text: str
    score: float
    """Sum of the logits of its first and last token."""

    null_score: float
    """The same sum for no answer: the minimum over all windows."""

    probability: float
    """Probability of the span among all candidates and no answer."""


class QuestionAnswering(TextOutputTask):
    """A part of the context that answers the question."""

    file_formats = TABLE_FORMATS

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Questions of a SQuAD JSON file, or of rows with question, context and answer."""
        return read_questions(path, labeled=labeled)

    def row_from_text(self, number: int, text: str) -> Row:
        """A question with an empty context, which has no answer: a row needs two inputs."""
        return Row(number, (text, ""), ())

    def group_key(self, row: Row) -> tuple[str, ...]:
        """The context: its questions are never split between training and dev rows."""
        return row.texts[1:]

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Tokens of a window."""
        return (
            MAX_WINDOW_TOKENS
            if base_model.max_length is None
            else min(base_model.max_length, MAX_WINDOW_TOKENS)
        )

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> ContextWindows:
        """Windows of a question and a part of its context.

        `first` and `last` [W] are tokens of the answer, 0 if the window does not hold all of it.
        """
        parts: dict[str, list[NDArray[np.int64]]] = defaultdict(list)
        fixed: dict[str, list[int]] = defaultdict(list)
        for begin in range(0, len(rows), TOKENIZE_BATCH_ROWS):
            batch_rows = rows[begin : begin + TOKENIZE_BATCH_ROWS]
            encoding = _tokenize(batch_rows, base_model, max_length)
            for window in range(len(encoding["input_ids"])):
                index = encoding["overflow_to_sample_mapping"][window]
                starts, ends = _character_offsets(encoding, window)
                parts["starts"].append(starts)
                parts["ends"].append(ends)
                for name in ("input_ids", "token_type_ids"):
                    if name in encoding:
                        parts[name].append(np.array(encoding[name][window], dtype=np.int64))
                first, last = _answer_tokens(batch_rows[index], starts, ends)
                fixed["row"].append(begin + index)
                fixed["first"].append(first)
                fixed["last"].append(last)
        with_answer = set(np.array(fixed["row"])[np.array(fixed["last"]) > 0].tolist())
        num_truncated = sum(
            _truncate_question(row.texts[0].strip(), base_model, max_length // 2)
            != row.texts[0].strip()
            or (bool(row.target) and index not in with_answer)
            for index, row in enumerate(rows)
        )
        fill = dict.fromkeys(parts, 0) | {"input_ids": int(base_model.tokenizer.pad_token_id)}
        return ContextWindows(
            {name: tuple(values) for name, values in parts.items()},
            {**fill, "starts": -1, "ends": -1},
            contexts=tuple(row.texts[1] for row in rows),
            num_truncated=num_truncated,
            fixed={name: np.array(values, dtype=np.int64) for name, values in fixed.items()},
        )

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> HFModel:
        """The encoder with a new head for the first and last token of the answer."""
        hf_model = AutoModelForQuestionAnswering.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return HFModel(base_model.resize_embeddings(hf_model), has_head=True)

    def load_model(self, base_model: PretrainedModel) -> HFModel:
        """The network of a fine-tuned folder, in eval mode."""
        hf_model = AutoModelForQuestionAnswering.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return HFModel(hf_model.eval())

    def loss(
        self, outputs: Any, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """Mean cross-entropy of the first and last token, a window."""
        total = sum(
            functional.cross_entropy(
                logits, micro_batch[name], reduction="sum", label_smoothing=spec.label_smoothing
            )
            for logits, name in ((outputs.start_logits, "first"), (outputs.end_logits, "last"))
        )
        assert isinstance(total, Tensor)
        return {"loss": total / (2 * len(batch["first"]))}

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: ContextWindows, spec: FinetuneSpec
    ) -> list[Span]:
        """The most probable answer of each row over its windows."""
        spans: dict[int, list[tuple[float, int, int]]] = defaultdict(list)
        null_scores: dict[int, float] = {}
        for indices, arrays in length_batches(rows):
            outputs = model({name: torch.from_numpy(array) for name, array in arrays.items()})
            for i, index in enumerate(indices):
                row = int(rows.fixed["row"][index])
                starts, ends = rows.ragged["starts"][index], rows.ragged["ends"][index]
                begin, finish = (
                    logits[i, : len(starts)].numpy()
                    for logits in (outputs.start_logits, outputs.end_logits)
                )
                null_score = float(begin[0] + finish[0])
                null_scores[row] = min(null_scores.get(row, np.inf), null_score)
                spans[row] += _candidate_spans(begin, finish, starts, ends)
        return [
            _best_span(spans[row], null_scores.get(row, 0.0), context)
            for row, context in enumerate(rows.contexts)
        ]

    def tune_decision(
        self, outputs: Sequence[Span], rows: EncodedSplit, spec: FinetuneSpec
    ) -> FinetuneSpec:
        """The spec with the margin for no answer that gives the best F1 on dev rows.

        Unchanged if every question has an answer.
        """
        if all(row.target for row in rows.rows):
            return spec
        gain = np.array([span.null_score - span.score for span in outputs])
        targets = [_target_texts(row) for row in rows.rows]
        null_f1 = np.array([f1("", texts) for texts in targets])
        span_f1 = np.array(
            [f1(span.text, texts) for span, texts in zip(outputs, targets, strict=True)]
        )
        by_gain = np.argsort(gain)
        # Total F1 if the first k rows by gain answer with their span and the others with none.
        totals = np.append(0, span_f1[by_gain].cumsum()) + np.append(
            null_f1[by_gain][::-1].cumsum()[::-1], 0
        )
        sorted_gain = gain[by_gain]
        margins = np.concatenate(
            [[sorted_gain[0] - 1], (sorted_gain[1:] + sorted_gain[:-1]) / 2, [sorted_gain[-1] + 1]]
        )
        is_best = np.isfinite(margins) & (totals == totals[np.isfinite(margins)].max())
        best = min(margins[is_best], key=abs)
        return replace(spec, null_margin=float(best))

    def compute_metrics(
        self, outputs: Sequence[Span], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """F1 and exact match, with intervals over questions."""
        answers = [_answer_text(span, spec.null_margin) for span in outputs]
        targets = [_target_texts(row) for row in rows.rows]
        pairs = list(zip(answers, targets, strict=True))
        return (
            mean_score("answer_f1", [f1(*pair) for pair in pairs]),
            mean_score("exact_match", [exact_match(*pair) for pair in pairs]),
        )

    def selection_metric(
        self, outputs: Sequence[Span], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """F1."""
        return _mean_f1(outputs, rows, spec.null_margin)

    def scored_rows(
        self, outputs: Sequence[Span], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """Questions with their answers."""
        return tuple(
            ScoredRow(
                line=row.line,
                text=row.texts[0],
                label=" / ".join(dict.fromkeys(_target_texts(row))) or "no answer",
                prediction=_answer_text(span, spec.null_margin) or "no answer",
                score=f1(_answer_text(span, spec.null_margin), _target_texts(row)),
            )
            for row, span in zip(rows.rows, outputs, strict=True)
        )

    def predictions(
        self, outputs: Sequence[Span], rows: Sequence[Row], encoded: Any, card: ModelCard
    ) -> list[dict[str, Any]]:
        """The answer to each question; "" if the context has none."""
        return [
            {
                "text": row.texts[0],
                "prediction": _answer_text(span, card.finetune.null_margin),
                "probability": span.probability,
                "abstain": not _answer_text(span, card.finetune.null_margin),
            }
            for row, span in zip(rows, outputs, strict=True)
        ]


TASK = QuestionAnswering


def _tokenize(rows: Sequence[Row], base_model: PretrainedModel, max_length: int) -> Any:
    return base_model.tokenizer(
        [_truncate_question(row.texts[0].strip(), base_model, max_length // 2) for row in rows],
        [row.texts[1] for row in rows],
        truncation="only_second",
        max_length=max_length,
        stride=max_length // STRIDE_DIVISOR,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def _truncate_question(question: str, base_model: PretrainedModel, max_tokens: int) -> str:
    """The question without what exceeds `max_tokens`: the context needs room."""
    encoding = base_model.tokenizer(question, add_special_tokens=False, return_offsets_mapping=True)
    offsets = encoding["offset_mapping"]
    return question if len(offsets) <= max_tokens - 4 else question[: offsets[max_tokens - 5][1]]


def _character_offsets(encoding: Any, window: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """[T] each: characters where a token of the context begins and ends; -1 for other tokens."""
    offsets = np.array(encoding["offset_mapping"][window], dtype=np.int64)
    of_context = np.array([part == 1 for part in encoding.sequence_ids(window)])
    return np.where(of_context, offsets[:, 0], -1), np.where(of_context, offsets[:, 1], -1)


def _answer_tokens(row: Row, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[int, int]:
    """The first and last token of the answer; both 0 if the window does not hold all of it."""
    if not row.target:
        return 0, 0
    text, begin = row.target[0]
    inside = np.flatnonzero((ends > begin) & (starts >= 0) & (starts < begin + len(text)))
    if not len(inside) or starts[inside[0]] > begin or ends[inside[-1]] < begin + len(text):
        return 0, 0
    return int(inside[0]), int(inside[-1])


def _candidate_spans(
    begin: Logits, finish: Logits, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> list[tuple[float, int, int]]:
    """Spans of a window with a high score: (score, first character, last character)."""
    firsts = [i for i in np.argsort(-begin)[:N_BEST].tolist() if starts[i] >= 0]
    lasts = [i for i in np.argsort(-finish)[:N_BEST].tolist() if starts[i] >= 0]
    return [
        (float(begin[a] + finish[b]), int(starts[a]), int(ends[b]))
        for a in firsts
        for b in lasts
        if a <= b < a + MAX_ANSWER_TOKENS
    ]


def _best_span(spans: Sequence[tuple[float, int, int]], null_score: float, context: str) -> Span:
    if not spans:
        return Span("", -np.inf, null_score, 0.0)
    score, start, end = max(spans, key=lambda span: span[0])
    # A span that is in two windows is one candidate.
    all_scores = np.array([*{span[1:]: span[0] for span in sorted(spans)}.values(), null_score])
    probability = float(
        np.exp(score - all_scores.max()) / np.exp(all_scores - all_scores.max()).sum()
    )
    return Span(context[start:end], score, null_score, probability)


def _answer_text(span: Span, null_margin: float) -> str:
    return "" if span.null_score - span.score > null_margin else span.text


def _target_texts(row: Row) -> list[str]:
    return [text for text, _ in row.target]


def _mean_f1(outputs: Sequence[Span], rows: EncodedSplit, null_margin: float) -> float:
    values = [
        f1(_answer_text(span, null_margin), _target_texts(row))
        for span, row in zip(outputs, rows.rows, strict=True)
    ]
    return sum(values) / len(values)
