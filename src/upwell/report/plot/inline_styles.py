"""Colors written into the elements of an SVG, for viewers that do not read style sheets.

On a page a figure is styled by classes and CSS variables, which follow the reader's light or dark
theme. An image viewer, an office program or a converter knows neither. `inline_styles` matches the
rules itself and writes what they say as attributes of each element.

It reads the CSS that our own style sheets use: type, class and `[class*="..."]` selectors joined by
spaces, variables, and `currentColor`. Anything else is an error, so that no rule is lost silently.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NAMESPACE = "http://www.w3.org/2000/svg"

SVG_PROPERTIES = frozenset(
    {
        "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
        "opacity", "paint-order", "font-family", "font-size", "font-style", "font-weight",
        "font-variant-numeric",
    }
)  # fmt: skip
"""Properties that SVG has as attributes; the others lay a figure out on its page."""

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_COMPOUND = re.compile(r'(?P<tag>[a-z]*)(?P<rest>(?:\.[\w-]+|\[class\*="[^"]+"\])*)')
_PART = re.compile(r'\.([\w-]+)|\[class\*="([^"]+)"\]')


@dataclass(frozen=True)
class _Compound:
    """A selector without spaces."""

    tag: str
    classes: tuple[str, ...]
    substrings: tuple[str, ...]

    def matches(self, node: ET.Element) -> bool:
        attribute = node.get("class", "")
        names = attribute.split()
        return (
            self.tag in ("", node.tag.rpartition("}")[2])
            and all(name in names for name in self.classes)
            and all(part in attribute for part in self.substrings)
        )


@dataclass(frozen=True)
class _Rule:
    """One selector with its declarations."""

    compounds: tuple[_Compound, ...]
    declarations: Mapping[str, str]

    @property
    def specificity(self) -> tuple[int, int]:
        return (
            sum(len(one.classes) + len(one.substrings) for one in self.compounds),
            sum(bool(one.tag) for one in self.compounds),
        )

    def matches(self, node: ET.Element, ancestors: Sequence[ET.Element]) -> bool:
        if not self.compounds[-1].matches(node):
            return False
        remaining = list(ancestors)
        for compound in reversed(self.compounds[:-1]):
            while remaining and not compound.matches(remaining[-1]):
                remaining.pop()
            if not remaining:
                return False
            remaining.pop()
        return True


def inline_styles(svg: str, css: str, variables: Mapping[str, str]) -> str:
    """The SVG with the declarations of the rules that match each element as its attributes."""
    ET.register_namespace("", NAMESPACE)
    root = ET.fromstring(svg.encode())
    rules = sorted(_parse_rules(css), key=lambda rule: rule.specificity)
    _style(root, [], rules, dict(variables), "currentColor")
    return ET.tostring(root, encoding="unicode")


def parse_variables(css: str) -> dict[str, str]:
    """The custom properties that a style sheet declares, by name ("--ink")."""
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", css))


def _style(
    node: ET.Element,
    ancestors: list[ET.Element],
    rules: Sequence[_Rule],
    variables: Mapping[str, str],
    color: str,
) -> None:
    declarations: dict[str, str] = {}
    for rule in rules:
        if rule.matches(node, ancestors):
            declarations.update(rule.declarations)
    variables = {**variables, **{k: v for k, v in declarations.items() if k.startswith("--")}}
    resolved = {name: _resolve(value, variables) for name, value in declarations.items()}
    color = resolved.get("color", color)
    for name, value in resolved.items():
        if name in SVG_PROPERTIES:
            node.set(name, color if value == "currentColor" else value)
    for child in node:
        _style(child, [*ancestors, node], rules, variables, color)


def _resolve(value: str, variables: Mapping[str, str]) -> str:
    while "var(" in value:
        value = _VARIABLE.sub(lambda match: variables[match[1]], value)
    return value


def _parse_rules(css: str) -> list[_Rule]:
    rules = []
    for selectors, body in _RULE.findall(css):
        pairs = (
            declaration.split(":", 1) for declaration in body.split(";") if declaration.strip()
        )
        declarations = {name.strip(): value.strip() for name, value in pairs}
        rules += [_Rule(_parse_selector(one), declarations) for one in selectors.split(",")]
    return rules


def _parse_selector(selector: str) -> tuple[_Compound, ...]:
    return tuple(_parse_compound(part) for part in selector.split())


def _parse_compound(text: str) -> _Compound:
    match = _COMPOUND.fullmatch(text)
    if match is None:
        raise ValueError(f"the selector {text!r} cannot be written into an SVG")
    parts = _PART.findall(match["rest"])
    return _Compound(
        tag=match["tag"],
        classes=tuple(name for name, _ in parts if name),
        substrings=tuple(part for _, part in parts if part),
    )
