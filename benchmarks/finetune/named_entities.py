"""Named entities beside a conditional random field, on test sentences.

    UPWELL_DATA=... python benchmarks/finetune/named_entities.py wnut17 --learning-rate 1e-4
    UPWELL_DATA=... python benchmarks/finetune/named_entities.py cluener --model modernbert-small \\
        --pretrain-tokens 4000000 --learning-rate 1e-3 --epochs 10 --dropout 0.15
    UPWELL_DATA=... python benchmarks/finetune/named_entities.py weibo --model modernbert-small \\
        --pretrain-tokens 2000000 --learning-rate 1e-3 --epochs 20 --dropout 0.15

The peer is sklearn-crfsuite (0.5) with the usual features: neighboring words with their prefixes,
suffixes and shapes in English, and neighboring characters, bigrams and trigrams in Chinese. Its
penalties are selected on the dev sentences. CLUENER's test tags are not public: its dev part is the
test, and an eighth of its training part is the dev set. 90 % intervals over sentences, paired for
the difference; one line of JSON per seed.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import corpora
import numpy as np
import sklearn_crfsuite

from upwell.data.labeled import Row
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.metrics.bootstrap import bootstrap_interval
from upwell.metrics.entities import EntityCounts, count_entities, sum_counts

Sentence = tuple[list[str], list[str]]
"""Words and their tags."""

PENALTIES = ((0.1, 0.1), (0.3, 0.03))
"""Of the field: L1 and L2."""

PARTS = ("train", "dev", "test")


def wnut17(part: str) -> list[Sentence]:
    """WNUT17 (Derczynski et al. 2017): names that are rare, in tweets and posts."""
    return list(_conll(corpora.data() / "ner_en" / f"wnut17_{part}.conll"))


def weibo(part: str) -> list[Sentence]:
    """Names in posts of Weibo (Peng & Dredze 2015), without the position of characters in words."""
    path = corpora.data() / "ner_zh" / f"weiboner_{part}.conll"
    return [([w[:1] for w in words], tags) for words, tags in _conll(path)]


def cluener(part: str) -> list[Sentence]:
    """CLUENER2020 (Xu et al. 2020): ten kinds of names in headlines."""
    rows = list(_cluener("dev" if part == "test" else "train"))
    if part == "test":
        return rows
    random.Random(0).shuffle(rows)
    cut = len(rows) // 8
    return rows[:cut] if part == "dev" else rows[cut:]


SETS = {"wnut17": wnut17, "weibo": weibo, "cluener": cluener}


def _text(path: Path) -> str:
    packed = path.with_name(f"{path.name}.xz")
    data = path.read_bytes() if path.exists() else lzma.decompress(packed.read_bytes())
    return data.decode("utf-8")


def _conll(path: Path) -> Iterator[Sentence]:
    for block in _text(path).replace("\r", "").split("\n\n"):
        lines = [line.split("\t") for line in block.split("\n") if line.strip()]
        if lines:
            yield [line[0] for line in lines], [line[-1].strip() for line in lines]


def _cluener(part: str) -> Iterator[Sentence]:
    for line in _text(corpora.data() / "ner_zh" / f"cluener_{part}.jsonl").splitlines():
        record = json.loads(line)
        tags = ["O"] * len(record["text"])
        for kind, names in record["label"].items():
            for start, end in (span for spans in names.values() for span in spans):
                tags[start : end + 1] = [f"B-{kind}", *[f"I-{kind}"] * (end - start)]
        characters = [(c, tag) for c, tag in zip(record["text"], tags, strict=True) if c.strip()]
        yield [c for c, _ in characters], [tag for _, tag in characters]


def english(words: Sequence[str], position: int) -> dict[str, Any]:
    """What the field sees of a word: itself, its ends, its shape, and those of its neighbours."""
    features: dict[str, Any] = {"bias": 1.0}
    for step in (-2, -1, 0, 1, 2):
        if not 0 <= position + step < len(words):
            features[f"{step}:none"] = True
            continue
        word = words[position + step]
        shape = "".join(
            "X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else c for c in word
        )
        features |= {
            f"{step}:word": word.lower(),
            f"{step}:shape": shape,
            f"{step}:title": word.istitle(),
            f"{step}:upper": word.isupper(),
        }
        if not step:
            features |= {f"start{n}": word[:n] for n in (1, 2, 3)}
            features |= {f"end{n}": word[-n:] for n in (1, 2, 3)}
    return features


def chinese(words: Sequence[str], position: int) -> dict[str, Any]:
    """What the field sees of a character: itself and those around, in ones, twos and threes."""

    def at(step: int) -> str:
        return words[position + step] if 0 <= position + step < len(words) else "_"

    features: dict[str, Any] = {"bias": 1.0, "digit": at(0).isdigit(), "latin": at(0).isascii()}
    features |= {f"{s}": at(s) for s in (-2, -1, 0, 1, 2)}
    features |= {f"{s}two": at(s) + at(s + 1) for s in (-2, -1, 0, 1)}
    return features | {f"{s}three": at(s) + at(s + 1) + at(s + 2) for s in (-2, -1, 0)}


def field(parts: dict[str, list[Sentence]], look: Any) -> tuple[list[EntityCounts], dict[str, Any]]:
    """The field's entities in each test sentence, and which penalties it has."""
    seen = {
        p: [[look(words, n) for n in range(len(words))] for words, _ in rows]
        for p, rows in parts.items()
    }
    tags = {part: [each for _, each in rows] for part, rows in parts.items()}
    tried: list[tuple[float, tuple[float, float], Any]] = []
    for l1, l2 in PENALTIES:
        model = sklearn_crfsuite.CRF(c1=l1, c2=l2, max_iterations=100)
        model.fit(seen["train"], tags["train"])
        score = sum_counts(count_entities(model.predict(seen["dev"]), tags["dev"])).f1
        tried.append((score, (l1, l2), model))
    score, penalties, model = max(tried, key=lambda one: one[0])
    counts = count_entities(model.predict(seen["test"]), tags["test"])
    return counts, {"penalties": penalties, "dev_f1": round(score, 4)}


def ours(
    parts: dict[str, list[Sentence]], args: argparse.Namespace, seed: int
) -> tuple[list[EntityCounts], dict[str, Any]]:
    """Our model's entities in each test sentence, and how it came about."""
    with TemporaryDirectory() as tmp_dir:
        files = {}
        for part, rows in parts.items():
            blocks = ["\n".join(map("\t".join, zip(*row, strict=True))) for row in rows]
            files[part] = Path(tmp_dir) / f"{part}.conll"
            files[part].write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
        config = FinetuneConfig(
            model=args.model,
            data=files["train"],
            dev=files["dev"],
            test=files["test"],
            task="token-classification",
            method="full",
            seed=seed,
            pretrain_tokens=args.pretrain_tokens,
            hyperparameters=FinetuneHyperparameters(
                epochs=args.epochs,
                learning_rate=args.learning_rate,
                dropout=args.dropout,
                fgm_epsilon=args.fgm_epsilon,
                batch_size=args.batch_size,
                word_dropout=args.word_dropout,
            ),
        )
        start_time = time.process_time()
        out = Path(tmp_dir) / "out"
        card = finetune(config, out, lambda line: None, lambda *entry: None)
        seconds = time.process_time() - start_time
        test_rows = [
            Row(n, tuple(words), ()) for n, (words, _) in enumerate(parts["test"], start=1)
        ]
        predicted_tags = [one["tags"] for one in Predictor.from_pretrained(out)(test_rows)]
    counts = count_entities(predicted_tags, [tags for _, tags in parts["test"]])
    return counts, {
        "method": card.finetune.method,
        "params": card.ref.params,
        "cpu_seconds": round(seconds),
        "test_f1": round(card.scores[0].value, 4),
        "dev_f1": {one.method: round(one.score, 4) for one in card.candidates},
        "epochs": [round(each.score, 4) for each in card.candidates[-1].epoch_scores],
    }


def compare(mine: list[EntityCounts], other: list[EntityCounts]) -> dict[str, list[float]]:
    """F1 of both and of the first over the second, with intervals."""
    tables = [np.array([(c.tp, c.predicted, c.actual) for c in some]) for some in (mine, other)]

    def f1(table: Any) -> float:
        return sum_counts([EntityCounts(*map(int, table.sum(0)))]).f1

    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(mine), (1000, len(mine)))
    pairs = np.array([[f1(table[draw]) for table in tables] for draw in draws])
    both = [f1(table) for table in tables]
    series = {
        "f1": (both[0], pairs[:, 0]),
        "field": (both[1], pairs[:, 1]),
        "ahead": (both[0] - both[1], pairs[:, 0] - pairs[:, 1]),
    }
    return {
        name: [round(v, 4) for v in (value, *bootstrap_interval(list(some)))]
        for name, (value, some) in series.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=SETS)
    parser.add_argument("--model", default=corpora.MODEL)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--pretrain-tokens", type=int, default=0)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--word-dropout", type=float)
    parser.add_argument("--fgm-epsilon", type=float, default=0.0)
    args = parser.parse_args()
    parts = {part: SETS[args.rows](part) for part in PARTS}
    other, how = field(parts, english if args.rows == "wnut17" else chinese)
    print(json.dumps({"field": how}), flush=True)
    for seed in args.seeds:
        mine, record = ours(parts, args, seed)
        print(
            json.dumps(
                {
                    "date": str(date.today()),
                    "rows": args.rows,
                    "seed": seed,
                    **record,
                    **compare(mine, other),
                }
            ),
            flush=True,
        )


if __name__ == "__main__":
    main()
