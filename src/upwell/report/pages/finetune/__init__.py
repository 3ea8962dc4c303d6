"""The page of a fine-tuned model: scores, confusions, calibration, data issues and recipe.

It draws the model card and the training log of the model's folder. It computes nothing that was not
measured, loads nothing from outside and runs no script.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....records import FeedbackRound, ModelCard, TrainLogEntry
from ...html.document import document, section
from ...html.markup import element
from . import (
    confusion,
    data_issues,
    feedback_history,
    header,
    recipe,
    reliability,
    samples,
    training,
)

__all__ = ["finetune_page"]


def finetune_page(
    model_card: ModelCard,
    log_entries: Sequence[TrainLogEntry] = (),
    history: Sequence[FeedbackRound] = (),
    preview_image: bytes | None = None,
) -> str:
    """A whole HTML document, to be written as UTF-8.

    Args:
        log_entries: The training log.
        history: Feedback rounds of the model, if any.
        preview_image: A JPEG of rows with their labels and predictions, if the task has images.
    """
    main = element(
        "main",
        header.render(model_card),
        section("Feedback rounds", feedback_history.render(history)),
        section("Candidates", header.render_candidates(model_card)),
        section("Sample predictions", samples.render(model_card, preview_image)),
        section("Confusions", confusion.render(model_card)),
        section("Calibration", reliability.render(model_card)),
        section("Data issues", data_issues.render(model_card)),
        section("Training", training.render(model_card, log_entries)),
        section("Recipe", recipe.render(model_card)),
    )
    return document(header.title(model_card), main, allow_images=preview_image is not None)
