"""The sets of pairs, their vocabularies, and the runs that everything here uses."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from upwell.data import pairs, tokenizer, train_bpe
from upwell.records import DataSpec, ModelSpec, Run, Train

CORPUS = Path(os.environ.get("UPWELL_DATA", "data")) / "mt"
OUT = Path("out/translation")
WIDTH, DEPTH = 128, 2


@dataclass(frozen=True)
class Task:
    """One direction of one set."""

    name: str
    files: dict[str, str]
    """Options of the source `pairs`, paths relative to the corpus."""

    vocabulary: int
    context: int
    batch: int
    steps: tuple[int, ...]
    """Optimiser steps at the milestones."""

    bleu: str
    """How sacrebleu is to cut its words."""

    def rows(self, split: str = "train") -> DataSpec:
        """The pairs of a split."""
        options = {key: str(CORPUS / file) for key, file in self.files.items()}
        return DataSpec(source="pairs", split=split, options=options)

    def words(self) -> str:
        """Name of a vocabulary learnt from both sides of the training rows; made if need be."""
        folder = OUT / self.name / "words"
        if not (folder / "tokenizer.json").exists():
            texts = itertools.chain.from_iterable(pairs(self.rows()))
            train_bpe(texts, self.vocabulary).save(folder)
        return str(folder)

    def run(self, seed: int = 0) -> Run:
        """Two layers and two of width 128."""
        name = self.words()
        size = {"width": WIDTH, "depth": DEPTH, "head": 32, "vocabulary": tokenizer(name).size}
        return Run(
            id=f"translator-s{seed}",
            study=self.name,
            recipe=Train(
                learning_rate=0.01,
                context=self.context,
                batch=self.batch,
                dropout=0.1,
                label_smoothing=0.1,
                checkpoint_seconds=60.0,
            ),
            model=ModelSpec(family="translator", size=size, tokenizer=name),
            data=(self.rows(),),
            seed=seed,
            milestones=tuple(steps * self.batch * self.context for steps in self.steps),
            abilities=("translation",),
            shots=(0,),
            code="bench",
        )


def _captions(language: str) -> Task:
    """Multi30k from English: 29,000 captions to train on, and the 1,000 of test_2016_flickr."""
    return Task(
        name=f"multi30k-{language}",
        files={
            "path": "multi30k/train.en.xz",
            "to_path": f"multi30k/train.{language}.xz",
            "test_path": "multi30k/test_2016_flickr.en",
            "test_to_path": f"multi30k/test_2016_flickr.{language}",
        },
        vocabulary=4000,
        context=48,
        batch=32,
        steps=STEPS[language],
        bleu="13a",
    )


STEPS = {"de": (1200, 2400, 4800, 9600), "fr": (1600, 6400, 12800)}
"""An epoch has 906."""

TASKS = {
    "multi30k-de": _captions("de"),
    "multi30k-fr": _captions("fr"),
    "tatoeba-zh": Task(
        name="tatoeba-zh",
        files={"path": "tatoeba_cmn_eng.tsv.xz"},
        vocabulary=5000,
        context=32,
        batch=64,
        steps=(800, 1600, 3200, 6400),
        bleu="zh",
    ),
}
