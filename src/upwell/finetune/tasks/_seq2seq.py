"""Sequence to sequence: what translation and summarization share.

Axes: B rows, T tokens of the target, V tokens of the vocabulary.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForSeq2SeqLM

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.seq2seq_pairs import read_pairs
from ...errors import ModelError
from ...models.protocols import Batch
from ...records import FinetuneSpec, ScoredRow
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedSplit, length_batches
from ..inputs.text import IGNORE_INDEX, TokenizedRows, infer_max_length, tokenize
from ..modeling.heads import HFModel
from .base import TextOutputTask

NUM_BEAMS = 4
SEQ2SEQ_INPUTS = ("input_ids", "attention_mask", "labels")


class Seq2Seq(TextOutputTask):
    """A target text for each source text, by an encoder-decoder. Subclasses score the texts."""

    max_dev_rows = 500
    """Generation after every epoch is slow, so the dev rows are few."""

    @abstractmethod
    def row_scores(self, outputs: Sequence[str], rows: Sequence[Row]) -> Sequence[float]:
        """The score of each generated text, 0 to 1."""

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Rows of a CSV, TSV, JSON lines or Parquet file with a source and a target."""
        return read_pairs(path, columns, labeled=labeled)

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Tokens that 99.5 % of the sources and targets fit into."""
        texts = [row.texts for row in train.rows] + [(str(row.target),) for row in train.rows]
        return infer_max_length(texts, base_model)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> TokenizedRows:
        """Sources as token ids, and targets as `labels` if every row has one."""
        tokenizer = base_model.tokenizer
        sources = tokenize([row.texts for row in rows], tokenizer, max_length)
        targets = [row.target for row in rows if row.target is not None]
        if len(targets) < len(rows):
            return sources
        target_ids = tokenizer(text_target=targets, truncation=True, max_length=max_length)
        whole_sources = tokenizer([row.texts[0] for row in rows], verbose=False)["input_ids"]
        whole_targets = tokenizer(text_target=targets, verbose=False)["input_ids"]
        num_truncated = sum(
            max(len(source), len(target)) > max_length
            for source, target in zip(whole_sources, whole_targets, strict=True)
        )
        label_ids: tuple[NDArray[np.int64], ...] = tuple(
            np.array(ids, dtype=np.int64) for ids in target_ids["input_ids"]
        )
        return TokenizedRows(
            {"input_ids": sources.ragged["input_ids"], "labels": label_ids},
            {**sources.pad_values, "labels": IGNORE_INDEX},
            num_truncated=num_truncated,
        )

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> HFModel:
        """The model as it is. ModelError for a model that is no encoder-decoder."""
        return self._load(base_model)

    def load_model(self, base_model: PretrainedModel) -> HFModel:
        """The network of a fine-tuned folder, in eval mode."""
        return self._load(base_model).eval()

    def _load(self, base_model: PretrainedModel) -> HFModel:
        if not base_model.config.is_encoder_decoder:
            raise ModelError(
                f"{base_model.name} is a {base_model.config.model_type}, which does not generate a "
                "text from a text; choose an encoder-decoder, e.g. a T5, BART or Marian"
            )
        hf_model = AutoModelForSeq2SeqLM.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return HFModel(hf_model, SEQ2SEQ_INPUTS)

    def loss(
        self, outputs: Any, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """Mean cross-entropy a token of the target."""
        logits_NV = outputs.logits.flatten(0, 1)
        total = functional.cross_entropy(
            logits_NV,
            micro_batch["labels"].flatten(),
            ignore_index=IGNORE_INDEX,
            label_smoothing=spec.label_smoothing,
            reduction="sum",
        )
        return {"loss": total / (batch["labels"] != IGNORE_INDEX).sum()}

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: TokenizedRows, spec: FinetuneSpec
    ) -> list[str]:
        """The text generated for each row, by beam search with four beams."""
        results: dict[int, str] = {}
        for indices, arrays in length_batches(rows):
            generated = model.model.generate(
                input_ids=torch.from_numpy(arrays["input_ids"]),
                attention_mask=torch.from_numpy(arrays["attention_mask"]),
                num_beams=NUM_BEAMS,
                max_new_tokens=spec.max_length,
                do_sample=False,
            )
            texts = base_model.tokenizer.batch_decode(generated, skip_special_tokens=True)
            results.update(zip(indices, map(str.strip, texts), strict=True))
        return [results[index] for index in range(len(rows))]

    def scored_rows(
        self, outputs: Sequence[str], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """Rows with the generated texts and their scores."""
        return tuple(
            ScoredRow(
                line=row.line,
                text=row.texts[0],
                label=str(row.target),
                prediction=text,
                score=score,
            )
            for row, text, score in zip(
                rows.rows, outputs, self.row_scores(outputs, rows.rows), strict=True
            )
        )
