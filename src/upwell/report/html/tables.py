"""HTML tables: text to the left, numbers to the right, missing values with their reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .markup import Markup, element


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    num_text_columns: int = 1,
    foot: Sequence[object] | None = None,
) -> Markup:
    """A table whose first `num_text_columns` columns are text and whose others are numbers.

    It scrolls sideways inside its own frame where it is too wide for the screen.
    """
    return element(
        "div",
        element(
            "table",
            element(
                "thead",
                element(
                    "tr", [_header_cell(name, i < num_text_columns) for i, name in enumerate(head)]
                ),
            ),
            element("tbody", [_row(row, num_text_columns) for row in rows]),
            None if foot is None else element("tfoot", _row(foot, num_text_columns)),
        ),
        class_="scroll",
        tabindex="0",
        role="group",
    )


def missing_cell(reason: str | None) -> Markup:
    """A cell without a value, with the reason."""
    return element(
        "span", "missing: ", element("bdi", reason or "no reason given"), class_="missing-value"
    )


def details(summary: str, *children: object) -> Markup:
    """Content that is folded beneath its summary."""
    return element("details", element("summary", summary), *children)


def _header_cell(name: str, is_text: bool) -> Markup:
    return element("th", name, class_=None if is_text else "number", scope="col")


def _row(cells: Sequence[object], num_text_columns: int) -> Markup:
    return element(
        "tr",
        [
            element("td", cell, class_=None if i < num_text_columns else "number")
            for i, cell in enumerate(cells)
        ],
    )
