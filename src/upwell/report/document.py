"""The shell of every page: one HTML document that reaches for nothing.

The content-security-policy names the one style sheet and the one script by their
sha256; everything else, the network first, is forbidden.
"""

from __future__ import annotations

from .asset import digest, text_of
from .markup import Markup, element

SHEETS = ("light.css", "dark.css", "chart.css", "page.css")


def document(
    title: str,
    main: Markup,
    *,
    sheets: tuple[str, ...] = (),
    script: str | None = None,
    pictures: bool = False,
) -> str:
    """A whole HTML document around its main element; `pictures` allows images that stand in the
    document itself."""
    style = "".join(text_of(name) for name in (*SHEETS, *sheets))
    code = None if script is None else text_of(script)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element(
            "meta", http_equiv="Content-Security-Policy", content=_policy(style, code, pictures)
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style)),
    )
    body = element("body", main, None if code is None else element("script", Markup(code)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def section(name: str, *content: object) -> Markup | None:
    """A part of a page under its heading; None where there is nothing to say."""
    if not any(content):
        return None
    return element("section", element("h2", name), *content)


def _policy(style: str, script: str | None, pictures: bool) -> str:
    allowed = f"default-src 'none'; style-src {digest(style)}"
    if script is not None:
        allowed += f"; script-src {digest(script)}"
    if pictures:
        allowed += "; img-src data:"
    return f"{allowed}; base-uri 'none'; form-action 'none'"
