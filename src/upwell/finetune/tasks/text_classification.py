"""Text classification: one label a row, or several, for a text or a pair of texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, AutoModelForSequenceClassification

from ...data.labeled import Columns, LabeledDataset, Row, read_labeled
from ...records import FinetuneSpec
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.text import TokenizedRows, infer_max_length, tokenize
from ..modeling.heads import HFModelWithHead, MeanPooledClassifier
from ..modeling.mean_pooling import HEAD_LAYERS, append_mean_pooling_layer
from ._classification import Classification, label_ids, load_with_new_head, set_label_names

MEAN_POOLING_KEY = "upwell_mean_layer"
"""Key of a saved config whose last layer computes the mean and is no part of the encoder."""


class TextClassification(Classification):
    """A label for each text or pair of texts."""

    auto_class = AutoModelForSequenceClassification

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Rows of a CSV, TSV, JSON lines or Parquet file."""
        return read_labeled(path, columns, labeled=labeled)

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Tokens that 99.5 % of the rows fit into."""
        return infer_max_length([row.texts for row in train.rows], base_model)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> TokenizedRows:
        """Token ids with `label`: [N] int64, or [N, C] float32 where rows may have several."""
        texts = [row.texts for row in rows]
        return tokenize(texts, base_model.tokenizer, max_length, label_ids(rows, labels, columns))

    def pooling(self, base_model: PretrainedModel) -> str:
        """ "mean" for architectures whose transformers class can be saved with mean pooling."""
        return "mean" if base_model.config.model_type in HEAD_LAYERS else "own"

    def build_model(
        self, base_model: PretrainedModel, spec: FinetuneSpec
    ) -> MeanPooledClassifier | HFModelWithHead:
        """The encoder with a new head, on the mean of its states if `spec.pooling` is "mean"."""
        if spec.pooling == "mean":
            layers = base_model.config.num_hidden_layers - bool(
                getattr(base_model.config, MEAN_POOLING_KEY, False)
            )
            encoder = AutoModel.from_pretrained(
                base_model.path, add_pooling_layer=False, num_hidden_layers=layers, **WEIGHTS_KWARGS
            )
            return MeanPooledClassifier(base_model.resize_embeddings(encoder), len(spec.labels))
        hf_model = load_with_new_head(self.auto_class, base_model, spec)
        # A decoder classifies by the last token that is no padding.
        for config in (hf_model.config, hf_model.config.get_text_config()):
            config.pad_token_id = base_model.tokenizer.pad_token_id
        return HFModelWithHead(base_model.resize_embeddings(hf_model))

    def to_pretrained(
        self, model: Any, base_model: PretrainedModel, spec: FinetuneSpec, multilabel: bool
    ) -> Any:
        """The transformers model with the same logits; mean pooling becomes one more layer."""
        if isinstance(model, HFModelWithHead):
            return super().to_pretrained(model, base_model, spec, multilabel)
        config = type(base_model.config).from_dict(base_model.config.to_dict())
        config.num_hidden_layers = model.encoder.config.num_hidden_layers + 1
        setattr(config, MEAN_POOLING_KEY, True)
        config.num_labels = len(spec.labels)
        config.vocab_size = len(model.encoder.get_input_embeddings().weight)
        classifier = self.auto_class.from_config(config, dtype=torch.float32)
        hf_model = append_mean_pooling_layer(classifier, model.encoder, model.head)
        set_label_names(hf_model.config, spec.labels, multilabel=multilabel)
        return hf_model.eval()


TASK = TextClassification
