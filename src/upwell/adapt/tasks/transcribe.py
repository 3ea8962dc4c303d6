"""Speech to text: characters along time, by connectionist temporal classification.

The likeliest character of every frame, repeats and blanks taken out, is what was heard (Graves et
al. 2006).

Axes: B recordings, T frames, V characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCTC

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.filed import file_row, listed_files
from ...data.labelled.files import FORMATS as FILES
from ...data.sounds import SUFFIXES
from ...errors import DataError, ModelError
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from ..encoding import LEFT_OUT
from ..given import OFFLINE, Given
from ..hearing import Sounds, heard, length
from ..material import in_batches
from ..misheard import characters, edits, error_rates
from ..network import Whole

if TYPE_CHECKING:
    from ..material import Rows

READS = "sounds"
FITTED = False
FORMATS = FILES
MOST_CHOOSING = 500

TRANSCRIPTS = ("transcript", "transcription", "text", "sentence", "words", "文本", "转写")
"""What people call the column of what was said."""

__all__ = ["length"]


@dataclass(frozen=True)
class Framed:
    """What is given for recordings."""

    logits: Tensor
    """[B, T, V]."""

    lengths: Tensor
    """[B]: frames that hold sound."""

    blank: int
    """The character that is none: the one that fills up."""


class Heard(NamedTuple):
    """What was heard of one recording."""

    text: str
    capitals: bool
    """Whether the model has no other letters, so that case says nothing."""


class Listening(Whole):
    """A model of transformers with its frames counted."""

    def forward(self, batch: Batch) -> Framed:
        """Logits of all frames."""
        logits: Tensor = super().forward(batch).logits
        mask = batch.get("attention_mask")
        if mask is None:
            lengths = torch.full((len(logits),), logits.shape[1])
        else:
            base = getattr(self.model, "get_base_model", lambda: self.model)()
            lengths = base._get_feat_extract_output_lengths(mask.sum(-1)).to(torch.int64)
        blank = int(self.model.config.pad_token_id)
        return Framed(logits, lengths.clamp_max(logits.shape[1]), blank)


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Recordings of a list with a path and what was said a row."""
    if path.is_dir():
        raise DataError(
            f"{path} is a folder; give a list (CSV, JSONL) with a path and a transcript a row"
        )
    return listed_files(path, SUFFIXES, columns, TRANSCRIPTS, labelled=labelled)


def row(number: int, text: str) -> Row:
    """A file as a row."""
    return file_row(number, text)


def labels_of(data: Labelled) -> tuple[str, ...]:
    """None: what was said is no label."""
    return ()


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Sounds:
    """Recordings at the model's rate, with the characters of what was said as `labels`.

    Raises DataError, with the file, for a transcript that is too long for its recording, or that
    the model has no characters for; ModelError for a model without characters.
    """
    if given.words is None:
        raise ModelError(f"{given.name} has no characters to write with; choose a model for CTC")
    signals = heard(rows, given)
    if any(row.truth is None for row in rows):
        return Sounds(signals, given.extractor, length, {}, {})
    found = [_characters(str(row.truth), given, row) for row in rows]
    for row, signal, ids in zip(rows, signals, found, strict=True):
        _check(row, min(len(signal), length), ids, given)
    ragged = {"labels": tuple(np.array(ids, dtype=np.int64) for ids in found)}
    return Sounds(signals, given.extractor, length, {}, ragged, LEFT_OUT)


def body(given: Given, adapt: Adapt) -> Listening:
    """The model as it is, with a head for its characters."""
    return Listening(AutoModelForCTC.from_pretrained(given.path, **OFFLINE), based=True)


def loaded(given: Given) -> Listening:
    """The model of a folder that was shipped, in eval mode."""
    return Listening(AutoModelForCTC.from_pretrained(given.path, **OFFLINE).eval())


def shipped(body: Listening, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers that was trained."""
    return body.model.eval()


def loss(said: Framed, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Of all alignments, a character of what was said."""
    wanted = part["labels"]
    total = functional.ctc_loss(
        said.logits.float().log_softmax(-1).transpose(0, 1),
        wanted.clamp_min(0),
        said.lengths,
        (wanted != LEFT_OUT).sum(-1),
        blank=said.blank,
        reduction="sum",
        zero_infinity=True,
    )
    return {"loss": total / (whole["labels"] != LEFT_OUT).sum()}


def outputs(body: Listening, given: Given, rows: Sounds, adapt: Adapt) -> list[Heard]:
    """What is heard of each recording."""
    found: dict[int, Heard] = {}
    capitals = _capitals(given)
    for places, arrays in in_batches(rows):
        said = body({name: torch.from_numpy(array) for name, array in arrays.items()})
        best = said.logits.argmax(-1)
        for place, ids, frames in zip(places, best, said.lengths.tolist(), strict=True):
            text = given.words.decode(ids[:frames].tolist()).strip()
            found[place] = Heard(text, capitals)
    return [found[place] for place in range(len(rows))]


def scores(said: Sequence[Heard], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """Character and word error rates, with intervals; less is better."""
    right = [_right(row, one) for row, one in zip(rows.rows, said, strict=True)]
    return error_rates([one.text for one in said], right)


def main_score(said: Sequence[Heard], rows: Rows, adapt: Adapt, several: bool) -> float:
    """One less the character error rate."""
    return 1 - scores(said, rows, adapt, several)[0].value


def shown(said: Sequence[Heard], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Recordings with what was heard of them."""
    return tuple(
        Shown(
            line=row.line,
            text=Path(row.texts[0]).name,
            label=str(row.truth),
            said=one.text,
            score=_near(one.text, _right(row, one)),
        )
        for row, one in zip(rows.rows, said, strict=True)
    )


def predictions(
    said: Sequence[Heard], rows: Sequence[Row], encoded: Sounds, adapted: Adapted
) -> list[dict[str, Any]]:
    """What is heard of each recording."""
    return [
        {"text": row.texts[0], "said": one.text, "probability": None, "abstain": False}
        for row, one in zip(rows, said, strict=True)
    ]


def _near(text: str, right: str) -> float:
    wanted = characters(right)
    return max(0.0, 1 - edits(characters(text), wanted) / max(1, len(wanted)))


def _right(row: Row, heard: Heard) -> str:
    """What was said, in letters that the model has."""
    text = str(row.truth)
    return text.upper() if heard.capitals else text


def _capitals(given: Given) -> bool:
    """Whether a model has capital letters alone."""
    letters = [name for name in given.words.get_vocab() if len(name) == 1]
    return any(map(str.isupper, letters)) and not any(map(str.islower, letters))


def _characters(text: str, given: Given, row: Row) -> list[int]:
    words = given.words
    known = words.get_vocab()
    if _capitals(given):
        text = text.upper()
    ids: list[int] = words(text)["input_ids"]
    if words.unk_token_id is not None and words.unk_token_id in ids:
        strange = sorted({letter for letter in text if letter not in known and letter.strip()})
        raise DataError(
            f"{row.place} is said to hold {text!r}, and the model has no {strange[0]!r}; write it "
            "otherwise, or choose a fresh model, whose characters are those of the rows"
        )
    return ids


def _check(row: Row, samples: int, ids: Sequence[int], given: Given) -> None:
    """DataError where there are fewer frames than characters and blanks between equal ones."""
    frames = _frames(samples, given)
    needed = len(ids) + sum(a == b for a, b in pairwise(ids))
    if frames is not None and needed > frames:
        raise DataError(
            f"{row.place} has {frames} frames and is said to hold {row.truth!r}, which needs "
            f"{needed}; mend the transcript, or leave the recording out"
        )


def _frames(samples: int, given: Given) -> int | None:
    """Frames of so many samples; None where the config does not tell."""
    kernels, strides = (getattr(given.config, f"conv_{name}", None) for name in
                        ("kernel", "stride"))  # fmt: skip
    if kernels and strides:
        for kernel, stride in zip(kernels, strides, strict=True):
            samples = (samples - kernel) // stride + 1
        return max(0, samples)
    stride = getattr(given.extractor, "stride", None)
    if stride is None:
        return None
    return max(0, samples * 100 // given.extractor.sampling_rate // int(stride))
