"""The HTML document of every page, which loads nothing from outside.

Its Content-Security-Policy allows the one style sheet and the one script by their sha256, and
forbids everything else, including the network.
"""

from __future__ import annotations

from .assets import csp_digest, read_asset
from .markup import Markup, element

STYLE_SHEETS = ("light.css", "dark.css", "chart.css", "page.css")


def document(
    title: str,
    main: Markup,
    *,
    style_sheets: tuple[str, ...] = (),
    script: str | None = None,
    allow_images: bool = False,
) -> str:
    """A whole HTML document around its main element.

    `style_sheets` and `script` are names of files in `static/`. `allow_images` permits images that
    are part of the document (`data:` URLs).
    """
    style = "".join(read_asset(name) for name in (*STYLE_SHEETS, *style_sheets))
    script_text = None if script is None else read_asset(script)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element(
            "meta",
            http_equiv="Content-Security-Policy",
            content=_security_policy(style, script_text, allow_images),
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Markup(style)),
    )
    body = element(
        "body", main, None if script_text is None else element("script", Markup(script_text))
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def section(name: str, *content: object) -> Markup | None:
    """A part of a page under its heading; None without content."""
    if not any(content):
        return None
    return element("section", element("h2", name), *content)


def _security_policy(style: str, script: str | None, allow_images: bool) -> str:
    policy = f"default-src 'none'; style-src {csp_digest(style)}"
    if script is not None:
        policy += f"; script-src {csp_digest(script)}"
    if allow_images:
        policy += "; img-src data:"
    return f"{policy}; base-uri 'none'; form-action 'none'"
