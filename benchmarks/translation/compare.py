"""Translation beside copying and IBM Model 1.

    UPWELL_DATA=... python -m benchmarks.translation.compare multi30k-fr

The last milestone of `train.py` translates the held-out pairs. The baselines are copying the
source, and IBM Model 1 over words and over tokens. sacrebleu computes chrF and BLEU. The intervals
are from 1,000 bootstrap samples of sentences, the same samples for all (Koehn 2004).
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import torch
from sacrebleu.metrics import BLEU, CHRF

from upwell import models
from upwell.data import load_pairs, load_tokenizer
from upwell.records import ModelRef
from upwell.store import RunDir

from .datasets import OUT, TASKS, Task
from .ibm_model1 import IBMModel1, split_words

SAMPLES, LEVEL = 1000, 95


def translate(task: Task, seed: int, sources: Sequence[str]) -> tuple[ModelRef, list[str]]:
    """Translations by the last milestone of the network."""
    run = task.run(seed)
    folder = RunDir(OUT / task.name / run.id)
    ref, tensors = folder.load_model(max(folder.models(), key=lambda each: each.tokens).id)
    network = models.load_family("encoder_decoder").build(run.model, run.recipe, 0)
    network.load_state_dict(tensors)
    lm = models.load_family("encoder_decoder").as_lm(network, load_tokenizer(task.tokenizer_path()))
    completions = lm.generate(sources, task.context - 1, None)
    return ref, [text if isinstance(text, str) else "" for text in completions]


def bootstrap_scores(
    metric: CHRF | BLEU, predicted: Sequence[str], references: Sequence[str]
) -> np.ndarray:
    """The score of all sentences, followed by that of each bootstrap sample."""
    # sacrebleu counts overlaps per sentence; a score is a function of their sums.
    counts = np.array(metric._extract_corpus_statistics(predicted, [references]))
    rng = np.random.default_rng(0)
    samples = [
        np.arange(len(predicted)),
        *rng.integers(len(predicted), size=(SAMPLES, len(predicted))),
    ]
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
    args = parser.parse_args()
    task = TASKS[args.task]
    train, test = load_pairs(task.rows()), load_pairs(task.rows("test"))
    sources, references = [a for a, _ in test], [b for _, b in test]
    print(
        f"{date.today()}, torch {torch.__version__}, load {os.getloadavg()[0]:.1f}; "
        f"{len(train):,} training pairs, {len(test):,} held out\n"
    )
    translations = {"copying the source": sources}
    for name, split in (("words", split_words), ("tokens", token_splitter(task))):
        model = IBMModel1(train, split_words, split)
        translations[f"IBM Model 1 over {name}"] = [model.translate(text) for text in sources]
    start_time = time.process_time()
    ref, translations["the translator"] = translate(task, args.seed, sources)
    seconds = time.process_time() - start_time
    metrics = (CHRF(), BLEU(tokenize=task.bleu))
    scores = {
        method: [bootstrap_scores(metric, predicted, references) for metric in metrics]
        for method, predicted in translations.items()
    }
    print("| method | chrF | BLEU | chrF of the translator minus this |\n|---|---|---|---|")
    for method, (chrf, bleu) in scores.items():
        difference = interval(scores["the translator"][0] - chrf)
        print(f"| {method} | {interval(chrf)} | {interval(bleu)} | {difference} |")
    print(
        f"\n{ref.params:,} parameters, {ref.tokens / task.context / len(train):.1f} epochs, "
        f"{seconds * 1000 / len(sources):.1f} CPU ms per sentence with beam search\n"
    )
    for i in range(6):
        print(f"- {sources[i]} | {translations['the translator'][i]} | {references[i]}")


def token_splitter(task: Task) -> Callable[[str], list[str]]:
    """Split a text into tokens, or into words if a token holds part of a character."""
    tokenizer = load_tokenizer(task.tokenizer_path())

    def split(text: str) -> list[str]:
        tokens = [tokenizer.decode([each]) for each in tokenizer.encode(text)]
        return split_words(text) if any("\ufffd" in each for each in tokens) else tokens

    return split


if __name__ == "__main__":
    main()
