"""A pretrained BERT beside n-gram counts, and beside the untrained network.

    python -m benchmarks.bert.compare english out/bert-english
    python -m benchmarks.bert.compare chinese out/bert-chinese

Reads the milestones that `benchmarks.bert.pretraining` has saved so far. All models predict the
same masked tokens of held-out texts. BERT sees 15 % of the tokens masked; the counts see the true
neighbors. Intervals are 95 % bootstrap intervals: over rows for the difference in nats per token,
and over test texts for the accuracy of the probe, trained minus untrained.
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
from upwell.data import load_source, load_tokenizer
from upwell.data.sources.masked_lm import _load_sentences
from upwell.evaluation import evaluate
from upwell.evaluation.builtin.masked_lm import MaskedTokens
from upwell.store import Store

DRAWS = 2000
SIDE = 2
"""Neighbors on each side of a token."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def texts_of(spec: Any, tokenizer: Any) -> list[Ints]:
    """The training documents as ids."""
    sentences = _load_sentences(load_source(spec).text_source, tokenizer, "train")
    firsts = np.flatnonzero(np.diff(sentences.document, prepend=-1))
    bounds = sentences.offsets[[*firsts, len(sentences.document)]]
    return [sentences.ids[start:stop].astype(np.int64) for start, stop in pairwise(bounds.tolist())]


def windows_of(items: list[Any], tokenizer: Any) -> list[Ints]:
    """For each item its masked tokens with their true neighbors, [masked, 5]."""
    out = []
    for item in items:
        tokens, positions = item.prompt.arrays["tokens"].copy(), item.prompt.arrays["positions"]
        tokens[positions] = item.target
        tokens[tokens == tokenizer.bos] = tokenizer.sep
        padded = np.pad(tokens, SIDE, constant_values=tokenizer.sep)
        out.append(np.stack([padded[positions + shift] for shift in range(2 * SIDE + 1)], 1))
    return out


def interval(top: Floats, bottom: Floats) -> tuple[float, float, float]:
    """Ratio of sums over rows, and its 95 % interval."""
    rng = np.random.default_rng(0)
    indices = rng.integers(len(top), size=(DRAWS, len(top)))
    ratios = top[indices].sum(1) / bottom[indices].sum(1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(top.sum() / bottom.sum()), float(low), float(high)


def format_interval(estimate: tuple[float, float, float]) -> str:
    return "{:+.3f} ({:+.3f} to {:+.3f})".format(*estimate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("language", choices=ABILITIES)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    folder = Store.open(args.folder / "study").runs()[0]
    run = folder.run()
    tokenizer = load_tokenizer(str(run.model.tokenizer))
    network = models.load_family("bert").build(run.model, run.recipe, run.seed)
    refs = sorted(folder.models(), key=lambda ref: ref.tokens)
    items = MaskedTokens().items_from_data(
        run.data, 0, models.load_family("bert").as_lm(network, tokenizer)
    )
    masked = np.array([len(item.target) for item in items], dtype=float)
    windows = windows_of(items, tokenizer)
    texts = texts_of(run.data[0], tokenizer)
    size = tokenizer.size
    print(f"{date.today()}, {args.language}: {sum(map(len, texts)):,} tokens of training text,")
    print(f"{size:,} distinct ones, {int(masked.sum()):,} masked in {len(items)} held-out rows\n")
    ngram_models = {
        "unigram": Unigram(texts, size),
        "Kneser-Ney trigram": KneserNey(texts, size, tokenizer.sep),
        "both sides": BothSides(texts, size, tokenizer.sep),
    }
    nats = {
        name: np.array([-np.log(model(rows)).sum() for rows in windows])
        for name, model in ngram_models.items()
    }
    for name, each in nats.items():
        print(f"{name}: {each.sum() / masked.sum():.3f} nats per token")
    probe, untrained = ABILITIES[args.language][-1], None
    for ref in refs:
        network.load_state_dict(folder.load_model(ref.id)[1])
        lm = models.load_family("bert").as_lm(network, tokenizer)
        answers = evaluate(lm, ref, "masked_tokens", data=run.data)
        ours = np.array([-sum(answer.token_logprobs) for answer in answers])
        print(f"\nBERT after {ref.tokens:,} tokens: {ours.sum() / masked.sum():.3f} nats per token")
        for name, each in nats.items():
            print(f"  minus {name}: {format_interval(interval(ours - each, masked))}")
        probe_answers = evaluate(lm, ref, probe, data=run.data)
        correct = np.array([answer.choices[int(np.argmax(answer.logprobs))] == answer.target
                          for answer in probe_answers], dtype=float)  # fmt: skip
        untrained = correct if untrained is None else untrained
        gain = interval(correct - untrained, np.ones_like(correct))
        print(f"  {probe}: {correct.mean():.3f}; minus untrained {format_interval(gain)}")


if __name__ == "__main__":
    main()
