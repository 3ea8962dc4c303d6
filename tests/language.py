"""The language of the source: names and messages in the field's standard terms.

    python tests/language.py src/upwell/data      lists what a file or folder has to change

The lists are empty by test, not a budget: see tests/test_language.py.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

DENIED = frozenset(
    {
        "asked", "carved", "chosen", "dials", "dice", "drawn", "found", "given", "heard", "heat",
        "kept", "kin", "learnt", "lent", "made", "mended", "noun", "parted", "place", "places",
        "promises", "said", "several", "shown", "strand", "strange", "told", "unseen", "wanted",
    }
)  # fmt: skip
"""Words that no name has as a part: the field has a standard term for each of them."""

PARTICIPLES = frozenset(
    {
        "built", "drawn", "found", "given", "held", "kept", "known", "left", "made", "said", "seen",
        "shown", "spoken", "taken", "told", "written",
    }
)  # fmt: skip
NO_PARTICIPLES = frozenset({"embed", "exceed", "feed", "need", "seed", "speed"})
VAGUE_CONSTANTS = frozenset(
    {
        "FEW", "FEWEST", "HALF", "LARGEST", "LEAST", "LONGEST", "MANY", "MOST", "NEAR", "SHORTEST",
        "SURE",
    }
)  # fmt: skip
ARCHAISMS = (
    r"\bhad (better|best)\b", r"\b(is|are|was|were) told\b", r"\bgoes on where\b",
    r"\bas they are called\b", r"\bwhat comes of\b", r"\bmend(s|ed|ing)?\b", r"\bparted\b",
    r"\blearnt\b", r"\bdice\b", r"\bso many\b", r"\bdials?\b", r"\bfresh models?\b",
    r"\bhidden words\b", r"\bwhat is right\b", r"\bsurest\b", r"\blikelier\b",
    r"\bunlabelled\b", r"\bbetter withheld\b", r"\bis to become of\b", r"\bhears?\b",
)  # fmt: skip
MAX_SENTENCE_WORDS = 30


def names_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a file binds, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield 0, node.asname


def parts_of(name: str) -> list[str]:
    return re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)


def wrong_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for line, name in names_in(tree):
        if {part.lower() for part in parts_of(name)} & DENIED:
            yield line, f"name {name!r}"
        if name.isupper() and name.lstrip("_").partition("_")[0] in VAGUE_CONSTANTS:
            yield line, f"constant {name!r}: say of what, e.g. MAX_ROWS"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not is_property(node):
            # "observed_value" is a noun; "observed" alone is not.
            parts = [part.lower() for part in parts_of(node.name)]
            ends = parts[-1:] and parts[-1].endswith("ed") and parts[-1] not in NO_PARTICIPLES
            if len(parts) == 1 and (ends or parts[0] in PARTICIPLES):
                yield node.lineno, f"function {node.name!r}: use a verb in the imperative"


def is_property(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(each) for each in node.decorator_list)


def strings_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What users read: texts of exceptions, help, printed lines and docstrings, by line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from ((node.lineno, text_of(each)) for each in node.exc.args)
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in ("log", "print_line", "print", "NoAnswer", "Verdict"):
                yield from ((node.lineno, text_of(each)) for each in node.args)
            yield from (
                (node.lineno, text_of(k.value))
                for k in node.keywords
                if k.arg in ("help", "explanation")
            )
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.lineno, node.value.value


def text_of(node: ast.AST) -> str:
    """A string with "x" for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(v) if isinstance(v, ast.Constant) else "x" for v in node.values)
    if isinstance(node, ast.BinOp):
        return text_of(node.left) + text_of(node.right)
    return ""


def wrong_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for line, text in strings_in(tree):
        for pattern in ARCHAISMS:
            if (match := re.search(pattern, text, re.IGNORECASE)) is not None:
                yield line, f"says {match[0]!r}"
        for sentence in re.split(r"(?<=[.;:!?])\s+|\n\s*\n|\n\s*[-*|]|\n +", text):
            if len(sentence.split()) > MAX_SENTENCE_WORDS:
                yield line, f"sentence of {len(sentence.split())} words: {sentence[:60]!r}"


def wrong_in(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    lines = sorted({*wrong_names(tree), *wrong_strings(tree)})
    return [f"{path}:{line}: {what}" for line, what in lines]


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        root = Path(argument)
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            print(*wrong_in(path), sep="\n", end="\n" if wrong_in(path) else "")
