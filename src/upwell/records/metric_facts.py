"""The facts of metrics: our own, and those under which other tools publish their results.

A metric that is not here is unknown. Its direction is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Metric:
    """Facts of a metric. Its formula, if Upwell has one, is in `upwell.metrics`."""

    name: str
    title: str
    """Label in tables and plots."""

    higher_is_better: bool
    continuous: bool
    """True if every small change of the model's probabilities changes the value.

    All-or-nothing scores are not continuous. They can make a smooth change look like a jump
    (Schaeffer et al. 2023, arXiv 2304.15004)."""

    unit: str = ""
    low: float | None = None
    high: float | None = None
    """Bounds of the values; None for unbounded."""

    proportion: bool = False
    """Whether the value is the proportion of items that are correct.

    The standard error of n items is then sqrt(p(1-p)/(n-1))."""

    share_or_percent: bool = False
    """Whether some tools give it from 0 to 1 and others from 0 to 100."""


_HIGHER, _LOWER = True, False
_SMOOTH, _SHARP = True, False

_Facts = tuple[str, str, bool, bool, str, float | None, float | None]
"""Name, title, higher is better, continuous, unit, low, high."""


def _metrics(*facts: _Facts, share_or_percent: bool = False) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            name=name,
            title=title,
            higher_is_better=higher_is_better,
            continuous=continuous,
            unit=unit,
            low=low,
            high=high,
            share_or_percent=share_or_percent,
        )
        for name, title, higher_is_better, continuous, unit, low, high in facts
    )


def _proportions(titles: Mapping[str, str]) -> tuple[Metric, ...]:
    """Metrics that are the proportion of correct items."""
    return tuple(
        Metric(
            name=name,
            title=title,
            higher_is_better=True,
            continuous=False,
            low=0,
            high=1,
            proportion=True,
        )
        for name, title in titles.items()
    )


def _item_means(titles: Mapping[str, str]) -> tuple[Metric, ...]:
    """Scores from 0 to 1 of generated text that are averaged over items or computed over all."""
    return _metrics(*((name, title, _HIGHER, _SHARP, "", 0, 1) for name, title in titles.items()))


_OWN = (
    *_proportions({"accuracy": "Accuracy", "exact_match": "Exact match"}),
    *_metrics(
        ("token_accuracy", "Accuracy per token", _HIGHER, _SHARP, "", 0, 1),
        ("digit_accuracy", "Accuracy per digit", _HIGHER, _SHARP, "", 0, 1),
        ("token_edit_distance", "Token edit distance", _LOWER, _SHARP, "tokens", 0, None),
        ("log_probability", "Log-probability of the target", _HIGHER, _SMOOTH, "nats", None, 0),
        ("choice_probability", "Probability of the correct choice", _HIGHER, _SMOOTH, "", 0, 1),
        ("brier", "Brier score", _LOWER, _SMOOTH, "", 0, 2),
        ("loss", "Loss", _LOWER, _SMOOTH, "nats/token", 0, None),
        ("bits_per_byte", "Bits per byte", _LOWER, _SMOOTH, "bits/byte", 0, None),
        (
            "in_context_score",
            "In-context score (late minus early loss)",
            _LOWER,
            _SMOOTH,
            "nats/token",
            None,
            None,
        ),
        ("prefix_matching", "Prefix-matching score of the best head", _HIGHER, _SMOOTH, "", 0, 1),
    ),
)

_LM_EVAL = (
    *_proportions(
        {
            "acc": "Accuracy, first of equals",
            "greedy_match": "Match of the greedy completion",
            "acc_norm": "Accuracy, choices by length",
            "acc_bytes": "Accuracy, choices by bytes",
            "acc_mutual_info": "Accuracy, choices by mutual information",
            "acc_all": "Accuracy, all parts correct",
        }
    ),
    *_metrics(("f1", "F1", _HIGHER, _SHARP, "", 0, None), share_or_percent=True),
    *_metrics(("mcc", "Matthews correlation", _HIGHER, _SHARP, "", -1, 1)),
    *_proportions({"mc1": "MC1 (single true answer)"}),
    *_metrics(
        ("mc2", "MC2 (probability of the true answers)", _HIGHER, _SMOOTH, "", 0, 1),
        ("exact", "Exact match, percent", _HIGHER, _SHARP, "", 0, 100),
        ("HasAns_exact", "Exact match with answer, percent", _HIGHER, _SHARP, "", 0, 100),
        ("NoAns_exact", "Exact match without answer, percent", _HIGHER, _SHARP, "", 0, 100),
        ("best_exact", "Exact match at best threshold, percent", _HIGHER, _SHARP, "", 0, 100),
        ("HasAns_f1", "F1 with answer, percent", _HIGHER, _SHARP, "", 0, 100),
        ("NoAns_f1", "F1 without answer, percent", _HIGHER, _SHARP, "", 0, 100),
        ("best_f1", "F1 at best threshold, percent", _HIGHER, _SHARP, "", 0, 100),
        ("perplexity", "Perplexity", _LOWER, _SMOOTH, "", 1, None),
        ("word_perplexity", "Perplexity per word", _LOWER, _SMOOTH, "", 1, None),
        ("byte_perplexity", "Perplexity per byte", _LOWER, _SMOOTH, "", 1, None),
        ("likelihood_diff", "Difference of log-likelihoods", _LOWER, _SMOOTH, "nats", 0, None),
        ("bleu", "BLEU", _HIGHER, _SHARP, "", 0, 100),
        ("chrf", "chrF", _HIGHER, _SHARP, "", 0, 100),
        ("chrf++", "chrF++", _HIGHER, _SHARP, "", 0, 100),
        ("ter", "Translation edit rate", _LOWER, _SHARP, "", 0, None),
    ),
    # Code, mathematics and instructions.
    *_proportions({f"pass@{k}": f"Pass@{k}" for k in (1, *range(2, 11), 16, 20, 25, 32, 50)}),
    *_proportions({f"pass@{k}": f"Pass@{k}" for k in (64, 100, 128, 200, 256)}),
    *_proportions(
        {
            "math_verify": "Answer verified by Math-Verify",
            "prompt_level_strict_acc": "Prompts followed, strict",
            "inst_level_strict_acc": "Instructions followed, strict",
            "prompt_level_loose_acc": "Prompts followed, loose",
            "inst_level_loose_acc": "Instructions followed, loose",
            "numerical_match": "Numerical match",
            "verifiable_reward": "Verified answer",
            "json_validity": "Valid JSON",
            "schema_compliance": "JSON that follows the schema",
        }
    ),
    # Overlap with reference texts, and similarity to them.
    *_proportions(
        {
            f"{name}_acc": f"{title} closer to true than to false answers"
            for name, title in (
                ("bleu", "BLEU"),
                ("rouge1", "ROUGE-1"),
                ("rouge2", "ROUGE-2"),
                ("rougeL", "ROUGE-L"),
                ("bleurt", "BLEURT"),
            )
        }
    ),
    *_metrics(
        *(
            (name, title, _HIGHER, _SHARP, "", 0, None)
            for name, title in (
                ("rouge1", "ROUGE-1"),
                ("rouge2", "ROUGE-2"),
                ("rougeL", "ROUGE-L"),
                ("rougeLsum", "ROUGE-L by sentence"),
                ("fscore", "F-score"),
            )
        ),
        share_or_percent=True,
    ),
    *_metrics(
        *(
            (f"{name}_{kind}", f"{title}, {words}", _HIGHER, _SHARP, "", low, 100)
            for name, title in (
                ("bleu", "BLEU"),
                ("rouge1", "ROUGE-1"),
                ("rouge2", "ROUGE-2"),
                ("rougeL", "ROUGE-L"),
            )
            for kind, words, low in (
                ("max", "best reference", 0),
                ("avg", "mean of references", 0),
                ("diff", "true minus false answers", -100),
            )
        ),
        *(
            (name, title, _HIGHER, _SHARP, "", None, None)
            for name, title in (
                ("bert_score", "BERTScore"),
                ("bertscore_f1", "BERTScore F1"),
                ("bertscore_precision", "BERTScore precision"),
                ("bertscore_recall", "BERTScore recall"),
                ("bertscore_f1_max", "BERTScore F1, best reference"),
                ("bertscore_f1_avg", "BERTScore F1, mean of references"),
                ("bleurt", "BLEURT"),
                ("bleurt_max", "BLEURT, best reference"),
                ("bleurt_diff", "BLEURT, true minus false answers"),
            )
        ),
        ("smoothed_bleu_4", "BLEU-4, smoothed", _HIGHER, _SHARP, "", 0, 100),
        ("wer", "Word error rate", _LOWER, _SHARP, "", 0, None),
        ("eqbench", "EQ-Bench", _HIGHER, _SHARP, "", None, 100),
        ("percent_parseable", "Answers that can be parsed, percent", _HIGHER, _SHARP, "", 0, 100),
        ("pearsonr", "Pearson correlation", _HIGHER, _SHARP, "", -1, 1),
        ("perspective_api_toxicity_score", "Toxicity", _LOWER, _SHARP, "", 0, 1),
    ),
    *_item_means(
        {
            "precision": "Precision",
            "recall": "Recall",
            "flexible_f1": "F1, any answer format",
            "f1_abstractive": "F1, free answers",
            "mean_3class_f1": "F1, mean of three classes",
            "partial_accuracy": "Accuracy, parts of the answer",
            "extraction_rate": "Answers that can be extracted",
            "mrr": "Mean reciprocal rank",
            "qa_f1_score": "F1 of answers",
            "qa_f1_zh_score": "F1 of answers, Chinese",
            "rouge_score": "ROUGE-L, LongBench",
            "rouge_zh_score": "ROUGE-L, LongBench, Chinese",
            "classification_score": "Classes named",
            "retrieval_score": "Passage retrieved",
            "retrieval_zh_score": "Passage retrieved, Chinese",
            "count_score": "Count is right",
            "code_sim_score": "Edit similarity of code",
            "libra_score": "LIBRA score",
            "F1-Radgraph": "F1 of RadGraph",
            "consistency_rate": "Prompts that agree",
            "options_consistency_rate": "Orders of choices that agree",
            "non_greedy_macro_accuracy": "Accuracy of samples, mean of subjects",
        }
    ),
    *_proportions(
        {
            "r@1": "Recall at 1",
            "r@2": "Recall at 2",
            "accuracy_amb": "Accuracy, ambiguous questions",
            "accuracy_disamb": "Accuracy, clear questions",
            "acc_ambig": "Accuracy, ambiguous questions",
            "acc_disambig": "Accuracy, clear questions",
            "non_greedy_accuracy": "Accuracy of samples",
            "is_included": "Answer in the text",
            "relaxed_accuracy": "Accuracy within 5 %",
            "anywhere_accuracy": "Answer anywhere in the text",
            "exact_match_original": "Exact match, original filter",
        }
    ),
    *_proportions({f"{n}_accuracy": f"Accuracy with prompt {n}" for n in range(10)}),
    *_proportions(
        {f"{n}_macro_accuracy": f"Accuracy with prompt {n}, subjects" for n in range(10)}
    ),
    *_proportions({str(2**n): f"Accuracy at {2**n} tokens" for n in range(12, 18)}),
    *_proportions(
        {
            f"{name}_{part}": f"{title}, part {part}"
            for name, title in (
                ("acc", "Accuracy"),
                ("acc_norm", "Accuracy, choices by length"),
                ("exact_match", "Exact match"),
            )
            for part in ("B1", "B2", "C1", "C2", "definició", "oracions", "text", "frase")
        }
    ),
)

_ABILITIES = _metrics(
    ("squared_error", "Squared error", _LOWER, _SMOOTH, "", 0, None),
    ("log_loss", "Log-loss among the choices", _LOWER, _SMOOTH, "", 0, None),
    ("margin", "Margin of the correct choice", _HIGHER, _SMOOTH, "", None, None),
    ("calibration_error", "Expected calibration error", _LOWER, _SHARP, "", 0, 1),
    ("token_f1", "Token F1", _HIGHER, _SHARP, "", 0, 1),
    ("frechet_distance", "Fréchet distance to real images", _LOWER, _SMOOTH, "", 0, None),
    ("mode_coverage", "Classes among generated images", _HIGHER, _SHARP, "", 0, None),
)

_AI2 = (
    *_proportions(
        {
            "acc_len_norm": "Accuracy, choices by length",
            "acc_per_token": "Accuracy, choices by token",
            "acc_per_char": "Accuracy, choices by character",
            "acc_per_byte": "Accuracy, choices by byte",
            "acc_uncond": "Accuracy, choices by unconditional likelihood",
        }
    ),
    *_metrics(
        *(
            (name, title, _HIGHER, _SMOOTH, "", 0, 1)
            for name, title in (
                ("correct_prob", "Probability of the correct answer"),
                ("correct_prob_per_token", "Probability per token, correct answer"),
                ("correct_prob_per_char", "Probability per character, correct answer"),
                ("correct_choice_prob_norm", "Probability by length, correct choice"),
            )
        ),
        ("correct_choice_logprob_norm", "Log-probability by length", _HIGHER, _SMOOTH, "", None, 0),
    ),
)

_BIG_BENCH = (
    *_proportions(
        {
            "multiple_choice_grade": "Multiple-choice grade",
            "case_insensitive_str_match": "Match, case ignored",
            "numeric_match_with_0_1_relative_error": "Match within a tenth",
        }
    ),
    *_metrics(
        ("macro_f1", "Macro F1", _HIGHER, _SHARP, "", 0, 1),
        ("calibration_multiple_choice_brier_score", "Brier score", _LOWER, _SMOOTH, "", 0, None),
        ("expected_calibration_error", "Expected calibration error", _LOWER, _SHARP, "", 0, 1),
        (
            "normalized_aggregate_score",
            "Normalized aggregate score",
            _HIGHER,
            _SHARP,
            "",
            None,
            None,
        ),
    ),
)

_OTHERS = _metrics(("error_rate", "Error rate", _LOWER, _SHARP, "", 0, 1))

PUBLISHERS: Mapping[str, tuple[Metric, ...]] = {
    "Upwell": (*_OWN, *_ABILITIES),
    "lm-evaluation-harness": _LM_EVAL,
    "AI2's ladders and OLMES": _AI2,
    "BIG-bench": _BIG_BENCH,
    "Others": _OTHERS,
}
"""Metrics by who publishes them."""


def _by_name(metrics: Iterable[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics}


METRICS: dict[str, Metric] = _by_name((*_OWN, *_LM_EVAL, *_ABILITIES, *_AI2, *_BIG_BENCH, *_OTHERS))
"""Metrics whose facts are certain, our own and those of other people's results.

The order is that of tables and reports. A metric that is not here, such as "score", is unknown."""


UNDIRECTED_METRICS: Mapping[str, str] = {
    "pct_stereotype": "0.5 is best",
    "pct_male_preferred": "0.5 is best",
    "pct_female_preferred": "0.5 is best",
    "pct_invalid": "it is a part of the answers, not a score",
    "difference_male_female": "0 is best",
    "amb_bias_score": "0 is best",
    "disamb_bias_score": "0 is best",
    "bias_score_ambig": "0 is best",
    "bias_score_disambig": "0 is best",
    "age_bias": "0 is best",
    "female_bias": "0 is best",
    "non_binary_bias": "0 is best",
    "asian_bias": "0 is best",
    "black_bias": "0 is best",
    "hispanic_bias": "0 is best",
    "native_american_bias": "0 is best",
    "average_len": "it is a length, not a score",
    "per_option_accuracy_X": "it shows a preference for one choice",
    "likelihood": "one task defines it anew",
}
"""Metrics of lm-evaluation-harness without an end that is better, and why: they are not judged."""


def get_metric(name: str) -> Metric | None:
    """The facts of a metric; None for a metric that Upwell does not know."""
    return METRICS.get(name)
