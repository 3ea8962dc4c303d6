"""What a pretrained BERT is worth: beside counts of neighbours, and beside itself untrained.

    python -m benchmarks.bert.compare english out/bert-english
    python -m benchmarks.bert.compare chinese out/bert-chinese

After `benchmarks.bert.pretraining`, whatever it has made so far. All models guess exactly the same
hidden tokens of held-out texts; BERT sees 15 % of them hidden, the counts see the true neighbours.
Intervals are of 95 %, by a bootstrap over rows (of the difference in nats a token) and over test
texts (of the difference of the probe's accuracy, trained minus untrained).
"""

from __future__ import annotations

import argparse
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bert.ngrams import BothSides, KneserNey, Unigram
from benchmarks.bert.pretraining import ABILITIES
from upwell import models
from upwell.abilities import ask
from upwell.abilities.masked_words import items_of
from upwell.data import source, tokenizer
from upwell.data.sources.masked import _sentences
from upwell.store import Store

DRAWS = 2000
SIDE = 2
"""Neighbours on each side that are looked at."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def texts_of(spec: Any, words: Any) -> list[Ints]:
    """The training documents as ids."""
    found = _sentences(source(spec).of, words, "train")
    firsts = np.flatnonzero(np.diff(found.document, prepend=-1))
    borders = found.borders[[*firsts, len(found.document)]]
    return [found.ids[start:stop].astype(np.int64) for start, stop in pairwise(borders.tolist())]


def windows_of(items: list[Any], words: Any) -> list[Ints]:
    """For each item its hidden tokens with their true neighbours, [hidden, 5]."""
    found = []
    for item in items:
        shown, places = item.prompt.arrays["tokens"].copy(), item.prompt.arrays["places"]
        shown[places] = item.target
        shown[shown == words.bos] = words.sep
        padded = np.pad(shown, SIDE, constant_values=words.sep)
        found.append(np.stack([padded[places + shift] for shift in range(2 * SIDE + 1)], 1))
    return found


def interval(top: Floats, bottom: Floats) -> tuple[float, float, float]:
    """Ratio of sums over rows, and its 95 % interval."""
    dice = np.random.default_rng(0)
    chosen = dice.integers(len(top), size=(DRAWS, len(top)))
    drawn = top[chosen].sum(1) / bottom[chosen].sum(1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(top.sum() / bottom.sum()), float(low), float(high)


def shown(found: tuple[float, float, float]) -> str:
    return "{:+.3f} ({:+.3f} to {:+.3f})".format(*found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("language", choices=ABILITIES)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    folder = Store.open(asked.folder / "study").runs()[0]
    run = folder.run()
    words = tokenizer(str(run.model.tokenizer))
    network = models.named("bert").build(run.model, run.recipe, run.seed)
    refs = sorted(folder.models(), key=lambda ref: ref.tokens)
    items = items_of(run.data, 0, network.answerer(words))
    hidden = np.array([len(item.target) for item in items], dtype=float)
    windows = windows_of(items, words)
    texts = texts_of(run.data[0], words)
    size = words.size
    print(f"{date.today()}, {asked.language}: {sum(map(len, texts)):,} tokens of training text,")
    print(f"{size:,} different ones, {int(hidden.sum()):,} hidden in {len(items)} held-out rows\n")
    counted = {
        "unigram": Unigram(texts, size),
        "Kneser-Ney trigram": KneserNey(texts, size, words.sep),
        "both sides": BothSides(texts, size, words.sep),
    }
    nats = {
        name: np.array([-np.log(model(rows)).sum() for rows in windows])
        for name, model in counted.items()
    }
    for name, each in nats.items():
        print(f"{name}: {each.sum() / hidden.sum():.3f} nats a token")
    probe, untrained = ABILITIES[asked.language][-1], None
    for ref in refs:
        network.load_state_dict(folder.load_model(ref.id)[1])
        answerer = network.answerer(words)
        answers = ask(answerer, ref, "masked_words", data=run.data)
        ours = np.array([-sum(answer.token_logprobs) for answer in answers])
        print(f"\nBERT after {ref.tokens:,} tokens: {ours.sum() / hidden.sum():.3f} nats a token")
        for name, each in nats.items():
            print(f"  minus {name}: {shown(interval(ours - each, hidden))}")
        said = ask(answerer, ref, probe, data=run.data)
        right = np.array([answer.choices[int(np.argmax(answer.logprobs))] == answer.target
                          for answer in said], dtype=float)  # fmt: skip
        untrained = right if untrained is None else untrained
        gain = interval(right - untrained, np.ones_like(right))
        print(f"  {probe}: {right.mean():.3f}; minus untrained {shown(gain)}")


if __name__ == "__main__":
    main()
