"""Tagging words: entities and other spans, Chinese by character.

A word's tag is read off its first token; words beyond the length are tagged O, and count so. Of all
tags of a sentence that BIO or BIOES allows the likeliest are said, where the rows keep to it.

Axes: B sentences of a batch, T tokens, N words, C tags.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForTokenClassification

from ...data.labelled import Columns, Labelled, Row, read_conll
from ...data.labelled.conll import FORMATS as FILES
from ...models.network import Batch
from ...records import Adapt, Adapted, Score, Shown
from ...records.making import Scheme
from ..calibration import probabilities
from ..encoding import LEFT_OUT, Encoded, longest
from ..entities import OUT, Entity, counted, entities, together
from ..entities import scores as scored
from ..given import OFFLINE, Given
from ..linear import Floats
from ..network import Pooled, Stock
from ..paths import Paths, scheme_of

if TYPE_CHECKING:
    from ..material import Rows

READS = "words"
FITTED = True
FORMATS = FILES

PARTED = True
"""A row's texts are the words of one sentence."""

ONE_A_ROW = False
"""Whether a row is one thing to be told; here it is as many as it has words."""

WORDS = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff]|(?:(?![\u3400-\u9fff\uf900-\ufaff])[^\W_])+|[^\w\s]|_"
)
"""A character of Chinese, a word, or a mark."""


def read(path: Path, columns: Columns, *, labelled: bool = True) -> Labelled:
    """Sentences of a file with a word and its tag a line."""
    return read_conll(path, labelled=labelled)


def row(number: int, text: str) -> Row:
    """The words of a text that nobody has parted."""
    return Row(number, tuple(WORDS.findall(text)) or (text,), ())


def length(given: Given, learn: Labelled) -> int:
    """Tokens that all but a few sentences keep within."""
    return longest([(" ".join(row.texts),) for row in learn.rows], given)


def labels_of(data: Labelled) -> tuple[str, ...]:
    """The tags, O first."""
    return (OUT, *(name for name in data.labels if name != OUT))


def scheme(data: Labelled) -> Scheme:
    """What the tags of the rows keep to."""
    return scheme_of(row.labels for row in data.rows)


def encode(
    rows: Sequence[Row], labels: Sequence[str], columns: Columns, given: Given, length: int
) -> Encoded:
    """Token ids; `first` is 1 at the first token of a word, `label` its tag there."""
    number = {name: place for place, name in enumerate(labels)}
    how = {"is_split_into_words": True, "return_attention_mask": False}
    read = given.words([list(row.texts) for row in rows], truncation=True, max_length=length, **how)
    parts: dict[str, list[NDArray[np.int64]]] = {
        name: [np.array(ids, dtype=np.int64) for ids in values] for name, values in read.items()
    }
    parts["first"], parts["word"] = [], []
    cut = 0
    for place, row in enumerate(rows):
        ids = np.array([-1 if i is None else i for i in read.word_ids(place)], dtype=np.int64)
        first = (ids >= 0) & (ids != np.concatenate([[-1], ids[:-1]]))
        parts["first"].append(first.astype(np.int64))
        parts["word"].append(ids)
        cut += bool(len(row.texts)) and int(ids.max(initial=-1)) < len(row.texts) - 1
        if row.labels:
            tags = np.array([number[name] for name in row.labels], dtype=np.int64)
            parts.setdefault("label", []).append(np.where(first, tags[ids], LEFT_OUT))
    fill = dict.fromkeys(parts, 0) | {"label": LEFT_OUT, "input_ids": int(given.words.pad_token_id)}
    return Encoded({name: tuple(values) for name, values in parts.items()}, {}, fill, cut)


def targets(rows: Encoded, labels: Sequence[str]) -> Floats:
    """[N, C] of all words that are read: probability that each tag is right, 0 or 1."""
    tags = np.concatenate(rows.parts["label"])
    return np.eye(len(labels), dtype=np.float32)[tags[tags != LEFT_OUT]]


def flat(found: Mapping[int, Any], rows: Encoded) -> Floats:
    """What a network gave for each word that is read, in the order of the rows: [N, ...]."""
    pieces = [
        np.asarray(found[place])[: len(first)][first == 1]
        for place, first in enumerate(rows.parts["first"])
    ]
    return np.concatenate(pieces).astype(np.float32)


def groups(rows: Encoded) -> NDArray[np.int64]:
    """[N]: the sentence of each word; words of a sentence stay together."""
    return np.repeat(np.arange(len(rows)), [int(first.sum()) for first in rows.parts["first"]])


def body(given: Given, adapt: Adapt) -> Pooled | Stock:
    """The encoder with a fresh head on every token."""
    model = AutoModelForTokenClassification.from_pretrained(
        given.path, num_labels=len(adapt.labels), ignore_mismatched_sizes=True, **OFFLINE
    )
    return Stock(given.sized(model))


def loaded(given: Given) -> Stock:
    """The model of a folder that was shipped, in eval mode."""
    model = AutoModelForTokenClassification.from_pretrained(given.path, **OFFLINE)
    return Stock(model).eval()


def pooling(given: Given) -> str:
    """Every token is read by itself."""
    return "own"


def shipped(body: Pooled | Stock, given: Given, adapt: Adapt, several: bool) -> Any:
    """The class of transformers with the same logits."""
    assert isinstance(body, Stock)
    body.model.config.id2label = dict(enumerate(adapt.labels))
    body.model.config.label2id = {name: place for place, name in enumerate(adapt.labels)}
    return body.model.eval()


def loss(logits_BTC: Tensor, part: Batch, whole: Batch, adapt: Adapt) -> dict[str, Tensor]:
    """Cross-entropy a word."""
    total = functional.cross_entropy(
        logits_BTC.flatten(0, 1), part["label"].flatten(), weight=part.get("label_weights"),
        ignore_index=LEFT_OUT, reduction="sum", label_smoothing=adapt.smoothing,
    )  # fmt: skip
    return {"loss": total / (whole["label"] != LEFT_OUT).sum()}


def scores(logits_NC: Floats, rows: Rows, adapt: Adapt, several: bool) -> tuple[Score, ...]:
    """F1, precision and recall of entities, with intervals."""
    return scored(counted(_tags(logits_NC, rows, adapt), [row.labels for row in rows.rows]))


def main_score(logits_NC: Floats, rows: Rows, adapt: Adapt, several: bool) -> float:
    """What is chosen by: F1 of entities."""
    told = _tags(logits_NC, rows, adapt)
    return together(counted(told, [row.labels for row in rows.rows])).f1


def shown(logits_NC: Floats, rows: Rows, adapt: Adapt, several: bool) -> tuple[Shown, ...]:
    """Sentences with the entities that are said of them; as sure as the least sure word."""
    chances = _by_row(probabilities(logits_NC, several=False), rows.encoded)
    best = _best(logits_NC, rows.encoded, adapt)
    told = _words(best, rows.rows, rows.encoded, adapt.labels)
    right = _by_row(rows.targets, rows.encoded)
    found = []
    for place, row in enumerate(rows.rows):
        of_label = (chances[place] * right[place]).sum(1)
        found.append(
            Shown(
                line=row.line,
                text=_joined(row.texts),
                label=_listed(row.texts, entities(row.labels)),
                said=_listed(row.texts, entities(told[place])),
                probability=_sure(chances[place], best[place]),
                of_label=float(of_label.min(initial=1.0)),
            )
        )
    return tuple(found)


def predictions(
    logits_NC: Floats, rows: Sequence[Row], encoded: Encoded, adapted: Adapted
) -> list[dict[str, Any]]:
    """For each sentence its tags and entities; a word is as sure as its tag is probable."""
    calibration = adapted.calibration
    heat = np.float32(1.0 if calibration is None else calibration.temperature)
    least = None if calibration is None else calibration.threshold
    chances = _by_row(probabilities(logits_NC / heat, several=False), encoded)
    best = _best(logits_NC, encoded, adapted.adapt)
    told = _words(best, rows, encoded, adapted.adapt.labels)
    found = []
    for place, row in enumerate(rows):
        sure = _sure(chances[place], best[place])
        spans = entities(told[place])
        found.append(
            {
                "text": _joined(row.texts),
                "said": _listed(row.texts, spans),
                "probability": sure,
                "abstain": least is None or sure < least,
                "tags": list(told[place]),
                "entities": [
                    {**span._asdict(), "text": _joined(row.texts[span.start : span.end])}
                    for span in spans
                ],
            }
        )
    return found


def _tags(logits_NC: Floats, rows: Rows, adapt: Adapt) -> list[list[str]]:
    best = _best(logits_NC, rows.encoded, adapt)
    return _words(best, rows.rows, rows.encoded, adapt.labels)


def _best(logits_NC: Floats, encoded: Encoded, adapt: Adapt) -> list[NDArray[np.int64]]:
    """The numbers of the tags that are said of each sentence's words."""
    paths = Paths(adapt.labels, adapt.scheme)
    return [paths(logits) for logits in _by_row(logits_NC, encoded)]


def _sure(chances_NC: Floats, said_N: NDArray[np.int64]) -> float:
    """The probability of the least probable tag of a sentence."""
    return float(chances_NC[np.arange(len(said_N)), said_N].min(initial=1.0))


def _words(
    best: Sequence[NDArray[np.int64]],
    rows: Sequence[Row],
    encoded: Encoded,
    labels: Sequence[str],
) -> list[list[str]]:
    """The tag of every word; O for words that were not read."""
    found = []
    for place, said in enumerate(best):
        tags = [OUT] * len(rows[place].texts)
        read = encoded.parts["word"][place][encoded.parts["first"][place] == 1]
        for word, tag in zip(read.tolist(), said.tolist(), strict=True):
            tags[word] = labels[tag]
        found.append(tags)
    return found


def _by_row(values_NC: Floats, encoded: Encoded) -> list[Floats]:
    counts = [int(first.sum()) for first in encoded.parts["first"]]
    return np.split(values_NC, np.cumsum(counts)[:-1])


def _listed(words: Sequence[str], spans: Sequence[Entity]) -> str:
    return "; ".join(f"{_joined(words[s.start : s.end])} ({s.kind})" for s in spans)


def _joined(words: Sequence[str]) -> str:
    """Words with spaces between them, characters and marks of Chinese without."""
    text = " ".join(words)
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])", "", text)
