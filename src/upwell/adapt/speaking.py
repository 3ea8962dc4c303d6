"""Encoder-decoders that make one text of another: what translating and summarising share.

Axes: B rows, T tokens of the target, V tokens of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForSeq2SeqLM

from ..data.labelled import Labelled, Row
from ..errors import ModelError
from ..models.network import Batch
from ..records import Adapt, Adapted, Shown
from .encoding import LEFT_OUT, Encoded, encoded, longest
from .given import OFFLINE, Given
from .material import in_batches
from .network import Whole

BEAMS = 4
READS = ("input_ids", "attention_mask", "labels")


def row(number: int, text: str) -> Row:
    """A text as a row."""
    return Row(number, (text,), ())


def length(given: Given, learn: Labelled) -> int:
    """Tokens that all but a few sources and targets keep within."""
    texts = [row.texts for row in learn.rows] + [(str(row.truth),) for row in learn.rows]
    return longest(texts, given)


def encode(rows: Sequence[Row], given: Given, length: int) -> Encoded:
    """Sources as token ids, targets as `labels` where they are known."""
    sources = encoded([row.texts for row in rows], given.words, length)
    known = [row.truth for row in rows if row.truth is not None]
    if len(known) < len(rows):
        return sources
    read = given.words(text_target=known, truncation=True, max_length=length)["input_ids"]
    labels: tuple[NDArray[np.int64], ...] = tuple(np.array(ids, dtype=np.int64) for ids in read)
    parts = {"input_ids": sources.parts["input_ids"], "labels": labels}
    return Encoded(parts, {}, {**sources.fill, "labels": LEFT_OUT}, sources.cut)


def body(given: Given) -> Whole:
    """The model as it is. ModelError for one that does not make a text of a text."""
    if not given.config.is_encoder_decoder:
        raise ModelError(
            f"{given.name} is a {given.config.model_type}, which makes no text of a text; choose "
            "an encoder-decoder, e.g. a T5, BART or Marian"
        )
    return Whole(AutoModelForSeq2SeqLM.from_pretrained(given.path, **OFFLINE), READS)


def loss(said: Any, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Cross-entropy a token of the target."""
    logits_NV = said.logits.flatten(0, 1)
    total = functional.cross_entropy(
        logits_NV,
        part["labels"].flatten(),
        ignore_index=LEFT_OUT,
        label_smoothing=adapt.smoothing,
        reduction="sum",
    )
    return {"loss": total / (whole["labels"] != LEFT_OUT).sum()}


def outputs(body: Whole, given: Given, rows: Encoded, adapt: Adapt) -> list[str]:
    """What is made of each row, by a beam search over four."""
    found: dict[int, str] = {}
    for places, arrays in in_batches(rows):
        made = body.model.generate(
            input_ids=torch.from_numpy(arrays["input_ids"]),
            attention_mask=torch.from_numpy(arrays["attention_mask"]),
            num_beams=BEAMS,
            max_new_tokens=adapt.length,
            do_sample=False,
        )
        texts = given.words.batch_decode(made, skip_special_tokens=True)
        found.update(zip(places, map(str.strip, texts), strict=True))
    return [found[place] for place in range(len(rows))]


def shown(said: Sequence[str], rows: Sequence[Row], worth: Sequence[float]) -> tuple[Shown, ...]:
    """Rows with what was made of them, and how good it is."""
    return tuple(
        Shown(line=row.line, text=row.texts[0], label=str(row.truth), said=text, score=score)
        for row, text, score in zip(rows, said, worth, strict=True)
    )


def predictions(said: Sequence[str], rows: Sequence[Row], adapted: Adapted) -> list[dict[str, Any]]:
    """What is made of each text."""
    return [
        {"text": row.texts[0], "said": text, "probability": None, "abstain": False}
        for row, text in zip(rows, said, strict=True)
    ]
