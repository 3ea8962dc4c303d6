"""The ModernBERT of transformers, as a network that the training loop carries.

Words are guessed at hidden places alone, and a batch is cut to its longest row.

Axes: B rows, T places, W width, M hidden places, V vocabulary.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import ModernBertConfig, ModernBertForMaskedLM

from ..errors import ModelError
from .answering import Tokenizer
from .bert_asking import BertAnswerer
from .bert_folder import READING
from .exporting import Exported, Words, exported
from .modernbert import EVERY, Shape
from .network import Batch
from .roles import Role

PARTS = {"Wqkv": 3, "Wo": 1, "Wi": 2, "dense": 1}
"""Maps between hidden places, and how many lie on one another in each."""


class ModernBert(nn.Module):
    """Reads batches of `tokens` [B, T] and the `length` [B] of each row."""

    def __init__(
        self, shape: Shape, context: int, dropout: float, base_width: int, seed: int
    ) -> None:
        super().__init__()
        self.shape, self.context = shape, context
        self.rate = base_width / shape.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            whole: Any = ModernBertForMaskedLM(_config(shape, context, dropout))
        # Its parts, not the whole: that holds the embedding twice, once by another name.
        self.model, self.head, self.frequency = whole.model, whole.head, whole.decoder.bias

    def forward(self, batch: Batch) -> Tensor:
        """What the last layer gives, [B, T, W]; T is the length of the longest row."""
        length = batch["length"]
        T = int(length.max())
        mask = (torch.arange(T) < length[:, None]).long()
        said = self.model(input_ids=batch["tokens"][:, :T], attention_mask=mask)
        states: Tensor = said.last_hidden_state
        return states

    def guesses(self, x_MW: Tensor) -> Tensor:
        """Logits [M, V] of the words at some places."""
        tokens = self.model.embeddings.tok_embeddings.weight
        return functional.linear(self.head(x_MW), tokens, self.frequency)

    def following(self, x_BTW: Tensor) -> Tensor:
        """Not told: it learns from hidden words alone."""
        raise ModelError("a ModernBERT does not tell whether one text follows another")

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """`masked`, nats a hidden token; `truth` [B, T] holds these and -1 where none is hidden."""
        x_BTW = self(part)
        truth = part["truth"][:, : x_BTW.shape[1]]
        hidden = truth >= 0
        summed = functional.cross_entropy(
            self.guesses(x_BTW[hidden]), truth[hidden], reduction="sum"
        )
        return {"masked": summed / (whole["truth"] >= 0).sum()}

    def answerer(self, words: Tokenizer | None) -> BertAnswerer:
        """Guesses hidden tokens and gives features."""
        return BertAnswerer(self.eval(), words)

    def roles(self) -> dict[str, Role]:
        """Maps between hidden places are matrices; embeddings and norms are vectors."""
        return {name: self._role(name, each) for name, each in self.named_parameters()}

    def _role(self, name: str, parameter: Tensor) -> Role:
        parts = PARTS.get(name.removesuffix(".weight").rpartition(".")[2])
        if parts is None:
            return Role(kind="vector")
        rows, columns = parameter.shape
        return Role(
            kind="matrix", parts=parts, rate=self.rate, fan_in=columns, fan_out=rows // parts
        )


def _config(shape: Shape, context: int, dropout: float) -> ModernBertConfig:
    far = ["sliding_attention"] * (EVERY - 1) + ["full_attention"]
    return ModernBertConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.width,
        intermediate_size=shape.hidden,
        num_hidden_layers=shape.depth,
        num_attention_heads=shape.heads,
        max_position_embeddings=context,
        local_attention=shape.window,
        layer_types=[far[place % EVERY] for place in range(shape.depth)],
        embedding_dropout=dropout,
        mlp_dropout=dropout,
        classifier_dropout=dropout,
        classifier_pooling="mean",
        attn_implementation="sdpa",
        # Numbers of one corpus' tokens; the folder names its own.
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=None,
        cls_token_id=None,
        sep_token_id=None,
    )


def as_folder(network: ModernBert, words: Words | None) -> Exported:
    """The folder of a `ModernBertForMaskedLM` and of its tokenizer.

    Raises ModelError without a tokenizer.
    """
    if words is None:
        raise ModelError("a ModernBERT is exported with its tokenizer, and this one has none")
    config = {
        **network.model.config.to_dict(),
        "architectures": ["ModernBertForMaskedLM"],
        "pad_token_id": words.pad,
        "dtype": "float32",
    }
    named = {name.replace("frequency", "decoder.bias"): p for name, p in network.named_parameters()}
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in named.items()}
    reading = {
        **READING,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": network.context,
    }
    return exported(config, tensors, {"tokenizer_config.json": reading}, words)
