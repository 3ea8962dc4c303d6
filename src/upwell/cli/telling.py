"""What the verbs on tables say: lines for people, and JSON of a fixed shape (docs/json.md).

Text is plain unless it goes to a terminal. With `--json -` standard output holds the JSON
alone; what people should know besides goes to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    from rich.console import Console

    from ..tables import Reading

VERSION = 1
"""Of the JSON shapes; raised when a field changes its meaning or goes."""

LISTED = 1000
"""Bad rows that a JSON document lists; all are counted."""

TOLD = ("params", "tokens", "flops")
"""Axes whose values --scale and models.csv can tell."""

SHOWN = 3
"""Bad rows that people see."""


def document(kind: str, reading: Reading, **content: Any) -> dict[str, Any]:
    """A JSON document of ours: what it is, in which version, its content, its source."""
    return {"upwell": kind, "version": VERSION, **content, "source": source(reading)}


def source(reading: Reading) -> dict[str, Any]:
    """What was read, and what could not be used."""
    return {
        "files": list(reading.files),
        "rows": len(reading.table),
        "repeated": reading.repeated,
        "left_out": list(reading.left_out),
        "unknown_metrics": list(reading.unknown_metrics),
        "bad_rows": len(reading.bad),
        "bad": [{"file": b.file, "line": b.line, "why": b.why} for b in reading.bad[:LISTED]],
    }


def write_json(target: str | None, content: Mapping[str, Any]) -> None:
    """To the file, or to standard output for "-"; nowhere for None."""
    if target is None:
        return
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    if target == "-":
        sys.stdout.write(text)
    else:
        write_text(Path(target), text)


def check_folder(path: Path) -> None:
    """DataError, before any work is done, for a folder that cannot be one."""
    for each in (path, *path.parents):
        if each.exists() and not each.is_dir():
            raise DataError(f"{each} is a file; give another folder with --out")


def write_text(path: Path, text: str) -> None:
    """The whole file or none of it; DataError where it cannot be written."""
    from ..store.atomic import write_bytes

    try:
        write_bytes(path, text.encode("utf-8"))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from None


def write_record(target: str, text: str) -> None:
    """A record's JSON to the file, or to standard output for "-"."""
    if target == "-":
        sys.stdout.write(text + "\n")
    else:
        write_text(Path(target), text + "\n")


def out(json_target: str | None = None) -> Console:
    """Where text for people goes; standard error when JSON takes standard output."""
    from rich.console import Console

    return Console(stderr=json_target == "-", highlight=False, soft_wrap=True)


@contextmanager
def working(sentence: str) -> Iterator[None]:
    """Says what takes a while, on a terminal, and takes it back."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(sentence):
        yield


def tell_reading(console: Console, reading: Reading, axis: str | None) -> None:
    """What was read and what was left out, as people should know."""
    files = f"{len(reading.files)} files" if len(reading.files) > 1 else reading.files[0]
    say(console, f"read {len(reading.table):,} rows from {files}")
    if reading.bad:
        say(console, f"left out {len(reading.bad):,} bad rows, among them:", "yellow")
        for bad in reading.bad[:SHOWN]:
            place = bad.file if bad.line is None else f"{bad.file}:{bad.line}"
            say(console, f"  {bad.why}" if place in bad.why else f"  {place}: {bad.why}", "yellow")
    if reading.left_out:
        names = f"{', '.join(reading.left_out[:6])}{', ...' if reading.left_out[6:] else ''}"
        told = f"left out, {axis} not known: {names}"
        hint = " (tell it with models.csv or --scale)" if axis in TOLD else ""
        say(console, f"{told}{hint}", "yellow")
    if reading.unknown_metrics:
        say(console, f"metric unknown, not used: {', '.join(reading.unknown_metrics)}", "yellow")


def table(console: Console, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns for people: aligned, numbers to the right, long names cut on a terminal."""
    cells = [[plain(cell) for cell in row] for row in (titles, *rows)]
    numeric = [all(_numeric(row[i]) for row in cells[1:]) for i in range(len(titles))]
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    if console.is_terminal:
        spare = sum(widths) + 2 * len(widths) - console.width
        widths[0] = max(24, widths[0] - max(spare, 0))
    for n, row in enumerate(cells):
        line = "  ".join(map(_cell, row, widths, numeric)).rstrip()
        say(console, line, "bold" if n == 0 else None)


def _cell(text: str, width: int, numeric: bool) -> str:
    text = text if len(text) <= width else f"{text[: width - 1]}…"
    return text.rjust(width) if numeric else text.ljust(width)


def plain(text: str) -> str:
    """The text on one line, with anything that could steer a terminal taken out."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def say(console: Console, text: str, style: str | None = None) -> None:
    """One line for people."""
    console.print(plain(text), style=style, markup=False)


def _numeric(cell: str) -> bool:
    return not cell or cell.lstrip("+-")[:1].isdigit()


def short(number: float | None, digits: int = 3) -> str:
    """A number for a table; empty for None."""
    if number is None:
        return ""
    return f"{number:.{digits}g}" if 1e-4 <= abs(number) < 1e5 or number == 0 else f"{number:.2e}"


def ability(name: str, shots: int | None) -> str:
    """An ability with its number of shots."""
    return f"{name}, {shots}-shot" if shots else name


def duration(seconds: float) -> str:
    """A time for people: "40 s", "3 min", "2.5 h"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count, 1e5) / 1e6:.1f} MB"
