"""Style sheets and scripts from `static/`, which go into a page as text."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files


@cache
def read_asset(name: str) -> str:
    """The content of a file of `report/static`."""
    static = files("upwell.report").joinpath("static")
    return static.joinpath(name).read_text(encoding="utf-8")


def csp_digest(text: str) -> str:
    """The source expression that a Content-Security-Policy allows a style sheet or script by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
