"""The recipe, so that the model can be made again."""

from __future__ import annotations

from ...records import Adapted
from .. import numbers
from ..markup import Markup, element, said

OF_TOKENS = ("classify", "tag", "answer", "translate", "summarise", "instruct")
"""Tasks of texts: parameters times tokens tell their compute, and that of no image."""


def shown(adapted: Adapted) -> Markup:
    """Facts of the act and of what came of it."""
    ref, adapt, recipe = adapted.ref, adapted.adapt, adapted.recipe
    facts: list[tuple[str, object]] = [
        ("Model", said(ref.id)),
        ("Made from", said(ref.parent or numbers.UNKNOWN)),
        ("Parameters", f"{ref.params:,}"),
        *([("Labels", f"{len(adapt.labels)}")] if adapt.labels else []),
        ("Most that is read of a row", f"{adapt.length}"),
        ("The head reads", "the mean of all tokens" if adapt.pooling == "mean" else "its own way"),
        ("Seed", f"{ref.seed}"),
        ("Code", said(ref.code)),
        ("Weights, sha256", said(ref.weights or numbers.UNKNOWN)),
    ]
    if adapt.method == "head":
        facts.append(("Penalty of the head", numbers.plain(adapt.penalty)))
    else:
        facts += [
            ("Learning rate", numbers.plain(recipe.learning_rate)),
            ("Rows in a step", f"{recipe.batch}"),
            ("Rounds", f"{adapt.keep or adapt.rounds} of {adapt.rounds}"),
        ]
    if adapt.method != "head" and adapt.task in OF_TOKENS:
        facts.append(("Compute", f"{numbers.scientific(ref.flops)} FLOPs"))
    return element(
        "dl",
        [element("div", element("dt", name), element("dd", value)) for name, value in facts],
        class_="facts made",
    )
