"""Token classification: entities and other spans of words; of characters in Chinese.

The tag of a word is read at its first token; words beyond `max_length` get the tag O. The predicted
tags are the most probable sequence that the tag scheme of the rows (BIO or BIOES) allows.

Axes: B sentences of a batch, T tokens, N words, C tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForTokenClassification

from ...data.labeled import Columns, LabeledDataset, Row, read_conll
from ...data.labeled.conll import FORMATS as TAG_FORMATS
from ...data.labeled.tagged_rows import read_tagged_rows
from ...data.labeled.words import WORD_PATTERN
from ...metrics.calibration import probabilities
from ...metrics.entities import OUTSIDE, Entity, count_entities, get_entities, sum_counts
from ...metrics.entities import score_entities as entity_scores
from ...metrics.logits import Floats
from ...models.protocols import Batch
from ...records import FinetuneSpec, ModelCard, Score, ScoredRow
from ...records.finetune import TagScheme
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedSplit
from ..inputs.text import IGNORE_INDEX, TokenizedRows, infer_max_length
from ..modeling.heads import HFModelWithHead
from ._classification import calibration_of, load_with_new_head
from ._tag_decoding import ConstrainedTagDecoder, detect_tag_scheme
from .base import Task

ROW_FORMATS = (".csv", ".json", ".jsonl", ".ndjson", ".parquet")
"""Suffixes of files with a sentence a row; others have a word a line."""


class TokenClassification(Task):
    """A tag for each word of a sentence."""

    has_linear_head = True
    file_formats = TAG_FORMATS
    rows_are_words = True

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Sentences of a CoNLL file, or of rows with tokens and tags or a text with spans."""
        if path.suffix.lower() in ROW_FORMATS:
            return read_tagged_rows(path, columns, labeled=labeled)
        return read_conll(path, columns, labeled=labeled)

    def row_from_text(self, number: int, text: str) -> Row:
        """The words of a text that is not tokenized."""
        return Row(number, tuple(WORD_PATTERN.findall(text)) or (text,), ())

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Tokens that 99.5 % of the sentences fit into."""
        return infer_max_length([(" ".join(row.texts),) for row in train.rows], base_model)

    def get_labels(self, data: LabeledDataset) -> tuple[str, ...]:
        """The tags, O first."""
        return (OUTSIDE, *(name for name in data.labels if name != OUTSIDE))

    def tag_scheme(self, data: LabeledDataset) -> TagScheme:
        """The scheme that the tags follow."""
        return detect_tag_scheme(row.labels for row in data.rows)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> TokenizedRows:
        """Token ids; `first` is 1 at the first token of a word, and `label` is its tag there."""
        label_to_id = {name: index for index, name in enumerate(labels)}
        options = {"is_split_into_words": True, "return_attention_mask": False}
        encoding = base_model.tokenizer(
            [list(row.texts) for row in rows], truncation=True, max_length=max_length, **options
        )
        parts: dict[str, list[NDArray[np.int64]]] = {
            name: [np.array(ids, dtype=np.int64) for ids in values]
            for name, values in encoding.items()
        }
        parts["first"], parts["word"] = [], []
        words = [list(row.texts) for row in rows]
        whole = base_model.tokenizer(words, **options, verbose=False)
        num_truncated = sum(
            len(ids) > len(part)
            for ids, part in zip(whole["input_ids"], encoding["input_ids"], strict=True)
        )
        for index, row in enumerate(rows):
            word_ids = encoding.word_ids(index)
            ids = np.array([-1 if i is None else i for i in word_ids], dtype=np.int64)
            first = (ids >= 0) & (ids != np.concatenate([[-1], ids[:-1]]))
            parts["first"].append(first.astype(np.int64))
            parts["word"].append(ids)
            if row.labels:
                tags = np.array([label_to_id[name] for name in row.labels], dtype=np.int64)
                parts.setdefault("label", []).append(np.where(first, tags[ids], IGNORE_INDEX))
        pad_values = dict.fromkeys(parts, 0) | {
            "label": IGNORE_INDEX,
            "input_ids": int(base_model.tokenizer.pad_token_id),
        }
        ragged = {name: tuple(values) for name, values in parts.items()}
        return TokenizedRows(ragged, pad_values, num_truncated=num_truncated)

    def targets(self, rows: TokenizedRows, labels: Sequence[str]) -> Floats:
        """[N, C]: 1 for the tag of each word within `max_length`, 0 elsewhere."""
        tags = np.concatenate(rows.ragged["label"])
        return np.eye(len(labels), dtype=np.float32)[tags[tags != IGNORE_INDEX]]

    def stack_outputs(self, outputs: Mapping[int, Any], rows: TokenizedRows) -> Floats:
        """[N, ...]: outputs of the network at each word within `max_length`, row by row."""
        chunks = [
            np.asarray(outputs[index])[: len(first)][first == 1]
            for index, first in enumerate(rows.ragged["first"])
        ]
        return np.concatenate(chunks).astype(np.float32)

    def group_ids(self, rows: TokenizedRows) -> NDArray[np.int64]:
        """[N]: the sentence of each word."""
        return np.repeat(np.arange(len(rows)), [int(first.sum()) for first in rows.ragged["first"]])

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> HFModelWithHead:
        """The encoder with a new head on every token."""
        hf_model = load_with_new_head(AutoModelForTokenClassification, base_model, spec)
        return HFModelWithHead(base_model.resize_embeddings(hf_model))

    def load_model(self, base_model: PretrainedModel) -> HFModelWithHead:
        """The network of a fine-tuned folder, in eval mode."""
        hf_model = AutoModelForTokenClassification.from_pretrained(
            base_model.path, **WEIGHTS_KWARGS
        )
        return HFModelWithHead(hf_model).eval()

    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model with the same logits."""
        model.model.config.id2label = dict(enumerate(spec.labels))
        model.model.config.label2id = {name: index for index, name in enumerate(spec.labels)}
        return model.model.eval()

    def loss(
        self, outputs: Tensor, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """Mean cross-entropy a word."""
        total = functional.cross_entropy(
            outputs.flatten(0, 1),
            micro_batch["label"].flatten(),
            weight=micro_batch.get("label_weights"),
            ignore_index=IGNORE_INDEX,
            reduction="sum",
            label_smoothing=spec.label_smoothing,
        )
        return {"loss": total / (batch["label"] != IGNORE_INDEX).sum()}

    def compute_metrics(
        self, outputs: Floats, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """F1, precision and recall of entities, with intervals."""
        tags = _predict_tags(outputs, rows, spec)
        return entity_scores(count_entities(tags, [row.labels for row in rows.rows]))

    def selection_metric(
        self, outputs: Floats, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """F1 of entities."""
        tags = _predict_tags(outputs, rows, spec)
        return sum_counts(count_entities(tags, [row.labels for row in rows.rows])).f1

    def scored_rows(
        self, outputs: Floats, rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """Sentences with predicted entities; the probability is the minimum over its words."""
        probs = _split_by_row(probabilities(outputs, multilabel=False), rows.encoded)
        best_tags = _decode_tags(outputs, rows.encoded, spec)
        tags = _word_tags(best_tags, rows.rows, rows.encoded, spec.labels)
        target_probs = _split_by_row(rows.targets, rows.encoded)
        results = []
        for index, row in enumerate(rows.rows):
            label_probability = (probs[index] * target_probs[index]).sum(1)
            results.append(
                ScoredRow(
                    line=row.line,
                    text=_join_words(row.texts),
                    label=_format_entities(row.texts, get_entities(row.labels)),
                    prediction=_format_entities(row.texts, get_entities(tags[index])),
                    probability=_confidence(probs[index], best_tags[index]),
                    label_probability=float(label_probability.min(initial=1.0)),
                )
            )
        return tuple(results)

    def predictions(
        self, outputs: Floats, rows: Sequence[Row], encoded: TokenizedRows, card: ModelCard
    ) -> list[dict[str, Any]]:
        """For each sentence its tags and entities, and the minimum probability over its words."""
        temperature, threshold = calibration_of(card)
        probs = _split_by_row(probabilities(outputs / temperature, multilabel=False), encoded)
        best_tags = _decode_tags(outputs, encoded, card.finetune)
        tags = _word_tags(best_tags, rows, encoded, card.finetune.labels)
        results = []
        for index, row in enumerate(rows):
            confidence = _confidence(probs[index], best_tags[index])
            spans = get_entities(tags[index])
            results.append(
                {
                    "text": _join_words(row.texts),
                    "prediction": _format_entities(row.texts, spans),
                    "probability": confidence,
                    "abstain": threshold is None or confidence < threshold,
                    "tags": list(tags[index]),
                    "entities": [
                        {**span._asdict(), "text": _join_words(row.texts[span.start : span.end])}
                        for span in spans
                    ],
                }
            )
        return results


TASK = TokenClassification


def _predict_tags(logits_NC: Floats, rows: EncodedSplit, spec: FinetuneSpec) -> list[list[str]]:
    best_tags = _decode_tags(logits_NC, rows.encoded, spec)
    return _word_tags(best_tags, rows.rows, rows.encoded, spec.labels)


def _decode_tags(
    logits_NC: Floats, encoded: TokenizedRows, spec: FinetuneSpec
) -> list[NDArray[np.int64]]:
    """[N] for each sentence: ids of the predicted tags of its words within `max_length`."""
    decoder = ConstrainedTagDecoder(spec.labels, spec.tag_scheme)
    return [decoder(logits) for logits in _split_by_row(logits_NC, encoded)]


def _confidence(probs_NC: Floats, predicted_N: NDArray[np.int64]) -> float:
    """The probability of the least probable tag of a sentence."""
    return float(probs_NC[np.arange(len(predicted_N)), predicted_N].min(initial=1.0))


def _word_tags(
    best_tags: Sequence[NDArray[np.int64]],
    rows: Sequence[Row],
    encoded: TokenizedRows,
    labels: Sequence[str],
) -> list[list[str]]:
    """The tag of every word; O for words beyond `max_length`."""
    word_tags = []
    for index, predicted in enumerate(best_tags):
        tags = [OUTSIDE] * len(rows[index].texts)
        word_indices = encoded.ragged["word"][index][encoded.ragged["first"][index] == 1]
        for word, tag in zip(word_indices.tolist(), predicted.tolist(), strict=True):
            tags[word] = labels[tag]
        word_tags.append(tags)
    return word_tags


def _split_by_row(values_NC: Floats, encoded: TokenizedRows) -> list[Floats]:
    counts = [int(first.sum()) for first in encoded.ragged["first"]]
    return np.split(values_NC, np.cumsum(counts)[:-1])


def _format_entities(words: Sequence[str], spans: Sequence[Entity]) -> str:
    return "; ".join(f"{_join_words(words[s.start : s.end])} ({s.kind})" for s in spans)


def _join_words(words: Sequence[str]) -> str:
    """Words joined with spaces; Chinese characters and punctuation without."""
    text = " ".join(words)
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])", "", text)
