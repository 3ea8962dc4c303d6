"""Answers in texts, beside a sliding window, on paragraphs nothing is chosen by.

    UPWELL_DATA=... python benchmarks/adapt/questions.py xquad --rounds 10
    UPWELL_DATA=... python benchmarks/adapt/questions.py cmrc --model modernbert-small \\
        --pretrain 4000000 --rate 1e-3 --rounds 8

Of XQuAD's 240 English paragraphs a third is for the test; of CMRC 2018 the development file is
learnt from, and the trial file tests. The window (after Richardson et al. 2013) takes the words,
or characters of Chinese, around which most of the question's rare ones stand; their number is
chosen on the training questions. One seed; 90 % intervals over questions.
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

import materials

from upwell.adapt.adapting import adapt
from upwell.adapt.answers import exact, f1
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import mean
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Row
from upwell.data.labelled.questions import read_questions

REACH = 10
"""Words on either side of an answer that are looked at."""

WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:[-'.][^\W\u3400-\u9fff]+)*")
"""A word, or a character of Chinese."""

SIZES = (1, 2, 3, 4, 6, 8, 12)
"""Words in an answer, that are tried."""


def paragraphs(name: str) -> list[Any]:
    """The paragraphs of a file of SQuAD's layout."""
    path = materials.data() / "qa" / f"{name}.json.xz"
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
    learn, test = paragraphs("cmrc2018_dev_squad"), paragraphs("cmrc2018_trial_squad")
    there = {paragraph["context"] for paragraph in learn}
    return {"train": learn, "test": [one for one in test if one["context"] not in there]}


SETS = {"xquad": xquad, "cmrc": cmrc}


def parted(name: str, folder: Path) -> tuple[Path, Path]:
    """Files of questions to learn from and to test on, no paragraph in both."""
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
    asked = {word.lower() for word in WORD.findall(row.texts[0])}
    worth = [math.log(1 + 1 / (1 + rare[w[0].lower()])) if w[0].lower() in asked else 0.0
             for w in words]  # fmt: skip
    best, place = -1.0, 0
    for start in range(max(1, len(words) - size + 1)):
        if any(worth[start : start + size]):
            continue
        near = worth[max(0, start - REACH) : start] + worth[start + size : start + size + REACH]
        if sum(near) > best:
            best, place = sum(near), start
    return context[words[place].start() : words[min(place + size, len(words)) - 1].end()]


def peer(train: Path, test: Path) -> dict[str, Any]:
    """F1 and exact match of the window."""
    learn, held = read_questions(train).rows, read_questions(test).rows
    rare = Counter(w.lower() for row in learn for w in WORD.findall(row.texts[1]))

    def scored(rows: Any, size: int, measure: Any) -> list[float]:
        return [measure(window(row, rare, size), [text for text, _ in row.truth]) for row in rows]

    size = max(SIZES, key=lambda n: sum(scored(learn, n, f1)))
    both = {
        "f1": mean("f1", scored(held, size, f1)),
        "exact": mean("exact", scored(held, size, exact)),
    }
    return {"words": size} | {
        name: [round(v, 4) for v in (one.value, one.low, one.high)] for name, one in both.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=SETS)
    parser.add_argument("--model", default=materials.MODEL)
    parser.add_argument("--pretrain", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--length", type=int, default=192)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--hide", type=float)
    asked = parser.parse_args()
    with TemporaryDirectory() as place:
        train, test = parted(asked.rows, Path(place))
        wanted = Wanted(
            model=asked.model, data=train, test=test, task="answer", method="full",
            pretrain=asked.pretrain,
            dials=Dials(rounds=asked.rounds, rate=asked.rate, length=asked.length, batch=16,
                        hide=asked.hide),
        )  # fmt: skip
        began = time.process_time()
        made = adapt(wanted, Path(place) / "out", print, lambda *moment: None)
        took = time.process_time() - began
        print(json.dumps({
            "date": str(date.today()), "rows": asked.rows, "learnt": made.learnt,
            "cpu_seconds": round(took),
            "ours": {
                one.metric: [round(v, 4) for v in (one.value, one.low, one.high)]
                for one in made.scores
            },
            "window": peer(train, test),
        }))  # fmt: skip


if __name__ == "__main__":
    main()
