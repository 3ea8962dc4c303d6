"""Named entities beside a conditional random field, on sentences that nothing is chosen by.

    UPWELL_DATA=... python benchmarks/adapt/names.py wnut17 --rate 1e-4
    UPWELL_DATA=... python benchmarks/adapt/names.py cluener --model modernbert-small \\
        --pretrain 4000000 --rate 1e-3 --rounds 10 --dropout 0.15
    UPWELL_DATA=... python benchmarks/adapt/names.py weibo --model modernbert-small \\
        --pretrain 2000000 --rate 1e-3 --rounds 20 --dropout 0.15

The peer is sklearn-crfsuite (0.5) with its usual features: the words around, their beginnings and
ends, and their shapes in English; the characters around, in twos and threes, in Chinese. Its
penalties are chosen on the development sentences. CLUENER's test tags are not public: its
development part is the test, and an eighth of its training part chooses. 90 % intervals over
sentences, those of the difference paired; one line of JSON a seed.
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

import materials
import numpy as np
import sklearn_crfsuite

from upwell.adapt.adapting import adapt
from upwell.adapt.entities import Counts, counted, together
from upwell.adapt.predicting import Predictor
from upwell.adapt.recipes import Dials
from upwell.adapt.scoring import interval
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Row

Sentence = tuple[list[str], list[str]]
"""Words and their tags."""

PENALTIES = ((0.1, 0.1), (0.3, 0.03))
"""Of the field: L1 and L2."""

PARTS = ("train", "dev", "test")


def wnut17(part: str) -> list[Sentence]:
    """WNUT17 (Derczynski et al. 2017): names that are rare, in tweets and posts."""
    return list(_conll(materials.data() / "ner_en" / f"wnut17_{part}.conll"))


def weibo(part: str) -> list[Sentence]:
    """Names in posts of Weibo (Peng & Dredze 2015); a character's place in its word is left out."""
    path = materials.data() / "ner_zh" / f"weiboner_{part}.conll"
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
    for line in _text(materials.data() / "ner_zh" / f"cluener_{part}.jsonl").splitlines():
        told = json.loads(line)
        tags = ["O"] * len(told["text"])
        for kind, names in told["label"].items():
            for start, end in (span for spans in names.values() for span in spans):
                tags[start : end + 1] = [f"B-{kind}", *[f"I-{kind}"] * (end - start)]
        kept = [(c, tag) for c, tag in zip(told["text"], tags, strict=True) if c.strip()]
        yield [c for c, _ in kept], [tag for _, tag in kept]


def english(words: Sequence[str], place: int) -> dict[str, Any]:
    """What the field sees of a word: itself, its ends, its shape, and those of its neighbours."""
    found: dict[str, Any] = {"bias": 1.0}
    for step in (-2, -1, 0, 1, 2):
        if not 0 <= place + step < len(words):
            found[f"{step}:none"] = True
            continue
        word = words[place + step]
        shape = "".join("X" if c.isupper() else "x" if c.islower() else "9" if c.isdigit() else c
                        for c in word)  # fmt: skip
        found |= {f"{step}:word": word.lower(), f"{step}:shape": shape,
                  f"{step}:title": word.istitle(), f"{step}:upper": word.isupper()}  # fmt: skip
        if not step:
            found |= {f"start{n}": word[:n] for n in (1, 2, 3)}
            found |= {f"end{n}": word[-n:] for n in (1, 2, 3)}
    return found


def chinese(words: Sequence[str], place: int) -> dict[str, Any]:
    """What the field sees of a character: itself and those around, in ones, twos and threes."""

    def at(step: int) -> str:
        return words[place + step] if 0 <= place + step < len(words) else "_"

    found: dict[str, Any] = {"bias": 1.0, "digit": at(0).isdigit(), "latin": at(0).isascii()}
    found |= {f"{s}": at(s) for s in (-2, -1, 0, 1, 2)}
    found |= {f"{s}two": at(s) + at(s + 1) for s in (-2, -1, 0, 1)}
    return found | {f"{s}three": at(s) + at(s + 1) + at(s + 2) for s in (-2, -1, 0)}


def field(parts: dict[str, list[Sentence]], look: Any) -> tuple[list[Counts], dict[str, Any]]:
    """The field's entities in each test sentence, and which penalties it has."""
    seen = {p: [[look(words, n) for n in range(len(words))] for words, _ in rows]
            for p, rows in parts.items()}  # fmt: skip
    tags = {part: [each for _, each in rows] for part, rows in parts.items()}
    tried: list[tuple[float, tuple[float, float], Any]] = []
    for l1, l2 in PENALTIES:
        model = sklearn_crfsuite.CRF(c1=l1, c2=l2, max_iterations=100)
        model.fit(seen["train"], tags["train"])
        score = together(counted(model.predict(seen["dev"]), tags["dev"])).f1
        tried.append((score, (l1, l2), model))
    score, penalties, model = max(tried, key=lambda one: one[0])
    counts = counted(model.predict(seen["test"]), tags["test"])
    return counts, {"penalties": penalties, "development": round(score, 4)}


def ours(
    parts: dict[str, list[Sentence]], asked: argparse.Namespace, seed: int
) -> tuple[list[Counts], dict[str, Any]]:
    """Our model's entities in each test sentence, and how it came about."""
    with TemporaryDirectory() as place:
        files = {}
        for part, rows in parts.items():
            blocks = ["\n".join(map("\t".join, zip(*row, strict=True))) for row in rows]
            files[part] = Path(place) / f"{part}.conll"
            files[part].write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
        wanted = Wanted(
            model=asked.model, data=files["train"], dev=files["dev"], test=files["test"],
            task="tag", method="full", seed=seed, pretrain=asked.pretrain,
            dials=Dials(rounds=asked.rounds, rate=asked.rate, dropout=asked.dropout,
                        adversarial=asked.adversarial, batch=asked.batch, hide=asked.hide),
        )  # fmt: skip
        began = time.process_time()
        out = Path(place) / "out"
        made = adapt(wanted, out, lambda line: None, lambda *moment: None)
        took = time.process_time() - began
        unseen = [Row(n, tuple(words), ()) for n, (words, _) in enumerate(parts["test"], start=1)]
        said = [one["tags"] for one in Predictor(out)(unseen)]
    counts = counted(said, [tags for _, tags in parts["test"]])
    return counts, {
        "shipped": made.adapt.method, "params": made.ref.params, "cpu_seconds": round(took),
        "told": round(made.scores[0].value, 4),
        "development": {one.method: round(one.score, 4) for one in made.tried},
        "rounds": [round(each.score, 4) for each in made.tried[-1].rounds],
    }  # fmt: skip


def compared(mine: list[Counts], other: list[Counts]) -> dict[str, list[float]]:
    """F1 of both and of the first over the second, with intervals."""
    tables = [np.array([(c.right, c.said, c.there) for c in some]) for some in (mine, other)]

    def f1(table: Any) -> float:
        return together([Counts(*map(int, table.sum(0)))]).f1

    dice = np.random.default_rng(0)
    draws = dice.integers(0, len(mine), (1000, len(mine)))
    pairs = np.array([[f1(table[draw]) for table in tables] for draw in draws])
    both = [f1(table) for table in tables]
    series = {"f1": (both[0], pairs[:, 0]), "field": (both[1], pairs[:, 1]),
              "ahead": (both[0] - both[1], pairs[:, 0] - pairs[:, 1])}  # fmt: skip
    return {
        name: [round(v, 4) for v in (value, *interval(list(some)))]
        for name, (value, some) in series.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("rows", choices=SETS)
    parser.add_argument("--model", default=materials.MODEL)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--pretrain", type=int, default=0)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--dropout", type=float)
    parser.add_argument("--hide", type=float)
    parser.add_argument("--adversarial", type=float, default=0.0)
    asked = parser.parse_args()
    parts = {part: SETS[asked.rows](part) for part in PARTS}
    other, how = field(parts, english if asked.rows == "wnut17" else chinese)
    print(json.dumps({"field": how}), flush=True)
    for seed in asked.seeds:
        mine, told = ours(parts, asked, seed)
        print(json.dumps({"date": str(date.today()), "rows": asked.rows, "seed": seed, **told,
                          **compared(mine, other)}), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
