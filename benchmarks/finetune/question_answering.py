"""Extractive question answering on test paragraphs, beside a sliding window.

    UPWELL_DATA=... python benchmarks/finetune/question_answering.py xquad --epochs 10
    UPWELL_DATA=... python benchmarks/finetune/question_answering.py cmrc \\
        --model modernbert-small --pretrain-tokens 4000000 --learning-rate 1e-3 --epochs 8

A third of XQuAD's 240 English paragraphs is the test. For CMRC 2018, the dev file is for training
and the trial file is the test. The window (after Richardson et al. 2013) answers with the words, or
Chinese characters, whose neighbors share the most rare words with the question. Their number is
selected on the training questions. One seed; 90 % intervals over questions.
"""

from __future__ import annotations

import argparse
import json
import lzma
import math
import re
import time
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import corpora

from upwell.data.labeled import Row
from upwell.data.labeled.question_answering import read_questions
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.metrics.bootstrap import mean_score
from upwell.metrics.squad import exact_match, f1

REACH = 10
"""Words on either side of an answer that are looked at."""

WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:[-'.][^\W\u3400-\u9fff]+)*")
"""A word, or a character of Chinese."""

SIZES = (1, 2, 3, 4, 6, 8, 12)
"""Words in an answer, that are tried."""


def paragraphs(name: str) -> list[Any]:
    """The paragraphs of a file of SQuAD's layout."""
    path = corpora.data() / "qa" / f"{name}.json.xz"
    articles = json.loads(lzma.decompress(path.read_bytes()))["data"]
    return [paragraph for article in articles for paragraph in article["paragraphs"]]


def xquad() -> dict[str, list[Any]]:
    """Paragraphs of Wikipedia in English."""
    parts: dict[str, list[Any]] = {"train": [], "test": []}
    for paragraph in paragraphs("xquad.en"):
        draw = sha256(paragraph["context"].encode()).digest()[0] % 3
        parts["train" if draw else "test"].append(paragraph)
    return parts


def cmrc() -> dict[str, list[Any]]:
    """Paragraphs of Wikipedia in Chinese."""
    train, test = paragraphs("cmrc2018_dev_squad"), paragraphs("cmrc2018_trial_squad")
    there = {paragraph["context"] for paragraph in train}
    return {"train": train, "test": [one for one in test if one["context"] not in there]}


SETS = {"xquad": xquad, "cmrc": cmrc}


def write_splits(name: str, folder: Path) -> tuple[Path, Path]:
    """Training and test files of questions, without a common paragraph."""
    files = []
    parts = SETS[name]()
    for name, some in parts.items():
        files.append(folder / f"{name}.json")
        files[-1].write_text(json.dumps({"data": [{"paragraphs": [one]} for one in some]}))
    return files[0], files[1]


def window(row: Row, rare: Counter[str], size: int) -> str:
    """The words whose neighbours are most like the question."""
    context = row.texts[1]
    words = list(WORD.finditer(context))
    question = {word.lower() for word in WORD.findall(row.texts[0])}
    worth = [
        math.log(1 + 1 / (1 + rare[w[0].lower()])) if w[0].lower() in question else 0.0
        for w in words
    ]
    best, position = -1.0, 0
    for start in range(max(1, len(words) - size + 1)):
        if any(worth[start : start + size]):
            continue
        near = worth[max(0, start - REACH) : start] + worth[start + size : start + size + REACH]
        if sum(near) > best:
            best, position = sum(near), start
    return context[words[position].start() : words[min(position + size, len(words)) - 1].end()]


def peer(train: Path, test: Path) -> dict[str, Any]:
    """F1 and exact match of the window."""
    train_rows, test_rows = read_questions(train).rows, read_questions(test).rows
    rare = Counter(w.lower() for row in train_rows for w in WORD.findall(row.texts[1]))

    def score_rows(rows: Any, size: int, measure: Any) -> list[float]:
        return [measure(window(row, rare, size), [text for text, _ in row.target]) for row in rows]

    size = max(SIZES, key=lambda n: sum(score_rows(train_rows, n, f1)))
    both = {
        "f1": mean_score("f1", score_rows(test_rows, size, f1)),
        "exact": mean_score("exact", score_rows(test_rows, size, exact_match)),
    }
    return {"words": size} | {
        name: [round(v, 4) for v in (one.value, one.interval_low, one.interval_high)]
        for name, one in both.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=SETS)
    parser.add_argument("--model", default=corpora.MODEL)
    parser.add_argument("--pretrain-tokens", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--max-length", type=int, default=192)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--word-dropout", type=float)
    args = parser.parse_args()
    with TemporaryDirectory() as tmp_dir:
        train, test = write_splits(args.rows, Path(tmp_dir))
        config = FinetuneConfig(
            model=args.model,
            data=train,
            test=test,
            task="question-answering",
            method="full",
            pretrain_tokens=args.pretrain_tokens,
            hyperparameters=FinetuneHyperparameters(
                epochs=args.epochs,
                learning_rate=args.learning_rate,
                max_length=args.max_length,
                batch_size=16,
                word_dropout=args.word_dropout,
            ),
        )
        start_time = time.process_time()
        card = finetune(config, Path(tmp_dir) / "out", print, lambda *entry: None)
        seconds = time.process_time() - start_time
        print(
            json.dumps(
                {
                    "date": str(date.today()),
                    "rows": args.rows,
                    "train_rows": card.train_rows,
                    "cpu_seconds": round(seconds),
                    "ours": {
                        one.metric: [
                            round(v, 4) for v in (one.value, one.interval_low, one.interval_high)
                        ]
                        for one in card.scores
                    },
                    "window": peer(train, test),
                }
            )
        )


if __name__ == "__main__":
    main()
