"""A fresh network that writes down speech, with the characters of the rows: a small Conformer.

The shape of Wav2Vec2-BERT (Barrault et al. 2023, arXiv 2312.05187; Gulati et al. 2020, arXiv
2005.08100) over log-mel frames of 20 ms, by transformers' own extractor.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import (
    SeamlessM4TFeatureExtractor,
    Wav2Vec2BertConfig,
    Wav2Vec2BertForCTC,
    Wav2Vec2CTCTokenizer,
)

from ...errors import SpecError
from ...store.atomic import write_bytes
from . import Order

READS = "sounds"
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
    "small": {"hidden_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4},
    "medium": {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4},
}
SPECIAL = ("<pad>", "<unk>", "|")


def make(order: Order, folder: Path) -> None:
    """The folder of a `Wav2Vec2BertForCTC`. SpecError for rows without transcripts."""
    said = {str(row.truth) for row in order.data.rows if row.truth is not None}
    letters = sorted({letter for text in said for letter in text if letter.strip()} - {"|"})
    if not letters:
        raise SpecError("a transcriber is for rows with transcripts, and these have none")
    vocabulary = {name: place for place, name in enumerate([*SPECIAL, *letters])}
    write_bytes(folder / "vocab.json", json.dumps(vocabulary, ensure_ascii=False).encode())
    words = Wav2Vec2CTCTokenizer(
        str(folder / "vocab.json"), bos_token=None, eos_token=None, pad_token="<pad>",
        unk_token="<unk>", word_delimiter_token="|",
    )  # fmt: skip
    config = Wav2Vec2BertConfig(
        **order.size,
        vocab_size=len(words),
        intermediate_size=4 * order.size["hidden_size"],
        conv_depthwise_kernel_size=15,
        feat_proj_dropout=0.0,
        layerdrop=0.0,
        apply_spec_augment=False,
        ctc_zero_infinity=True,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=None,
    )
    torch.manual_seed(order.seed)
    Wav2Vec2BertForCTC(config).save_pretrained(folder)
    words.save_pretrained(folder)
    SeamlessM4TFeatureExtractor().save_pretrained(folder)
