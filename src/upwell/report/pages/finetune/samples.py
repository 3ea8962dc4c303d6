"""A few images with their labels and the predictions of the model."""

from __future__ import annotations

import base64

from ....records import ModelCard
from ...html.markup import Markup, element, join


def render(model_card: ModelCard, preview_image: bytes | None) -> Markup | None:
    """The image, embedded in the page; None without one."""
    if preview_image is None:
        return None
    caption = f"Images of {model_card.eval_set}: labels on the left, predictions on the right."
    source = f"data:image/jpeg;base64,{base64.b64encode(preview_image).decode()}"
    return join(
        element("p", caption, class_="lead"),
        element("img", src=source, alt=caption, class_="preview"),
    )
