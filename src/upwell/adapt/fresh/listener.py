"""A fresh network for recordings, at their own length: the encoder of Whisper, small.

Two convolutions along time and a Transformer over what they hear (Radford et al. 2022, arXiv
2212.04356), read from log-mel frames by transformers' own extractor.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForAudioClassification

from ...data.sounds import sound
from . import Order

READS = "sounds"
SIZES: dict[str, dict[str, int]] = {
    "tiny": {"d_model": 64, "encoder_layers": 2, "encoder_attention_heads": 2},
    "small": {"d_model": 128, "encoder_layers": 3, "encoder_attention_heads": 4},
    "medium": {"d_model": 256, "encoder_layers": 4, "encoder_attention_heads": 4},
}

BANDS = 48
RATE = 16_000
"""Samples a second; the extractor's bands are made for no other."""

FRAMES = 100
"""A second."""

MOST = 30
"""Seconds that are heard, at most."""


def make(order: Order, folder: Path) -> None:
    """The folder of a `WhisperForAudioClassification`; all but a few recordings fit into it."""
    heard = [sound(Path(row.texts[0])) for row in order.data.rows]
    longest = float(np.quantile([len(signal) / own for signal, own in heard], 0.99))
    seconds = min(MOST, math.ceil(longest))
    extractor = WhisperFeatureExtractor(
        feature_size=BANDS,
        sampling_rate=RATE,
        hop_length=RATE // FRAMES,
        chunk_length=seconds,
    )
    frames = extractor.nb_max_frames
    width = order.size["d_model"]
    config = WhisperConfig(
        **order.size,
        num_mel_bins=BANDS,
        max_source_positions=-(-frames // 2),
        encoder_ffn_dim=4 * width,
        classifier_proj_size=width,
        # The usual .02 is for a width of 1280: what is heard would drown in the positions.
        init_std=width**-0.5,
        dropout=0.1,
        decoder_layers=1,
        decoder_attention_heads=1,
        decoder_ffn_dim=width,
        vocab_size=8,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    torch.manual_seed(order.seed)
    WhisperForAudioClassification(config).save_pretrained(folder)
    extractor.save_pretrained(folder)
