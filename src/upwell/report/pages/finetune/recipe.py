"""The recipe: everything that is needed to train the model again."""

from __future__ import annotations

from ....formatting import UNKNOWN, format_scientific, format_value
from ....records import ModelCard
from ...html.markup import Markup, element, isolate

TOKEN_TASKS = (
    "text-classification",
    "token-classification",
    "question-answering",
    "translation",
    "summarization",
    "instruction-tuning",
)
"""Tasks whose compute follows from parameters and tokens, unlike that of images."""


def render(model_card: ModelCard) -> Markup:
    """The hyperparameters and the identity of the model."""
    ref, finetune, recipe = model_card.ref, model_card.finetune, model_card.recipe
    facts: list[tuple[str, object]] = [
        ("Model", isolate(ref.id)),
        ("Base model", isolate(ref.parent or UNKNOWN)),
        ("Parameters", f"{ref.params:,}"),
        *([("Labels", f"{len(finetune.labels)}")] if finetune.labels else []),
        ("Maximum length of a row", f"{finetune.max_length}"),
        ("Pooling", "mean of all tokens" if finetune.pooling == "mean" else "the model's own"),
        ("Seed", f"{ref.seed}"),
        ("Code version", isolate(ref.code_version)),
        ("Weights, sha256", isolate(ref.weights_sha256 or UNKNOWN)),
    ]
    if finetune.method == "linear":
        facts.append(("L2 penalty of the head", format_value(finetune.l2)))
    else:
        facts += [
            ("Learning rate", format_value(recipe.learning_rate)),
            ("Batch size, rows", f"{recipe.batch_size}"),
            ("Epochs", f"{finetune.stop_after_epoch or finetune.epochs} of {finetune.epochs}"),
        ]
    if finetune.method != "linear" and finetune.task in TOKEN_TASKS:
        facts.append(("Compute", f"{format_scientific(ref.flops)} FLOPs"))
    return element(
        "dl",
        [element("div", element("dt", name), element("dd", value)) for name, value in facts],
        class_="facts fact-grid",
    )
