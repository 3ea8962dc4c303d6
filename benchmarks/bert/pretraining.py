"""Pretrain BERT on 10 MB of text, English or Chinese, and evaluate it.

    python -m benchmarks.bert.pretraining english out/bert-english
    python -m benchmarks.bert.pretraining chinese out/bert-chinese

The same command resumes an interrupted run. The English text is the dialogue of the package
chitchat-dataset. The Chinese text is the shop reviews (12 % of them negative) of the folder that
UPWELL_DATA names. `benchmarks.bert.compare` compares the model with its baselines.
"""

from __future__ import annotations

import argparse
import csv
import io
import lzma
import os
from dataclasses import dataclass
from pathlib import Path

from upwell.data import load_tokenizer
from upwell.records import DataSpec, ModelSpec, Run, Study, Train
from upwell.store import Store
from upwell.study import build_runs, execute_run

VOCAB_SIZE = 8000
WIDTH, DEPTH, CONTEXT, BATCH = 128, 3, 64, 16
ABILITIES = {
    "english": ("masked_tokens", "next_sentence", "probe_english"),
    "chinese": ("masked_tokens", "next_sentence", "probe_chinese"),
}


@dataclass(frozen=True)
class Text:
    """Options of the source of the training text, and the tokenizer."""

    options: dict[str, str]
    tokenizer: str


def text_of(language: str, folder: Path) -> Text:
    """The text of a language. The Chinese text is written to `folder` once."""
    if language == "english":
        return Text({"text_source": "chitchat"}, f"wordpiece:chitchat:{VOCAB_SIZE}")
    path = folder / "reviews.txt"
    if not path.is_file():
        path.write_text("\n\n".join(_reviews()), encoding="utf-8")
    tokenizer_path = folder / "tokenizer.json"
    if not tokenizer_path.is_file():
        _train(path, folder)
    return Text({"text_source": "text", "path": str(path)}, str(tokenizer_path))


def study_of(language: str, folder: Path, milestones: tuple[int, ...]) -> Study:
    """One rung and one seed: no ladder, but tokenizer_path, asked and kept as a study is."""
    text = text_of(language, folder)
    size = {"width": WIDTH, "depth": DEPTH, "vocab_size": load_tokenizer(text.tokenizer).size}
    return Study(
        name=f"bert-{language}",
        question="What does a small BERT learn from 10 MB of text?",
        hypothesis="More than n-gram counts, and features that separate praise from blame.",
        ladder=(ModelSpec(family="bert", hparams=size, tokenizer=text.tokenizer),),
        data=(DataSpec(source="masked_lm", options={**text.options, "mlm_probability": 0.3}),),
        recipe=Train(
            context_length=CONTEXT, batch_size=BATCH, learning_rate=0.006, embedding_lr=0.003,
            checkpoint_seconds=60.0,
        ),
        abilities=ABILITIES[language],
        milestones=milestones,
        held_out=0,
    )  # fmt: skip


def run_of(language: str, folder: Path, milestones: tuple[int, ...]) -> tuple[Run, Store]:
    """The run and its store."""
    study = study_of(language, folder, milestones)
    return build_runs(study)[0], Store.create(folder / "study", study)


def _reviews() -> list[str]:
    path = Path(os.environ["UPWELL_DATA"]) / "cls_zh" / "online_shopping_10_cats.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(io.StringIO(file.read().lstrip("\ufeff"))))
    return list(dict.fromkeys(" ".join(row["review"].split()) for row in rows))


def _train(path: Path, folder: Path) -> None:
    from upwell.data import train_wordpiece
    from upwell.data.reading.corpus import load_corpus

    spec = DataSpec(source="text", options={"path": str(path)})
    texts = load_corpus(spec, load_tokenizer("bytes")).documents
    train_wordpiece(texts, VOCAB_SIZE).save(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("language", choices=ABILITIES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, nargs="+", default=[1_000_000, 4_000_000, 12_000_000])
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    run, store = run_of(args.language, args.folder, tuple(args.tokens))
    execute_run(run, store)


if __name__ == "__main__":
    main()
