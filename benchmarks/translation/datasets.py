"""Data sets, tokenizers and runs of the translation benchmarks."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from upwell.data import load_pairs, load_tokenizer, train_bpe
from upwell.records import DataSpec, ModelSpec, Run, Train

CORPUS = Path(os.environ.get("UPWELL_DATA", "data")) / "mt"
OUT = Path("out/translation")
WIDTH, DEPTH = 128, 2


@dataclass(frozen=True)
class Task:
    """One data set and direction."""

    name: str
    files: dict[str, str]
    """Options of the source `parallel_text`, paths relative to the corpus."""

    vocab_size: int
    context: int
    batch_size: int
    steps: tuple[int, ...]
    """Optimizer steps at the milestones."""

    bleu: str
    """sacrebleu's tokenizer."""

    def rows(self, split: str = "train") -> DataSpec:
        """The pairs of a split."""
        options = {key: str(CORPUS / file) for key, file in self.files.items()}
        return DataSpec(source="parallel_text", split=split, options=options)

    def tokenizer_path(self) -> str:
        """Folder of a tokenizer trained on both sides of the training pairs; trained if missing."""
        folder = OUT / self.name / "tokenizer"
        if not (folder / "tokenizer.json").exists():
            texts = itertools.chain.from_iterable(load_pairs(self.rows()))
            train_bpe(texts, self.vocab_size).save(folder)
        return str(folder)

    def run(self, seed: int = 0) -> Run:
        """The run: two encoder and two decoder layers of width 128."""
        name = self.tokenizer_path()
        size = {
            "width": WIDTH,
            "depth": DEPTH,
            "head_dim": 32,
            "vocab_size": load_tokenizer(name).size,
        }
        return Run(
            id=f"translator-s{seed}",
            study=self.name,
            recipe=Train(
                learning_rate=0.01,
                context_length=self.context,
                batch_size=self.batch_size,
                dropout=0.1,
                label_smoothing=0.1,
                checkpoint_seconds=60.0,
            ),
            model=ModelSpec(family="encoder_decoder", hparams=size, tokenizer=name),
            data=(self.rows(),),
            seed=seed,
            milestones=tuple(steps * self.batch_size * self.context for steps in self.steps),
            abilities=("translation",),
            shots=(0,),
            code_version="bench",
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
        vocab_size=4000,
        context=48,
        batch_size=32,
        steps=STEPS[language],
        bleu="13a",
    )


STEPS = {"de": (1200, 2400, 4800, 9600), "fr": (1600, 6400, 12800)}
"""An epoch has 906 steps."""

TASKS = {
    "multi30k-de": _captions("de"),
    "multi30k-fr": _captions("fr"),
    "tatoeba-zh": Task(
        name="tatoeba-zh",
        files={"path": "tatoeba_cmn_eng.tsv.xz"},
        vocab_size=5000,
        context=32,
        batch_size=64,
        steps=(800, 1600, 3200, 6400),
        bleu="zh",
    ),
}
