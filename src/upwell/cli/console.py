"""Lines for people, and where they go.

Text is plain unless it goes to a terminal. With `--json -` standard output holds the JSON
alone; everything else goes to standard error.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from ..records.metric_facts import UNDIRECTED_METRICS
from ..workflows.documents import check_suffix, write_text

if TYPE_CHECKING:
    from rich.console import Console

    from ..records import TrainLogEntry
    from ..workflows.load_results import LoadedResults

SCALE_AXES = ("params", "tokens", "flops")
"""Axes whose values --scale and models.csv can give."""

MAX_PRINTED_BAD_ROWS = 3
MAX_PRINTED_MODELS = 6
MAX_SENTENCE = 2000
"""Characters of a sentence about an error, which may repeat a name of any length."""

MIN_FIRST_COLUMN = 24
"""Letters of a table's first column that are shown even where the terminal is narrow."""

LINE_INTERVAL_SECONDS = 30.0
"""Seconds between lines of progress where there is no terminal."""


def check_json_target(target: str | None) -> None:
    """SpecError, before any work is done, for a file that does not end in .json."""
    if target not in (None, "-"):
        check_suffix(Path(str(target)), ".json", "JSON")


def write_json(target: str | None, text: str) -> None:
    """To the file, or to standard output for "-"; nowhere for None."""
    if target == "-":
        # JSON is UTF-8, whatever the terminal shows. What UTF-8 cannot hold has an escape in JSON.
        sys.stdout.flush()
        sys.stdout.buffer.write(f"{text.rstrip()}\n".encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    elif target is not None:
        write_text(check_suffix(Path(target), ".json", "JSON"), text)


def print_error(sentence: str) -> None:
    """The sentence about an error, on standard error."""
    print(f"upwell: {excerpt(to_printable(sentence), MAX_SENTENCE)}", file=sys.stderr)


def allow_all_characters() -> None:
    """Show a character that the terminal's encoding lacks as its escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Let Python close a standard output that nobody reads any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def get_console(json_target: str | None = None) -> Console:
    """Where text for people goes; standard error when JSON takes standard output."""
    from rich.console import Console

    return Console(stderr=json_target == "-", highlight=False, soft_wrap=True)


@contextmanager
def spinner(message: str) -> Iterator[None]:
    """Shows on a terminal what takes a while, and removes it afterwards."""
    from rich.console import Console

    stderr = Console(stderr=True)
    if not stderr.is_terminal:
        yield
        return
    with stderr.status(message):
        yield


def line_logger(console: Console) -> Callable[[str], None]:
    """A function that prints one line."""
    return lambda line: print_line(console, line)


def train_progress() -> Callable[[TrainLogEntry, int, int], None]:
    """Prints the steps of a training with the time left: one changing line on a terminal."""
    from ..formatting import format_duration

    show = progress_line()

    def on_progress(entry: TrainLogEntry, steps: int, rows: int) -> None:
        if entry.loss is None:
            return
        steps = max(steps, entry.step)
        seconds_left = entry.seconds / max(1, entry.step) * (steps - entry.step)
        show(
            f"step {entry.step:,} of {steps:,}, loss {entry.loss:.3f}, "
            f"{format_duration(seconds_left)} left",
            entry.step >= steps,
        )

    return on_progress


def progress_line() -> Callable[[str, bool], None]:
    """Shows a line that changes on a terminal; elsewhere prints one now and then."""
    from rich.console import Console

    stderr = Console(stderr=True)
    last_printed = monotonic()

    def show(line: str, is_last: bool) -> None:
        nonlocal last_printed
        if stderr.is_terminal:
            stderr.print(line.ljust(76)[:76], end="\n" if is_last else "\r", highlight=False)
        elif monotonic() - last_printed > LINE_INTERVAL_SECONDS:
            stderr.print(line, highlight=False, soft_wrap=True)
            last_printed = monotonic()

    return show


def print_source_summary(console: Console, results: LoadedResults, axis: str | None) -> None:
    """What was read and what was left out."""
    files = f"{len(results.files)} files" if len(results.files) > 1 else results.files[0]
    print_line(console, f"read {len(results.table):,} rows from {files}")
    for note in results.notes:
        print_line(console, note, "yellow")
    if results.bad_rows:
        print_line(console, f"left out {len(results.bad_rows):,} bad rows, among them:", "yellow")
        for bad_row in results.bad_rows[:MAX_PRINTED_BAD_ROWS]:
            location = bad_row.file if bad_row.line is None else f"{bad_row.file}:{bad_row.line}"
            prefix = "" if location in bad_row.reason else f"{location}: "
            print_line(console, f"  {prefix}{bad_row.reason}", "yellow")
    if results.unplaced_models:
        names = ", ".join(results.unplaced_models[:MAX_PRINTED_MODELS])
        more = ", ..." if len(results.unplaced_models) > MAX_PRINTED_MODELS else ""
        hint = " (give it with models.csv or --scale)" if axis in SCALE_AXES else ""
        print_line(console, f"left out, {axis} not known: {names}{more}{hint}", "yellow")
    undirected = [name for name in results.unknown_metrics if name in UNDIRECTED_METRICS]
    if undirected:
        names = ", ".join(f"{name} ({UNDIRECTED_METRICS[name]})" for name in undirected)
        print_line(console, f"metric without a better end, not used: {names}", "yellow")
    if unknown := [name for name in results.unknown_metrics if name not in undirected]:
        hint = " (--metric-info NAME=higher,0,1 tells its facts)"
        print_line(console, f"metric unknown, not used: {', '.join(unknown)}{hint}", "yellow")


def print_table(console: Console, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns for people: aligned, numbers to the right, long names cut on a terminal."""
    from rich.cells import cell_len

    cells = [[to_printable(cell) for cell in row] for row in (titles, *rows)]
    numeric = [all(_is_numeric(row[i]) for row in cells[1:]) for i in range(len(titles))]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(titles))]
    if console.is_terminal:
        spare = sum(widths) + 2 * len(widths) - console.width
        widths[0] = max(min(MIN_FIRST_COLUMN, widths[0]), widths[0] - max(spare, 0))
    for n, row in enumerate(cells):
        line = "  ".join(map(_pad_cell, row, widths, numeric)).rstrip()
        print_line(console, line, "bold" if n == 0 else None)


def print_line(console: Console, text: str, style: str | None = None) -> None:
    """One line for people."""
    console.print(to_printable(text), style=style, markup=False)


def to_printable(text: str) -> str:
    """The text on one line, without anything that could steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def excerpt(text: str, max_chars: int = 60) -> str:
    """The beginning of a text."""
    return text if len(text) <= max_chars else f"{text[: max_chars - 1]}…"


def _pad_cell(text: str, width: int, numeric: bool) -> str:
    """The text in `width` columns of a terminal; a Chinese character takes two."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) > width:
        text = f"{set_cell_size(text, width - 1)}…"
    padding = " " * (width - cell_len(text))
    return padding + text if numeric else text + padding


def _is_numeric(cell: str) -> bool:
    return not cell or cell.lstrip("+-")[:1].isdigit()
