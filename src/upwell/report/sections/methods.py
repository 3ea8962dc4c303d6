"""How to read the page, and what it does not claim."""

from __future__ import annotations

from ...formatting import format_count, format_value, pluralize
from ...records import Plan, Study
from ..html.markup import Markup, element, isolate, join
from .report_data import ReportData

EXPLANATIONS = (
    (
        "Evaluation",
        "Every model answers the same items, and its answers are stored. Sharp and continuous "
        "metrics are computed from the same answers, so a jump in only one of them comes from the "
        "metric, not from different items.",
    ),
    (
        "Points",
        "A ring is one seed, a dot the mean of a rung's seeds. The bar is a 90 % interval of the "
        "mean. It combines the noise of a finite number of items, which more seeds do not reduce, "
        "and the spread over seeds, which they do. If neither is known, there is no bar. Of the "
        "token budgets of a rung the largest counts.",
    ),
    (
        "Lines",
        "The solid line is the fit with the smallest leave-one-out error. The dashed line is the "
        "best fit of the other type, smooth or sudden. All fits are in the table beneath the card.",
    ),
    (
        "Verdicts",
        "A verdict weighs the evidence for a sudden change against smooth curves, given the item "
        "noise. The threshold keeps false jumps rare among all abilities that are judged together. "
        "An onset lies between two rungs and has an interval.",
    ),
    (
        "Forecasts",
        "A forecast is an interval that is recorded before the run and graded after it. Its width "
        "comes from the errors of the same method on earlier rungs.",
    ),
    (
        "Missing values",
        "A measurement that failed has a reason and no value. It is drawn as ×, counted, and never "
        "treated as zero.",
    ),
)

LIMITS = (
    "that an ability is absent below its onset: these items do not show it there.",
    "anything about scales beyond the largest rung, except where a forecast has an interval.",
    "why an ability appears: only the axis of the study was varied.",
    "that a jump is real where only a sharp metric was measured.",
    "that these numbers hold for another tokenizer, prompt, data mixture or recipe.",
    "anything about missing values.",
)


def render(data: ReportData) -> Markup:
    """The section's content."""
    return element(
        "div",
        element(
            "dl",
            [
                element("div", element("dt", name), element("dd", text))
                for name, text in EXPLANATIONS
            ],
            _recipe(data.study),
            _limits(data.plan),
            class_="methods",
        ),
        element(
            "div",
            element("h3", "This page does not claim"),
            element("ul", [element("li", text) for text in LIMITS]),
            class_="limits",
        ),
        class_="closing",
    )


def _recipe(study: Study | None) -> Markup | None:
    if study is None:
        return None
    sources = ", ".join(data.source for data in study.data) or "no data"
    budgets = ", ".join(format_count(one) for one in study.milestones) or "none"
    held_out_unit = "size of the training set" if study.axis == "train_rows" else "rung"
    text = join(
        f"{pluralize(len(study.ladder), 'rung')}, {pluralize(len(study.seeds), 'seed')}, "
        f"{study.recipe.unit} budgets {budgets}; trained on ",
        isolate(sources),
        "; optimizer ",
        isolate(study.recipe.optimizer),
        f", {_batch_text(study)} in batches of {study.recipe.batch_size}; "
        f"{pluralize(study.held_out, held_out_unit)} held out.",
    )
    return element("div", element("dt", "The study"), element("dd", text))


def _batch_text(study: Study) -> str:
    """What a batch consists of, and the sizes of the training set where there are several."""
    context = study.recipe.context_length
    example_unit = "examples" if context == 1 else f"sequences of {context} tokens"
    sizes = ", ".join(f"{rows:,}" for rows in study.train_sizes)
    return f"{example_unit}, the first {sizes} of them," if sizes else example_unit


def _limits(plan: Plan | None) -> Markup | None:
    if plan is None:
        return None
    width = (
        ""
        if plan.forecast_width is None
        else f" A 90 % forecast interval of an accuracy cannot be narrower than "
        f"{format_value(plan.forecast_width, 2)}."
    )
    text = (
        "By the plan, the smallest jump of an accuracy between two rungs that these items and "
        f"seeds can show is {format_value(plan.smallest_jump, 2)}.{width}"
    )
    return element("div", element("dt", "Resolution"), element("dd", text))
