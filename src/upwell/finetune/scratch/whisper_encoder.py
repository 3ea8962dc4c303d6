"""The encoder of Whisper from scratch, for audio classification (Radford et al. 2022, arXiv
2212.04356).

It has two convolutions along time and a Transformer over log-mel frames, for the length of the
recordings.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForAudioClassification

from ...data.media.audio import read_audio
from .base import ScratchConfig, ScratchModel, Sizes

NUM_MEL_BANDS = 48
SAMPLING_RATE = 16_000
"""Samples a second, which the mel bands of the extractor need."""

FRAMES_PER_SECOND = 100
"""Mel frames a second."""

MAX_SECONDS = 30
"""Maximum seconds of a recording."""


class ScratchWhisperEncoder(ScratchModel):
    """A `WhisperForAudioClassification`."""

    modality = "audio"
    SIZES: ClassVar[Sizes] = {
        "tiny": {"d_model": 64, "encoder_layers": 2, "encoder_attention_heads": 2},
        "small": {"d_model": 128, "encoder_layers": 3, "encoder_attention_heads": 4},
        "medium": {"d_model": 256, "encoder_layers": 4, "encoder_attention_heads": 4},
    }

    def build(self, config: ScratchConfig, folder: Path) -> None:
        """Write the model for the length that 99 % of the recordings fit into."""
        recordings = [read_audio(Path(row.texts[0])) for row in config.dataset.rows]
        longest = float(
            np.quantile(
                [len(waveform) / sampling_rate for waveform, sampling_rate in recordings], 0.99
            )
        )
        seconds = min(MAX_SECONDS, math.ceil(longest))
        extractor = WhisperFeatureExtractor(
            feature_size=NUM_MEL_BANDS,
            sampling_rate=SAMPLING_RATE,
            hop_length=SAMPLING_RATE // FRAMES_PER_SECOND,
            chunk_length=seconds,
        )
        frames = extractor.nb_max_frames
        width = config.size["d_model"]
        model_config = WhisperConfig(
            **config.size,
            num_mel_bins=NUM_MEL_BANDS,
            max_source_positions=-(-frames // 2),
            encoder_ffn_dim=4 * width,
            classifier_proj_size=width,
            # The usual 0.02 is for a width of 1280; here the positions would outweigh the audio.
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
        torch.manual_seed(config.seed)
        WhisperForAudioClassification(model_config).save_pretrained(folder)
        extractor.save_pretrained(folder)


SCRATCH_MODEL = ScratchWhisperEncoder
