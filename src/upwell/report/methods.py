"""How the page was made, in short, and what it refuses to claim."""

from __future__ import annotations

from ..records import Plan, Study
from . import numbers
from .markup import Markup, element, join, said
from .story import Story

HOW = (
    (
        "What was asked",
        "Every model answers the same items, and the answers are kept. Sharp and continuous "
        "metrics are read off the same answers, so a jump in one and not in the other is a "
        "fact about scoring, not about two different tests.",
    ),
    (
        "What a point is",
        "A ring is one seed, a dot the mean of a rung's seeds. The bar is a 90 % interval of "
        "the mean from two sources that add: the finite number of items, which more seeds do "
        "not average away, and the spread over seeds, which they do. Where neither is known "
        "there is no bar. Of several budgets of a rung the largest counts.",
    ),
    (
        "What a line is",
        "The solid line is the fit that best predicts rungs it was not fitted to; the dashed "
        "line is the best one of the other camp, smooth against sudden. All fits stand in the "
        "table beneath the card.",
    ),
    (
        "What a verdict is",
        "The evidence for a sudden change is weighed against smooth ones, with the noise of "
        "the items in it; a jump is called such that false ones stay rare among all abilities "
        "that were judged together. An onset is a place between two rungs, given with its "
        "interval.",
    ),
    (
        "What a forecast is",
        "An interval written down before the run that it speaks of, and graded after. Its "
        "width comes from how wrong the same method was on earlier rungs.",
    ),
    (
        "What missing is",
        "A measurement that failed has a reason and no value. It is drawn as ×, counted, and "
        "never taken for zero.",
    ),
)

REFUSALS = (
    "that an ability is absent below its onset: it was not seen with these items.",
    "anything about scales beyond the largest rung, except where a forecast has an interval.",
    "why an ability appears: no cause was varied but the axis of the study.",
    "that a jump is real where only a sharp metric was measured.",
    "that these numbers hold for another tokenizer, prompt, mixture of data or recipe.",
    "anything about values that are missing.",
)


def shown(story: Story) -> Markup:
    """The section's content."""
    return element(
        "div",
        element(
            "dl",
            [element("div", element("dt", name), element("dd", text)) for name, text in HOW],
            _recipe(story.study),
            _limits(story.plan),
            class_="methods",
        ),
        element(
            "div",
            element("h3", "This page does not claim"),
            element("ul", [element("li", text) for text in REFUSALS]),
            class_="refusals",
        ),
        class_="closing",
    )


def _recipe(study: Study | None) -> Markup | None:
    if study is None:
        return None
    sources = ", ".join(data.source for data in study.data) or "no data"
    budgets = ", ".join(numbers.count(one) for one in study.milestones) or "none"
    held = "size of the training set" if study.axis == "rows" else "rung"
    text = join(
        f"{numbers.many(len(study.ladder), 'rung')}, {numbers.many(len(study.seeds), 'seed')}, "
        f"{study.recipe.unit} budgets {budgets}; learning from ",
        said(sources),
        "; optimiser ",
        said(study.recipe.optimiser),
        f", {_rows(study)} in batches of {study.recipe.batch}; "
        f"{numbers.many(study.held_out, held)} held out.",
    )
    return element("div", element("dt", "The study"), element("dd", text))


def _rows(study: Study) -> str:
    """What a batch is made of, and the sizes of the training set where there are several."""
    context = study.recipe.context
    each = "examples" if context == 1 else f"sequences of {context} tokens"
    sizes = ", ".join(f"{rows:,}" for rows in study.rows)
    return f"{each}, the first {sizes} of them," if sizes else each


def _limits(plan: Plan | None) -> Markup | None:
    if plan is None:
        return None
    width = (
        ""
        if plan.forecast_width is None
        else f" A 90 % forecast interval of an accuracy cannot be narrower than "
        f"{numbers.plain(plan.forecast_width, 2)}."
    )
    text = (
        "As planned, before anything ran, the smallest jump of an accuracy between two rungs that "
        f"these items and seeds could show is {numbers.plain(plan.smallest_jump, 2)}.{width}"
    )
    return element("div", element("dt", "What could be seen at all"), element("dd", text))
