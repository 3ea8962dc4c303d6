"""BERT pretrained on 10 MB of text, English or Chinese, and asked what it has learnt.

    python -m benchmarks.bert.pretraining english out/bert-english
    python -m benchmarks.bert.pretraining chinese out/bert-chinese

Stopped and started again it goes on where it was. English is the dialogue that chitchat-dataset
carries; Chinese is the shop reviews (12 % of them against) of the folder that UPWELL_DATA names,
written out as text. `benchmarks.bert.compare` tells what it is worth.
"""

from __future__ import annotations

import argparse
import csv
import io
import lzma
import os
from dataclasses import dataclass
from pathlib import Path

from upwell.data import tokenizer
from upwell.records import DataSpec, ModelSpec, Run, Study, Train
from upwell.store import Store
from upwell.study import do, runs_of

VOCABULARY = 8000
WIDTH, DEPTH, CONTEXT, BATCH = 128, 3, 64, 16
ABILITIES = {
    "english": ("masked_words", "next_sentence", "probe_english"),
    "chinese": ("masked_words", "next_sentence", "probe_chinese"),
}


@dataclass(frozen=True)
class Text:
    """What is learnt from, and what reads it."""

    options: dict[str, str]
    tokenizer: str


def text_of(language: str, folder: Path) -> Text:
    """The text of a language; `folder` holds the Chinese one, which is written there once."""
    if language == "english":
        return Text({"of": "chitchat"}, f"wordpiece:chitchat:{VOCABULARY}")
    path = folder / "reviews.txt"
    if not path.is_file():
        path.write_text("\n\n".join(_reviews()), encoding="utf-8")
    made = folder / "tokenizer.json"
    if not made.is_file():
        _train(path, folder)
    return Text({"of": "text", "path": str(path)}, str(made))


def study_of(language: str, folder: Path, milestones: tuple[int, ...]) -> Study:
    """One rung and one seed: no ladder, but made, asked and kept as a study is."""
    text = text_of(language, folder)
    size = {"width": WIDTH, "depth": DEPTH, "vocabulary": tokenizer(text.tokenizer).size}
    return Study(
        name=f"bert-{language}",
        question="What does a small BERT learn from 10 MB of text?",
        expected="More than counts of neighbours tell, and features that tell praise from blame.",
        ladder=(ModelSpec(family="bert", size=size, tokenizer=text.tokenizer),),
        data=(DataSpec(source="masked", options={**text.options, "share": 0.3}),),
        recipe=Train(
            context=CONTEXT, batch=BATCH, learning_rate=0.006, vector_rate=0.003,
            checkpoint_seconds=60.0,
        ),
        abilities=ABILITIES[language],
        milestones=milestones,
        held_out=0,
    )  # fmt: skip


def run_of(language: str, folder: Path, milestones: tuple[int, ...]) -> tuple[Run, Store]:
    """The run, and where it is kept."""
    study = study_of(language, folder, milestones)
    return runs_of(study)[0], Store.create(folder / "study", study)


def _reviews() -> list[str]:
    path = Path(os.environ["UPWELL_DATA"]) / "cls_zh" / "online_shopping_10_cats.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(io.StringIO(file.read().lstrip("\ufeff"))))
    return list(dict.fromkeys(" ".join(row["review"].split()) for row in rows))


def _train(path: Path, folder: Path) -> None:
    from upwell.data import train_wordpiece
    from upwell.data.corpus import corpus

    spec = DataSpec(source="text", options={"path": str(path)})
    texts = corpus(spec, tokenizer("bytes")).documents
    train_wordpiece(texts, VOCABULARY).save(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("language", choices=ABILITIES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, nargs="+", default=[1_000_000, 4_000_000, 12_000_000])
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    run, store = run_of(asked.language, asked.folder, tuple(asked.tokens))
    do(run, store)


if __name__ == "__main__":
    main()
