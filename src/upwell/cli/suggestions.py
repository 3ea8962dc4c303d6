"""What a user of another tool, or of an older habit, means by a command or an option."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

COMMAND_WORDS = {
    "adapt": "finetune", "fine-tune": "finetune", "fine_tune": "finetune", "fit": "finetune",
    "ask": "eval", "evaluate": "eval", "lm_eval": "eval", "lm-eval": "eval", "test": "eval",
    "bench": "eval", "infer": "predict", "inference": "predict", "generate": "predict",
    "label": "feedback", "convert": "export", "save": "export", "analyze": "judge",
    "verdict": "judge", "emergence": "judge", "extrapolate": "forecast", "diff": "compare",
    "check": "doctor", "env": "doctor", "info": "doctor", "show": "report", "start": "run",
}  # fmt: skip
"""Commands of other tools, and ours."""

OPTION_WORDS = {
    "ability": "tasks", "abilities": "tasks", "task": "tasks", "shots": "num-fewshot",
    "num-shots": "num-fewshot", "k-shot": "num-fewshot", "n-shot": "num-fewshot",
    "fewshot": "num-fewshot", "out": "output-dir", "output": "output-dir", "to": "output-dir",
    "output-path": "output-dir", "out-dir": "output-dir", "save-dir": "output-dir",
    "outdir": "output-dir", "rounds": "epochs", "num-train-epochs": "epochs",
    "num-epochs": "epochs", "max-epochs": "epochs", "rate": "learning-rate", "lr": "learning-rate",
    "batch": "batch-size", "per-device-train-batch-size": "batch-size", "length": "max-length",
    "max-seq-length": "max-length", "max-seq-len": "max-length", "max-tokens": "max-length",
    "text": "text-column", "text-columns": "text-column", "label": "label-column",
    "labels": "label-column", "target-column": "label-column", "several": "label-separator",
    "separator": "label-separator", "train-file": "data", "validation-file": "dev",
    "validation": "dev", "valid": "dev", "eval-file": "dev", "test-file": "test",
    "smoothing": "label-smoothing", "label-smoothing-factor": "label-smoothing",
    "layer-decay": "layer-lr-decay", "adversarial": "fgm-epsilon", "hide": "word-dropout",
    "pretrain": "pretrain-tokens", "unlabelled": "unlabeled", "pseudo": "pseudo-label",
    "suggest": "suggest-labels", "weight-decay": "l2", "random-state": "seed",
    "random-seed": "seed",
    "fit-upto": "holdout-above", "fit-max": "holdout-above", "holdout": "holdout-above",
    "at": "target", "ways": "methods", "rows": "train-sizes", "sizes": "train-sizes",
    "cut": "truncation", "draws": "fewshot-draws", "orders": "fewshot-orders",
    "permuted": "wrong-labels", "own-shots": "fewshot-per-item", "harness-shots": "lm-eval-fewshot",
    "n-samples": "limit", "max-samples": "limit", "num-workers": "workers", "jobs": "workers",
    "model-args": "model", "peft": "method", "metrics": "metric", "families": "family",
    "shuffle-labels": "wrong-labels", "random-labels": "wrong-labels", "prompts": "templates",
    "fewshot-seed": "seed", "fewshot-random-seed": "seed", "use-cache": "output-dir",
    "max-batch-size": "memory", "truncate": "truncation", "truncation-side": "truncation",
    "html": "report", "format": "json",
}  # fmt: skip
"""Options of other tools, and ours, without the dashes."""


def suggest_command(word: str, commands: Iterable[str]) -> str | None:
    """The command that a word probably means; None where none is near."""
    names = list(commands)
    meaning = COMMAND_WORDS.get(word.lower())
    if meaning in names:
        return meaning
    return next(iter(get_close_matches(word.lower(), names, n=1)), None)


def suggest_option(word: str, options: Iterable[str]) -> str | None:
    """The option that a word such as "--num_train_epochs" probably means; None for none."""
    names = {option.lstrip("-"): option for option in options}
    plain = word.lstrip("-").partition("=")[0].replace("_", "-").lower()
    for candidate in (plain, OPTION_WORDS.get(plain, "")):
        if candidate in names:
            return names[candidate]
    near = get_close_matches(plain, [*names, *OPTION_WORDS], n=3)
    meanings = [name if name in names else OPTION_WORDS[name] for name in near]
    return next((names[name] for name in meanings if name in names), None)
