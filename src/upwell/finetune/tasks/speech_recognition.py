"""Speech recognition: characters along time, by connectionist temporal classification (CTC).

The text is the most probable character of every frame, without repeats and blanks (Graves et al.
2006).

Axes: B recordings, T frames, V characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCTC

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.splits import SplitDatasets
from ...data.labeled.transcripts import read_transcript_splits, read_transcripts
from ...errors import DataError, ModelError
from ...metrics.sequences import edit_distance
from ...metrics.wer import split_characters, wer_and_cer
from ...models.protocols import Batch
from ...records import FinetuneSpec, Score, ScoredRow
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.audio import AudioRows, default_max_length, load_audio, make_audio_rows
from ..inputs.encoded import EncodedSplit, length_batches
from ..inputs.text import IGNORE_INDEX
from ..modeling.heads import HFModel
from .base import TextOutputTask


@dataclass(frozen=True)
class CTCOutput:
    """Output of the network for a batch of recordings."""

    logits: Tensor
    """[B, T, V]."""

    lengths: Tensor
    """[B]: frames without padding."""

    pad_id: int
    """Id of the padding character, which CTC uses as its blank."""


class Transcript(NamedTuple):
    """The text of one recording."""

    text: str
    uppercase_only: bool
    """Whether the model has no lower case letters, so that case does not count."""


class CTCModel(HFModel):
    """A transformers model that also counts its frames."""

    def forward(self, batch: Batch) -> CTCOutput:
        """Logits of all frames."""
        logits: Tensor = super().forward(batch).logits
        mask = batch.get("attention_mask")
        if mask is None:
            lengths = torch.full((len(logits),), logits.shape[1])
        else:
            base = getattr(self.model, "get_base_model", lambda: self.model)()
            lengths = base._get_feat_extract_output_lengths(mask.sum(-1)).to(torch.int64)
        pad_id = int(self.model.config.pad_token_id)
        return CTCOutput(logits, lengths.clamp_max(logits.shape[1]), pad_id)


class SpeechRecognition(TextOutputTask):
    """The transcript of each recording."""

    modality = "audio"
    max_dev_rows = 500

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Recordings with their transcripts, from a list or a folder with lists."""
        return read_transcripts(path, columns, labeled=labeled)

    def read_splits(self, path: Path, columns: Columns) -> SplitDatasets:
        """The training rows with the dev and test rows of split folders or lists."""
        return read_transcript_splits(path, columns)

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Samples that 99.5 % of the recordings fit into, at most 30 seconds."""
        return default_max_length(base_model, train)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> AudioRows:
        """Recordings at the model's sampling rate, with the ids of the transcript as `labels`.

        Raises DataError, with the file, for a transcript that is too long for its recording or has
        a character that the model lacks; ModelError for a model without characters.
        """
        if base_model.tokenizer is None:
            raise ModelError(
                f"{base_model.name} has no characters to write with; choose a model for CTC"
            )
        waveforms = load_audio(rows, base_model)
        if any(row.target is None for row in rows):
            return make_audio_rows(waveforms, base_model, max_length)
        character_ids = [_character_ids(str(row.target), base_model, row) for row in rows]
        for row, waveform, ids in zip(rows, waveforms, character_ids, strict=True):
            _check_frames(row, min(len(waveform), max_length), ids, base_model)
        ragged = {"labels": tuple(np.array(ids, dtype=np.int64) for ids in character_ids)}
        return make_audio_rows(
            waveforms, base_model, max_length, ragged=ragged, pad_value=IGNORE_INDEX
        )

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> CTCModel:
        """The model with a head for its characters."""
        hf_model = AutoModelForCTC.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return CTCModel(hf_model, has_head=True)

    def load_model(self, base_model: PretrainedModel) -> CTCModel:
        """The network of a fine-tuned folder, in eval mode."""
        return CTCModel(AutoModelForCTC.from_pretrained(base_model.path, **WEIGHTS_KWARGS).eval())

    def loss(
        self, outputs: CTCOutput, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """CTC loss over all alignments, a character of the transcript."""
        target_ids = micro_batch["labels"]
        total = functional.ctc_loss(
            outputs.logits.float().log_softmax(-1).transpose(0, 1),
            target_ids.clamp_min(0),
            outputs.lengths,
            (target_ids != IGNORE_INDEX).sum(-1),
            blank=outputs.pad_id,
            reduction="sum",
            zero_infinity=True,
        )
        return {"loss": total / (batch["labels"] != IGNORE_INDEX).sum()}

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: AudioRows, spec: FinetuneSpec
    ) -> list[Transcript]:
        """The transcript of each recording."""
        transcripts: dict[int, Transcript] = {}
        uppercase_only = _is_uppercase_only(base_model)
        for indices, arrays in length_batches(rows):
            outputs = model({name: torch.from_numpy(array) for name, array in arrays.items()})
            best_ids = outputs.logits.argmax(-1)
            for index, ids, frames in zip(indices, best_ids, outputs.lengths.tolist(), strict=True):
                text = base_model.tokenizer.decode(ids[:frames].tolist()).strip()
                transcripts[index] = Transcript(text, uppercase_only)
        return [transcripts[index] for index in range(len(rows))]

    def compute_metrics(
        self,
        outputs: Sequence[Transcript],
        rows: EncodedSplit,
        spec: FinetuneSpec,
        multilabel: bool,
    ) -> tuple[Score, ...]:
        """Character and word error rates, with intervals; lower is better."""
        references = [
            _reference_text(row, output) for row, output in zip(rows.rows, outputs, strict=True)
        ]
        return wer_and_cer([output.text for output in outputs], references)

    def selection_metric(
        self,
        outputs: Sequence[Transcript],
        rows: EncodedSplit,
        spec: FinetuneSpec,
        multilabel: bool,
    ) -> float:
        """1 minus the character error rate."""
        return 1 - self.compute_metrics(outputs, rows, spec, multilabel)[0].value

    def scored_rows(
        self,
        outputs: Sequence[Transcript],
        rows: EncodedSplit,
        spec: FinetuneSpec,
        multilabel: bool,
    ) -> tuple[ScoredRow, ...]:
        """Recordings with their transcripts."""
        return tuple(
            ScoredRow(
                line=row.line,
                text=Path(row.texts[0]).name,
                label=str(row.target),
                prediction=output.text,
                score=_similarity(output.text, _reference_text(row, output)),
            )
            for row, output in zip(rows.rows, outputs, strict=True)
        )

    def output_text(self, output: Transcript) -> str:
        """The transcript."""
        return output.text


TASK = SpeechRecognition


def _similarity(text: str, reference: str) -> float:
    reference_characters = split_characters(reference)
    return max(
        0.0,
        1
        - edit_distance(split_characters(text), reference_characters)
        / max(1, len(reference_characters)),
    )


def _reference_text(row: Row, transcript: Transcript) -> str:
    """The transcript in letters that the model has."""
    text = str(row.target)
    return text.upper() if transcript.uppercase_only else text


def _is_uppercase_only(base_model: PretrainedModel) -> bool:
    """Whether the model has capital letters only."""
    letters = [name for name in base_model.tokenizer.get_vocab() if len(name) == 1]
    return any(map(str.isupper, letters)) and not any(map(str.islower, letters))


def _character_ids(text: str, base_model: PretrainedModel, row: Row) -> list[int]:
    tokenizer = base_model.tokenizer
    vocab = tokenizer.get_vocab()
    if _is_uppercase_only(base_model):
        text = text.upper()
    ids: list[int] = tokenizer(text)["input_ids"]
    if tokenizer.unk_token_id is not None and tokenizer.unk_token_id in ids:
        unknown = sorted({letter for letter in text if letter not in vocab and letter.strip()})
        raise DataError(
            f"the transcript of {row.location} is {text!r}, and the model has no {unknown[0]!r}; "
            "replace the character, or train from scratch, e.g. conformer-small"
        )
    return ids


def _check_frames(row: Row, samples: int, ids: Sequence[int], base_model: PretrainedModel) -> None:
    """DataError if there are fewer frames than characters and blanks between equal ones."""
    frames = _count_frames(samples, base_model)
    min_frames = len(ids) + sum(a == b for a, b in pairwise(ids))
    if frames is not None and min_frames > frames:
        raise DataError(
            f"{row.location} has {frames} frames, and its transcript {row.target!r} needs "
            f"{min_frames}; correct the transcript, or remove the recording"
        )


def _count_frames(samples: int, base_model: PretrainedModel) -> int | None:
    """Frames of a recording with this number of samples; None if the config does not say."""
    kernels, strides = (getattr(base_model.config, f"conv_{name}", None) for name in
                        ("kernel", "stride"))  # fmt: skip
    if kernels and strides:
        for kernel, stride in zip(kernels, strides, strict=True):
            samples = (samples - kernel) // stride + 1
        return max(0, samples)
    stride = getattr(base_model.feature_extractor, "stride", None)
    if stride is None:
        return None
    return max(0, samples * 100 // base_model.feature_extractor.sampling_rate // int(stride))
