"""The ModernBERT of transformers as a network to train.

Only the tokens at masked positions are predicted, and a batch is cut to its longest row.

Axes: B rows, T positions, W width, M masked positions, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ModernBertConfig, ModernBertForMaskedLM

from ....errors import ModelError
from ...protocols import Batch, ParamRole, TrainableModel
from .config import GLOBAL_ATTENTION_EVERY, ModernBertModelConfig

STACKED = {"Wqkv": 3, "Wo": 1, "Wi": 2, "dense": 1}
"""Linear maps between hidden states, and how many matrices are stacked in each."""


class ModernBert(nn.Module, TrainableModel):
    """Reads batches of `tokens` [B, T] and the `length` [B] of each row."""

    def __init__(
        self,
        config: ModernBertModelConfig,
        context: int,
        dropout: float,
        base_width: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.config, self.context = config, context
        self.lr_scale = base_width / config.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            full_model: Any = ModernBertForMaskedLM(_hf_config(config, context, dropout))
        # Its parts, not the whole model: that has the embedding twice, under two names.
        self.model, self.head, self.mlm_bias = (
            full_model.model,
            full_model.head,
            full_model.decoder.bias,
        )

    def forward(self, batch: Batch) -> Tensor:
        """States [B, T, W] of the last layer; T is the length of the longest row."""
        length = batch["length"]
        T = int(length.max())
        mask = (torch.arange(T) < length[:, None]).long()
        outputs = self.model(input_ids=batch["tokens"][:, :T], attention_mask=mask)
        states: Tensor = outputs.last_hidden_state
        return states

    def mlm_logits(self, x_MW: Tensor) -> Tensor:
        """Logits [M, V] of the tokens at some positions."""
        tokens = self.model.embeddings.tok_embeddings.weight
        return functional.linear(self.head(x_MW), tokens, self.mlm_bias)

    def nsp_logits(self, x_BTW: Tensor) -> Tensor:
        """Raises ModelError: a ModernBERT is trained on masked tokens alone."""
        raise ModelError("a ModernBERT does no next-sentence prediction")

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`masked`, nats per masked token; `labels` [B, T] is -1 at other positions."""
        x_BTW = self(micro_batch)
        labels = micro_batch["labels"][:, : x_BTW.shape[1]]
        is_masked = labels >= 0
        total = functional.cross_entropy(
            self.mlm_logits(x_BTW[is_masked]), labels[is_masked], reduction="sum"
        )
        return {"masked": total / (batch["labels"] >= 0).sum()}

    def param_roles(self) -> dict[str, ParamRole]:
        """Linear maps between hidden states are matrices; embeddings and norms are vectors."""
        return {name: self._build_role(name, each) for name, each in self.named_parameters()}

    def _build_role(self, name: str, parameter: Tensor) -> ParamRole:
        stacked = STACKED.get(name.removesuffix(".weight").rpartition(".")[2])
        if stacked is None:
            return ParamRole(kind="vector")
        rows, columns = parameter.shape
        return ParamRole(
            kind="matrix",
            stacked=stacked,
            lr_scale=self.lr_scale,
            fan_in=columns,
            fan_out=rows // stacked,
        )


def _hf_config(config: ModernBertModelConfig, context: int, dropout: float) -> ModernBertConfig:
    layer_pattern = ["sliding_attention"] * (GLOBAL_ATTENTION_EVERY - 1) + ["full_attention"]
    return ModernBertConfig(
        vocab_size=config.vocab_size,
        hidden_size=config.width,
        intermediate_size=config.intermediate_size,
        num_hidden_layers=config.depth,
        num_attention_heads=config.num_heads,
        max_position_embeddings=context,
        local_attention=config.window,
        layer_types=[
            layer_pattern[index % GLOBAL_ATTENTION_EVERY] for index in range(config.depth)
        ],
        embedding_dropout=dropout,
        mlp_dropout=dropout,
        classifier_dropout=dropout,
        classifier_pooling="mean",
        attn_implementation="sdpa",
        # Ids of one corpus' tokens; the exported folder sets its own.
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=None,
        cls_token_id=None,
        sep_token_id=None,
    )
