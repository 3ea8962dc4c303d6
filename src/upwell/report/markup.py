"""HTML and SVG that cannot be broken by what stands in it.

Every string given to `element` is escaped; only what `element` itself made passes
unescaped. Nobody in this room writes an angle bracket of their own, so no model's
answer and no user's title can become markup. There is no way in for raw markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

Child = "Markup | str | int | float | None | Iterable[Child]"

VOID = frozenset({"meta", "br", "hr", "link", "col", "input", "img"})
"""HTML elements that have no end tag."""

_FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u0080-\u009f\u202a-\u202e\u2066-\u2069]"
)


class Markup(str):
    """Text that `element` made: safe to put on a page as it is."""

    __slots__ = ()


def clean(text: str) -> str:
    """The text without what XML forbids or what turns the reading direction of its surroundings.

    Control characters, lone surrogates and bidirectional overrides become U+FFFD, so
    that one hostile name can neither break a file nor mirror the sentence around it.
    """
    return _FORBIDDEN.sub("\ufffd", text)


def element(name: str, /, *children: object, **attributes: str | float | bool | None) -> Markup:
    """One element. Attributes that are None or False are left out; `_` in a name reads `-`.

    `class_` is `class`. A true attribute stands without a value, as HTML writes it.
    """
    head = f"<{name}{''.join(_attribute(*pair) for pair in attributes.items())}"
    if name in VOID:
        return Markup(f"{head}>")
    return Markup(f"{head}>{join(*children)}</{name}>")


def join(*children: object) -> Markup:
    """Children one after the other: Markup as it is, other things escaped, None left out."""
    return Markup("".join(_child(child) for child in children))


def said(text: str) -> Markup:
    """A word or sentence of a model or a user: isolated, so that its direction stays its own."""
    return element("bdi", text)


def titled(text: str) -> Markup:
    """A title that begins with a name and goes on in English, whatever script the name is in."""
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
    written = name.rstrip("_").replace("_", "-")
    if value is True:
        return f' {written}=""'
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {written}="{html.escape(clean(text), quote=True)}"'
