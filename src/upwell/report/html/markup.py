"""HTML and SVG elements that escape their content.

`element` escapes every string; only `Markup`, the result of `element`, passes as it is. No other
file of this room writes an angle bracket, so no answer of a model and no title of a user can become
markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

Child = "Markup | str | int | float | None | Iterable[Child]"

VOID_ELEMENTS = frozenset({"meta", "br", "hr", "link", "col", "input", "img"})
"""HTML elements that have no end tag."""

_FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u0080-\u009f\u202a-\u202e\u2066-\u2069]"
)


class Markup(str):
    """Text from `element`: safe to put on a page as it is."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text without characters that XML forbids and without bidirectional overrides.

    Control characters, lone surrogates and overrides become U+FFFD, so that a hostile name can
    neither break a file nor mirror the sentence around it.
    """
    return _FORBIDDEN.sub("\ufffd", text)


def element(name: str, /, *children: object, **attributes: str | float | bool | None) -> Markup:
    """One element.

    Attributes that are None or False are left out, and True is an attribute without a value. An
    underscore in a name becomes a dash; `class_` is `class`.
    """
    head = f"<{name}{''.join(_attribute(*pair) for pair in attributes.items())}"
    if name in VOID_ELEMENTS:
        return Markup(f"{head}>")
    return Markup(f"{head}>{join(*children)}</{name}>")


def join(*children: object) -> Markup:
    """The children in order: Markup as it is, anything else escaped, None left out."""
    return Markup("".join(_child(child) for child in children))


def isolate(text: str) -> Markup:
    """Text of a model or a user, isolated so that it keeps its own reading direction."""
    return element("bdi", text)


def isolate_ltr(text: str) -> Markup:
    """A title that begins with a name of any script and continues in English."""
    return element("bdi", text, dir="ltr")


def _child(child: object) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int | float):
        return html.escape(clean(str(child)), quote=True)
    assert isinstance(child, Iterable), f"not something to show: {child!r}"
    return "".join(_child(inner) for inner in child)


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    html_name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f' {html_name}=""'
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {html_name}="{html.escape(clean(text), quote=True)}"'
