"""A few images with what is right in them and what the model says."""

from __future__ import annotations

import base64

from ...records import Adapted
from ..markup import Markup, element, join


def shown(adapted: Adapted, picture: bytes | None) -> Markup | None:
    """The picture in the page itself; None where there is none."""
    if picture is None:
        return None
    told = f"Images of {adapted.scored_on}: what is right on the left, what is said on the right."
    source = f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    return join(
        element("p", told, class_="lead"), element("img", src=source, alt=told, class_="seen")
    )
