"""Texts with what should be made of each: translations, summaries, answers in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import DataError
from ...naming import did_you_mean, listed
from .columns import Columns
from .files import File, Line, opened
from .reading import Labelled, Row

KNOWN = (
    ("source", "target"), ("src", "tgt"), ("input", "output"), ("document", "summary"),
    ("article", "highlights"), ("article", "summary"), ("text", "summary"), ("text", "translation"),
    ("原文", "译文"), ("正文", "摘要"),
)  # fmt: skip
"""What people call the two columns."""

LANGUAGES = ("en", "zh", "de", "fr", "es", "ru", "ja", "ko", "it", "pt", "cs", "cmn", "eng")
"""Columns that are called after a language; the first of them is the source."""


def read_pairs(path: Path, wanted: Columns, *, labelled: bool = True) -> Labelled:
    """The rows of a file: the source as text, the target as truth; targets may be absent where
    rows need not be `labelled`.

    Raises DataError for columns that are not there, or cannot be told apart.
    """
    told = (*wanted.texts, *([wanted.label] if wanted.label else []))
    names = {name for pair in KNOWN for name in pair} | set(LANGUAGES)
    file = opened(path, (*told, *names))
    source, target = _columns(file, path, wanted, labelled=labelled)
    rows = tuple(
        Row(
            line.number,
            (_text(line.values.get(source)),),
            (),
            _text(line.values.get(target)) or None,
        )
        for line in file.lines
    )
    return Labelled(path.name, Columns(texts=(source,), label=target), rows, listed=False)


def _row(line: Line, source: str, target: str) -> Row:
    text, wanted = (_text(line.values.get(name)) for name in (source, target))
    return Row(line.number, (text,), (), truth=wanted or None)


def _columns(file: File, path: Path, wanted: Columns, *, labelled: bool) -> tuple[str, str]:
    for name in wanted.texts:
        if name not in file.names:
            raise DataError(
                f"{path.name} has no column {name!r}; it has {listed(file.names)}"
                + did_you_mean(name, file.names)
            )
    if wanted.label and wanted.label not in file.names and labelled:
        raise DataError(
            f"{path.name} has no column {wanted.label!r}; it has {listed(file.names)}"
            + did_you_mean(wanted.label, file.names)
        )
    found = _found(file.names, labelled=labelled)
    source = wanted.texts[0] if wanted.texts else found[0] if found else None
    target = wanted.label or (found[1] if found else None)
    if source is None or target is None or source == target:
        raise DataError(
            f"{path.name} has the columns {listed(file.names)}, and it cannot be told which is to "
            "be made of which; name them with --text and --label"
        )
    return source, target


def _found(names: Sequence[str], *, labelled: bool) -> tuple[str, str] | None:
    lowered = {name.lower(): name for name in names}
    for source, target in KNOWN:
        if source in lowered and (target in lowered or not labelled):
            return lowered[source], lowered.get(target, target)
    spoken = [name for name in names if name.lower() in LANGUAGES]
    if len(spoken) == 2:
        return spoken[0], spoken[1]
    return (names[0], names[1]) if len(names) == 2 else None


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
