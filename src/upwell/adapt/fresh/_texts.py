"""Fresh encoders with a vocabulary of the rows' own words, pretrained on their texts where asked.

They are families of `upwell.models`, grown as in a study and exported; Chinese characters stand
alone, so that tags can be told of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import models
from ...data import Tokenizer, train_wordpiece
from ...records import DataSpec, ModelSpec, Progress, Run, Train, fingerprint
from ...store import RunFolder
from ...store.atomic import write_bytes
from ...train import grow
from ..identity import code_version
from . import Order, Watch

VOCABULARY = 8000
CONTEXT = 128
"""Tokens of a row that it can read."""

RECIPE = Train(context=CONTEXT, batch=8, learning_rate=0.006, vector_rate=0.003)

SHARE = 0.3
"""Of the words, hidden: texts are few, and each place that is asked for teaches (Wettig et al.
2023, arXiv 2202.08005)."""

ROWS = 8
"""Of a document to pretrain on."""


def grown(name: str, order: Order, folder: Path) -> None:
    """The folder of a model of a family. SpecError, DataError for rows with too few words."""
    words = train_wordpiece(order.texts, VOCABULARY, exact=False)
    family, spec = models.named(name), _spec(name, order.size, words.size, None)
    network = family.build(spec, RECIPE, order.seed)
    if order.pretrain:
        network.load_state_dict(_pretrained(name, order, words))
    for file, data in family.export(network.eval(), words).files.items():
        write_bytes(folder / file, data)


def _spec(family: str, size: Mapping[str, int], vocabulary: int, words: str | None) -> ModelSpec:
    return ModelSpec(family=family, size={**size, "vocabulary": vocabulary}, tokenizer=words)


def _pretrained(family: str, order: Order, words: Tokenizer) -> Mapping[str, Any]:
    """Weights that have learnt to guess hidden words of the texts; a killed act goes on."""
    place = order.work / f"texts-{fingerprint(order.data.digest, RECIPE)[:8]}"
    place.mkdir(parents=True, exist_ok=True)
    name = str(words.save(place))
    write_bytes(place / "texts.txt", "\n\n".join(_documents(order.texts)).encode())
    spec = _spec(family, order.size, words.size, name)
    options: dict[str, str | float] = {
        "of": "text",
        "path": str(place / "texts.txt"),
        "share": SHARE,
    }
    data = (DataSpec(source="masked", options=options),)
    code = code_version()
    asked = spec, data, order.data.digest, RECIPE, order.seed, order.pretrain, code
    run = Run(
        id=f"pretrain-s{order.seed}-{fingerprint(*asked)[:8]}",
        study="adapt",
        recipe=RECIPE,
        model=spec,
        data=data,
        seed=order.seed,
        milestones=(order.pretrain,),
        abilities=(),
        shots=(),
        code=code,
    )
    told = _Told(order.work / run.id, order.watch, order.pretrain // (RECIPE.batch * CONTEXT))
    with told.writing(run):
        *_, (ref, _) = grow(run, told)
    return told.load_model(ref.id)[1]


class _Told(RunFolder):
    """A run's folder that tells how training goes."""

    def __init__(self, path: Path, watch: Watch, steps: int) -> None:
        super().__init__(path)
        self._watch, self._steps = watch, steps

    def progress(self, moment: Progress) -> None:
        super().progress(moment)
        self._watch(moment, self._steps, RECIPE.batch)


def _documents(texts: Sequence[str]) -> Iterator[str]:
    """Rows, a few together on lines of their own: what a sentence is followed by is not known."""
    lines = [" ".join(text.split()) for text in texts if text.strip()]
    for start in range(0, len(lines), ROWS):
        yield "\n".join(lines[start : start + ROWS])
