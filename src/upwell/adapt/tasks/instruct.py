"""Instructions: a language model learns what to say next; only what it is to say is learnt from.

The tokenizer's own template of a talk is used where it has one, and else a plain one that is told
below. Rows that are too long lose the beginning of what was asked.

Axes: B rows, T tokens, V tokens of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCausalLM

from ...data.labelled import Columns, Labelled, Row
from ...data.labelled.files import FORMATS as FILES
from ...data.labelled.talks import read_talks
from ...errors import ModelError
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from ..encoding import LEFT_OUT, MOST, Encoded
from ..given import OFFLINE, Given
from ..network import Whole
from ..scoring import interval, mean

if TYPE_CHECKING:
    from ..material import Rows

READS = "words"
FITTED = False
FORMATS = FILES

MOST_CHOOSING = 300
"""Rows that choose, at most: each is answered after every round."""

NEW = 128
"""Tokens of an answer, at most."""

AT_ONCE = 16
SAMPLES = 1000
SAYS = ("### Instruction:\n", "\n\n### Response:\n", "\n\n")
"""Before what is asked, before what is said, and after it."""


@dataclass(frozen=True)
class Answered:
    """What a model says to a row."""

    text: str
    logprobs: tuple[float, ...]
    """Natural log-probability of each token that was wanted; empty where none is known."""


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Rows of instructions and responses, or of messages."""
    return read_talks(path, columns, labelled=labelled)


def row(number: int, text: str) -> Row:
    """An instruction as a row."""
    return Row(number, (text,), ())


def labels_of(data: Labelled) -> tuple[str, ...]:
    """None: what is said is no label."""
    return ()


def length(given: Given, learn: Labelled) -> int:
    """Tokens that all but a few rows keep within, at most twice as many as elsewhere."""
    counts = [sum(map(len, _ids(row, given))) for row in learn.rows[:2000]]
    most = 2 * MOST if given.context is None else min(given.context, 2 * MOST)
    return min(most, -(-int(np.quantile(counts, 0.995, method="higher")) // 8) * 8)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Encoded:
    """Tokens of what was asked and of what is to be said; `labels` are the latter."""
    ids, wanted, cut = [], [], 0
    for row in rows:
        asked, said = _ids(row, given)
        said = said[: length - 1]
        cut += len(asked) + len(said) > length
        asked = asked[max(0, len(asked) + len(said) - length) :]
        ids.append(np.array(asked + said, dtype=np.int64))
        wanted.append(np.array([LEFT_OUT] * len(asked) + said, dtype=np.int64))
    fill = {"input_ids": int(given.words.pad_token_id), "labels": LEFT_OUT}
    return Encoded({"input_ids": tuple(ids), "labels": tuple(wanted)}, {}, fill, cut)


def body(given: Given, adapt: Adapt) -> Whole:
    """The model as it is. ModelError for one that does not go on from left to right."""
    try:
        model = AutoModelForCausalLM.from_pretrained(given.path, **OFFLINE)
    except ValueError:
        raise ModelError(
            f"{given.name} is a {given.config.model_type}, which does not say what comes next; "
            "choose a language model, e.g. a Llama or GPT-2"
        ) from None
    return Whole(model, ("input_ids", "attention_mask"))


def loaded(given: Given) -> Whole:
    """The model of a folder that was shipped, in eval mode."""
    return Whole(AutoModelForCausalLM.from_pretrained(given.path, **OFFLINE).eval(), ())


def shipped(body: Whole, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers that was trained."""
    return body.model.eval()


def loss(said: Any, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Cross-entropy a token of what is to be said."""
    total = functional.cross_entropy(
        said.logits[:, :-1].flatten(0, 1),
        part["labels"][:, 1:].flatten(),
        ignore_index=LEFT_OUT,
        label_smoothing=adapt.smoothing,
        reduction="sum",
    )
    return {"loss": total / (whole["labels"][:, 1:] != LEFT_OUT).sum()}


def outputs(body: Whole, given: Given, rows: Encoded, adapt: Adapt) -> list[Answered]:
    """What is said to each row, word for word the likeliest, and how likely what was wanted is."""
    asked = [
        ids[wanted == LEFT_OUT]
        for ids, wanted in zip(rows.parts["input_ids"], rows.parts["labels"], strict=True)
    ]
    order = np.argsort([len(ids) for ids in asked], kind="stable").tolist()
    found: dict[int, Answered] = {}
    for start in range(0, len(order), AT_ONCE):
        places = order[start : start + AT_ONCE]
        texts = _said(body, given, [asked[place] for place in places])
        known = _weighed(body, rows, places)
        found |= {p: Answered(t, k) for p, t, k in zip(places, texts, known, strict=True)}
    return [found[place] for place in range(len(rows))]


def scores(said: Sequence[Answered], rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """Log-probability of a wanted token, and exact matches of what was said, with intervals."""
    same = [float(one.text == row.truth) for one, row in zip(said, rows.rows, strict=True)]
    return (_log_probability(said), mean("exact_match", same))


def main_score(said: Sequence[Answered], rows: Rows, adapt: Adapt, several: bool) -> float:
    """Geometric mean of the probability of a wanted token."""
    return float(np.exp(_log_probability(said).value))


def shown(said: Sequence[Answered], rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Rows with what was said to them."""
    return tuple(
        Shown(
            line=row.line,
            text=" ⏐ ".join(row.texts),
            label=str(row.truth),
            said=one.text,
            score=float(np.exp(np.mean(one.logprobs))),
        )
        for row, one in zip(rows.rows, said, strict=True)
    )


def predictions(
    said: Sequence[Answered], rows: Sequence[Row], encoded: Encoded, adapted: Adapted
) -> list[dict[str, Any]]:
    """What is said to each instruction."""
    return [
        {"text": row.texts[-1], "said": one.text, "probability": None, "abstain": False}
        for row, one in zip(rows, said, strict=True)
    ]


def _ids(row: Row, given: Given) -> tuple[list[int], list[int]]:
    """Tokens of what was asked, with all that stands before the answer, and of the answer."""
    words = given.words
    if words.chat_template:
        sides = ("user", "assistant")
        turns = [
            {"role": sides[number % 2], "content": text} for number, text in enumerate(row.texts)
        ]
        text = words.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        asked = words(text, add_special_tokens=False)["input_ids"]
    else:
        ask, say, after = SAYS
        text = "".join(
            f"{say}{text}{after}" if number % 2 else f"{ask}{text}"
            for number, text in enumerate(row.texts)
        )
        asked = words(text + say, add_special_tokens=False)["input_ids"]
        begin = words.bos_token_id
        asked = asked if begin is None else [begin, *asked]
    if row.truth is None:
        return asked, []
    said = words(str(row.truth), add_special_tokens=False)["input_ids"]
    return asked, said if words.eos_token_id is None else [*said, words.eos_token_id]


def _said(body: Whole, given: Given, asked: Sequence[Any]) -> list[str]:
    """Greedy answers; rows are filled up at their beginning, so that all end together. What is said
    takes a quarter of what the model reads at most, whatever was asked."""
    room = NEW if given.context is None else max(1, min(NEW, given.context // 4))
    if given.context is not None:
        asked = [ids[-(given.context - room) :] for ids in asked]
    longest = max(map(len, asked))
    ids = np.full((len(asked), longest), int(given.words.pad_token_id), dtype=np.int64)
    mask = np.zeros_like(ids)
    for place, one in enumerate(asked):
        ids[place, longest - len(one) :] = one
        mask[place, longest - len(one) :] = 1
    made = body.model.generate(
        input_ids=torch.from_numpy(ids),
        attention_mask=torch.from_numpy(mask),
        max_new_tokens=room,
        do_sample=False,
        pad_token_id=given.words.pad_token_id,
    )
    texts = given.words.batch_decode(made[:, longest:], skip_special_tokens=True)
    return [text.strip() for text in texts]


def _weighed(body: Whole, rows: Encoded, places: Sequence[int]) -> list[tuple[float, ...]]:
    """Log-probability of each wanted token; none for rows of which nothing is known."""
    arrays = {name: torch.from_numpy(array) for name, array in rows.batch(places).items()}
    wanted_BT = arrays.pop("labels")[:, 1:]
    if not (wanted_BT != LEFT_OUT).any():
        return [()] * len(places)
    logits_BTV = body.model(**arrays).logits[:, :-1]
    chosen_BT = logits_BTV.log_softmax(-1).gather(-1, wanted_BT.clamp_min(0)[..., None])[..., 0]
    return [
        tuple(row[wanted != LEFT_OUT].tolist())
        for row, wanted in zip(chosen_BT, wanted_BT, strict=True)
    ]


def _log_probability(said: Sequence[Answered]) -> Score:
    """The mean over tokens; rows are drawn anew for the interval."""
    sums = np.array([sum(one.logprobs) for one in said])
    counts = np.array([len(one.logprobs) for one in said])
    dice = np.random.default_rng(0)
    draws = dice.integers(0, len(said), (SAMPLES, len(said)))
    low, high = interval([float(sums[draw].sum() / counts[draw].sum()) for draw in draws])
    value = float(sums.sum() / counts.sum())
    return Score(metric="log_probability", value=value, low=low, high=high, rows=len(said))
