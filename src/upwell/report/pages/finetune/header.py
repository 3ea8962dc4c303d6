"""The top of the page: the finding and the scores; and the candidates that were compared."""

from __future__ import annotations

from ....formatting import format_count, format_duration, format_value, pluralize
from ....records import Candidate, ModelCard, Score
from ...html.markup import Markup, element, isolate, join
from ...html.tables import table
from ...titles import finetune_metric_title, method_title


def title(model_card: ModelCard) -> str:
    """The title of the page."""
    return f"{model_card.data.rpartition('.')[0] or model_card.data}: {model_card.finetune.task}"


def render(model_card: ModelCard) -> Markup:
    """Title, finding and scores."""
    first = model_card.scores[0]
    return element(
        "header",
        element("p", "Upwell", class_="brand"),
        element("h1", isolate(title(model_card))),
        element(
            "p",
            isolate(model_card.base_model),
            f" with {method_title(model_card.finetune.method)} reaches ",
            element("b", f"{finetune_metric_title(first.metric)} {format_value(first.value)}"),
            f" ({format_value(first.interval_low)} to {format_value(first.interval_high)}) on "
            f"{pluralize(first.rows, 'row')} of ",
            isolate(model_card.eval_set),
            ".",
            class_="findings",
        ),
        element(
            "p",
            f"Trained on {pluralize(model_card.train_rows, 'row')} of ",
            isolate(model_card.data),
            f"; selected on {pluralize(model_card.dev_rows, 'dev row')}. Intervals are "
            "90 %, over rows.",
            class_="byline",
        ),
        table(
            ["metric", "value", "90 % interval", "rows"], [_score_row(s) for s in model_card.scores]
        ),
        class_="page-header",
    )


def _score_row(score: Score) -> tuple[object, ...]:
    return (
        finetune_metric_title(score.metric),
        format_value(score.value, 4),
        f"{format_value(score.interval_low)} to {format_value(score.interval_high)}",
        f"{score.rows:,}",
    )


def _shipped_candidate(model_card: ModelCard) -> Candidate | None:
    """The candidate that became the model: the best one of its method.

    A method that the user named is shipped even if another one scores better.
    """
    same_method = [one for one in model_card.candidates if one.method == model_card.finetune.method]
    return max(same_method, key=lambda one: (one.score, -one.loss), default=None)


def render_candidates(model_card: ModelCard) -> Markup:
    """The table of candidates with their scores on the dev rows."""
    shipped = _shipped_candidate(model_card)
    lines = [
        (
            join(
                method_title(one.method),
                f", with {pluralize(one.pseudo_labeled_rows, 'pseudo-labeled row')}"
                if one.pseudo_labeled_rows
                else "",
                " (shipped)" if one == shipped else "",
            ),
            format_value(one.score, 4),
            format_value(one.loss),
            format_count(one.trainable_params),
            format_duration(one.seconds),
        )
        for one in model_card.candidates
    ]
    head = ["method", "dev score", "loss, nats/row", "trainable parameters", "CPU time"]
    note = (
        "A linear head on the frozen model is always tried. It is shipped where fine-tuning does "
        "not beat it on the dev rows, unless the method was set."
    )
    has_linear_head = any(one.method == "linear" for one in model_card.candidates)
    return join(element("p", note, class_="lead") if has_linear_head else None, table(head, lines))
