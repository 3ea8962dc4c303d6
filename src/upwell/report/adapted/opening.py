"""How the page begins: what the model does, how well, and which ways were tried."""

from __future__ import annotations

from ...records import Adapted, Score, Tried
from .. import numbers
from ..markup import Markup, element, join, said
from ..tabular import table

METHODS = {
    "head": "frozen model, linear head",
    "full": "all weights tuned",
    "lora": "low-rank updates (LoRA)",
    "dora": "low-rank updates of directions (DoRA)",
    "ia3": "factors of outputs (IA3)",
    "prompt": "a prompt that learns",
}
METRICS = {
    "accuracy": "accuracy",
    "answer_f1": "F1 of answers",
    "exact_match": "exact match",
    "log_probability": "log-probability of a token",
    "character_error_rate": "character error rate",
    "word_error_rate": "word error rate",
    "map": "mAP",
    "map_50": "mAP at .50",
    "mean_iou": "mean IoU",
    "chrf": "chrF",
    "bleu": "BLEU",
    "rouge_l": "ROUGE-L",
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "entity_f1": "entity F1",
    "entity_precision": "entity precision",
    "entity_recall": "entity recall",
}

OF_LABELS = {"ap_50_": "AP at .50 of", "iou_": "IoU of"}
"""Metrics of single labels, by how their names begin."""


def title(adapted: Adapted) -> str:
    """What the page is called."""
    return f"{adapted.data.rpartition('.')[0] or adapted.data}: {adapted.adapt.task}"


def metric(name: str) -> str:
    """A metric as people call it; one of the user's own keeps its name."""
    for start, title in OF_LABELS.items():
        if name.startswith(start):
            return f"{title} {name.removeprefix(start)}"
    return METRICS.get(name, name.replace("_", " "))


def shown(adapted: Adapted) -> Markup:
    """Title, finding, scores."""
    first = adapted.scores[0]
    return element(
        "header",
        element("p", "Upwell", class_="mark"),
        element("h1", said(title(adapted))),
        element(
            "p",
            said(adapted.given),
            f", {METHODS.get(adapted.adapt.method, adapted.adapt.method)}, reaches ",
            element("b", f"{metric(first.metric)} {numbers.plain(first.value)}"),
            f" ({numbers.plain(first.low)} to {numbers.plain(first.high)}) on "
            f"{numbers.many(first.rows, 'row')} of ",
            said(adapted.scored_on),
            ".",
            class_="findings",
        ),
        element(
            "p",
            f"Learnt from {numbers.many(adapted.learnt, 'row')} of ",
            said(adapted.data),
            f"; {numbers.many(adapted.chosen_on, 'development row')} chose. Intervals are 90 %, "
            "over rows.",
            class_="byline",
        ),
        table(["score", "value", "90 % interval", "rows"], [_row(s) for s in adapted.scores]),
        class_="opening",
    )


def _row(score: Score) -> tuple[object, ...]:
    return (
        metric(score.metric),
        numbers.plain(score.value, 4),
        f"{numbers.plain(score.low)} to {numbers.plain(score.high)}",
        f"{score.rows:,}",
    )


def _shipped(adapted: Adapted) -> Tried | None:
    """Which of the ways became the model; ways that were told by name ship though others win."""
    own = [one for one in adapted.tried if one.method == adapted.adapt.method]
    return max(own, key=lambda one: (one.score, -one.loss), default=None)


def tried(adapted: Adapted) -> Markup:
    """Every way beside the others, on the development rows."""
    shipped = _shipped(adapted)
    lines = [
        (
            join(
                METHODS.get(one.method, one.method),
                f", with {numbers.many(one.pseudo, 'row')} that it labelled" if one.pseudo else "",
                " (shipped)" if one == shipped else "",
            ),
            numbers.plain(one.score, 4),
            numbers.plain(one.loss),
            numbers.count(one.params),
            numbers.duration(one.seconds),
        )
        for one in adapted.tried
    ]
    head = ["way", "score", "loss, nats/row", "weights learnt", "processor time"]
    note = (
        "The linear head on the frozen model is always tried, and shipped where training does not "
        "beat it on the development rows, unless another way was asked for."
    )
    fitted = any(one.method == "head" for one in adapted.tried)
    return join(element("p", note, class_="lead") if fitted else None, table(head, lines))
