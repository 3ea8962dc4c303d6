"""The first question of an ability, and what each size answered: a feeling for what is scored."""

from __future__ import annotations

from ...formatting import format_axis_value
from ...records import ExampleAnswer, ExampleQuestion
from ..html.markup import Markup, element, isolate_ltr
from ..html.tables import table
from ..titles import axis_title


def render(example: ExampleQuestion, axis: str) -> Markup:
    """The question, the correct answer, and a row for each size."""
    return element(
        "div",
        element(
            "p",
            "First question: ",
            element("code", isolate_ltr(_visible(example.question))) if example.question else None,
            " correct: " if example.question else None,
            element("code", isolate_ltr(_visible(example.target))),
            class_="hint",
        ),
        table(
            [axis_title(axis), "answer", ""],
            [
                (
                    format_axis_value(answer.scale, axis),
                    element("code", isolate_ltr(_visible(answer.text))),
                    _mark(answer),
                )
                for answer in example.answers
            ],
            num_text_columns=3,
        ),
        class_="example",
    )


def _visible(text: str) -> str:
    """Line breaks as they would be typed."""
    return text.replace("\n", "\\n") or "(nothing)"


def _mark(answer: ExampleAnswer) -> Markup | None:
    if answer.correct is None:
        return None
    text, name = ("\u2713 right", "hit") if answer.correct else ("\u2717 wrong", "miss")
    return element("b", text, class_=f"result {name}")
