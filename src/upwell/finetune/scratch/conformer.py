"""A small Conformer from scratch, for speech recognition with the characters of the rows.

The architecture is Wav2Vec2-BERT (Barrault et al. 2023, arXiv 2312.05187; Gulati et al. 2020, arXiv
2005.08100) over log-mel frames of 20 ms.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import torch
from transformers import (
    SeamlessM4TFeatureExtractor,
    Wav2Vec2BertConfig,
    Wav2Vec2BertForCTC,
    Wav2Vec2CTCTokenizer,
)

from ...errors import SpecError
from ...store.atomic import write_bytes
from .base import ScratchConfig, ScratchModel, Sizes

SPECIAL_TOKENS = ("<pad>", "<unk>", "|")


class ScratchConformer(ScratchModel):
    """A `Wav2Vec2BertForCTC` for transcripts."""

    modality = "audio"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
        "small": {"hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4},
        "medium": {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4},
    }

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the model and its characters. SpecError for rows without transcripts."""
        transcripts = {str(row.target) for row in config.dataset.rows if row.target is not None}
        letters = sorted(
            {letter for text in transcripts for letter in text if letter.strip()} - {"|"}
        )
        if not letters:
            raise SpecError("conformer models are for rows with transcripts, and these have none")
        vocab = {name: index for index, name in enumerate([*SPECIAL_TOKENS, *letters])}
        write_bytes(folder / "vocab.json", json.dumps(vocab, ensure_ascii=False).encode())
        tokenizer = Wav2Vec2CTCTokenizer(
            str(folder / "vocab.json"), bos_token=None, eos_token=None, pad_token="<pad>",
            unk_token="<unk>", word_delimiter_token="|",
        )  # fmt: skip
        model_config = Wav2Vec2BertConfig(
            **config.size,
            vocab_size=len(tokenizer),
            intermediate_size=4 * config.size["hidden_size"],
            conv_depthwise_kernel_size=15,
            feat_proj_dropout=0.0,
            layerdrop=0.0,
            apply_spec_augment=False,
            ctc_zero_infinity=True,
            pad_token_id=0,
            bos_token_id=None,
            eos_token_id=None,
        )
        torch.manual_seed(config.seed)
        Wav2Vec2BertForCTC(model_config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        SeamlessM4TFeatureExtractor().save_pretrained(folder)


SCRATCH_MODEL = ScratchConformer
