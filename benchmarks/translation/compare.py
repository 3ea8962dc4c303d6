"""Translations beside copies and words: `python -m benchmarks.translation.compare multi30k-fr`.

The last milestone of `train.py` translates the held-out pairs; so do copying the source and
IBM Model 1 over words, and over the pieces of the vocabulary. chrF and BLEU by sacrebleu; the
intervals are of 1,000 bootstrap samples of sentences, drawn alike for all (Koehn 2004).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from datetime import date

import numpy as np
import torch
from sacrebleu.metrics import BLEU, CHRF

from upwell import models
from upwell.data import pairs, tokenizer
from upwell.records import ModelRef
from upwell.store import RunFolder

from .materials import OUT, TASKS, Task
from .words import Model1, signs

SAMPLES, LEVEL = 1000, 95


def translated(task: Task, seed: int, sources: Sequence[str]) -> tuple[ModelRef, list[str]]:
    """By the translator, as far as it has been trained."""
    run = task.run(seed)
    folder = RunFolder(OUT / task.name / run.id)
    ref, tensors = folder.load_model(max(folder.models(), key=lambda each: each.tokens).id)
    network = models.named("translator").build(run.model, run.recipe, 0)
    network.load_state_dict(tensors)
    said = network.answerer(tokenizer(task.words())).say(sources, task.context - 1, None)
    return ref, [text if isinstance(text, str) else "" for text in said]


def drawn(metric: CHRF | BLEU, said: Sequence[str], right: Sequence[str]) -> np.ndarray:
    """The score of all sentences, and then of each bootstrap sample."""
    # sacrebleu counts what overlaps in each sentence once; a score is a function of the sums.
    counts = np.array(metric._extract_corpus_statistics(said, [right]))
    dice = np.random.default_rng(0)
    samples = [np.arange(len(said)), *dice.integers(len(said), size=(SAMPLES, len(said)))]
    return np.array(
        [metric._compute_score_from_stats(counts[rows].sum(0).tolist()).score for rows in samples]
    )


def interval(scores: np.ndarray) -> str:
    low, high = np.percentile(scores[1:], [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return f"{scores[0]:.1f} ({low:.1f} to {high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    task = TASKS[asked.task]
    learnt, tested = pairs(task.rows()), pairs(task.rows("test"))
    sources, right = [a for a, _ in tested], [b for _, b in tested]
    print(
        f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}; "
        f"{len(learnt):,} pairs to learn from, {len(tested):,} held out\n"
    )
    ways = {"copying the source": sources}
    for name, cut in (("words", signs), ("pieces", pieces_of(task))):
        model = Model1(learnt, signs, cut)
        ways[f"IBM Model 1 over {name}"] = [model.translated(text) for text in sources]
    began = time.process_time()
    ref, ways["the translator"] = translated(task, asked.seed, sources)
    seconds = time.process_time() - began
    metrics = (CHRF(), BLEU(tokenize=task.bleu))
    scores = {way: [drawn(metric, said, right) for metric in metrics] for way, said in ways.items()}
    print("| way | chrF | BLEU | the translator's chrF less this |\n|---|---|---|---|")
    for way, (chrf, bleu) in scores.items():
        less = interval(scores["the translator"][0] - chrf)
        print(f"| {way} | {interval(chrf)} | {interval(bleu)} | {less} |")
    print(
        f"\n{ref.params:,} parameters, {ref.tokens / task.context / len(learnt):.1f} epochs, "
        f"{seconds * 1000 / len(sources):.1f} CPU ms a sentence with beams\n"
    )
    for place in range(6):
        print(f"- {sources[place]} | {ways['the translator'][place]} | {right[place]}")


def pieces_of(task: Task):
    """Cuts a text into the pieces of the vocabulary; one that holds half a letter, into signs."""
    words = tokenizer(task.words())

    def pieces(text: str) -> list[str]:
        found = [words.decode([piece]) for piece in words.encode(text)]
        return signs(text) if any("\ufffd" in piece for piece in found) else found

    return pieces


if __name__ == "__main__":
    main()
