"""What is wrong with labelled rows, found before anything is learnt from them.

Each finding names its lines. What can be mended without a guess (empty and repeated rows) is;
the rest is told, because only the owner of the rows knows the truth.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from .reading import Labelled, Row

ALIKE = 0.84
"""Likeness of two labels (Ratcliff and Obershelp) from which one may be the other misspelt."""

RARE = 0.1
"""A misspelt label has at most this share of the rows of the right one, and few in all."""

FEW = 5
SHOWN = 8
"""Lines that a sentence names."""

PREFIX = re.compile("[BIESMLU]-")
"""Where a word stands in its entity."""

GARBLED = re.compile("\ufffd|Ã[\u0080-\u00bf]|â€|ï»¿|锟斤拷|烫烫烫")
"""Traces of a text that was read in one encoding and written in another."""


@dataclass(frozen=True)
class Problem:
    """Something wrong with some rows."""

    kind: str
    """"empty", "unlabelled", "repeated", "contradictory", "misspelt", "rare", "garbled" or
    "leaked"."""

    said: str
    lines: tuple[int, ...]
    files: tuple[str, ...] = ()
    """What the rows are called, where each is a file."""

    def __str__(self) -> str:
        shown = ", ".join(self.files[:SHOWN] or map(str, self.lines[:SHOWN]))
        more = ", ..." if len(self.lines) > SHOWN else ""
        unit = "" if self.files else f"line{'s' * (len(self.lines) > 1)} "
        return f"{self.said} ({unit}{shown}{more})"


def problems(data: Labelled) -> list[Problem]:
    """Everything wrong with the rows of a file, worst first; [] where nothing is."""
    rows, several = data.rows, data.columns.several is not None
    empty = [row.line for row in rows if not all(row.texts)]
    bare = [] if several else [row.line for row in rows if not told_of(row)]
    garbled = [row.line for row in rows if any(GARBLED.search(text) for text in row.texts)]
    found = [
        _told("empty", "without a text, left out", empty),
        _told("unlabelled", "without a label, left out", bare),
        *_together(rows),
        *(misspelt(data) if data.listed else ()),
        *(_rare(data) if data.listed else ()),
        _told("garbled", "that were read in a wrong encoding once", garbled),
    ]
    return [_named(problem, rows) for problem in found if problem is not None]


def told_of(row: Row) -> bool:
    """Whether it says what is right of it."""
    return bool(row.labels) or row.truth is not None


def leaked_into(test: str) -> str:
    """How a problem says that rows stand in a test file, by its name."""
    return f"in {test} too, left out of training"


def leaks(train: Labelled, test: Labelled) -> Problem | None:
    """Training rows whose text stands in the test rows too; None where there are none."""
    there = {key(row) for row in test.rows}
    lines = [row.line for row in train.rows if key(row) in there and all(row.texts)]
    verb = "stands" if len(lines) == 1 else "stand"
    found = _told("leaked", f"that {verb} {leaked_into(test.name)}", lines)
    return None if found is None else _named(found, train.rows)


def key(row: Row) -> tuple[str, ...]:
    """The texts without what makes no difference: case, spaces, forms of the same letter. What a
    file holds, where the row is one."""
    if row.content:
        return (row.content,)
    return tuple(
        " ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in row.texts
    )


def misspelt(data: Labelled) -> list[Problem]:
    """Rare labels that are all but the same as a frequent one."""
    counts = data.counts
    found = []
    for rare in sorted(counts):
        likely = [
            name
            for name in counts
            if counts[rare] <= min(FEW, RARE * counts[name]) and _alike(rare, name)
        ]
        if likely:
            right = max(likely, key=lambda name: counts[name])
            lines = [row.line for row in data.rows if rare in row.labels]
            said = (
                f"label {rare!r} stands once beside"
                if len(lines) == 1
                else (f"label {rare!r} stands {len(lines)} times beside")
            )
            found.append(
                Problem(
                    "misspelt",
                    f"{said} {counts[right]} of {right!r}; is it misspelt?",
                    tuple(lines),
                )
            )
    return found


def _alike(one: str, other: str) -> bool:
    if PREFIX.match(one) and PREFIX.match(other):
        # Tags of words: B-PER and I-PER differ on purpose.
        one, other = PREFIX.sub("", one), PREFIX.sub("", other)
        if one == other:
            return False
    plain = [re.sub(r"[\W_]+", "", name).casefold() for name in (one, other)]
    if plain[0] == plain[1]:
        return bool(plain[0])
    # Numbers differ on purpose; so do labels of three letters.
    if any(any(map(str.isdigit, name)) or len(name) < 4 for name in plain):
        return False
    return SequenceMatcher(None, plain[0], plain[1], autojunk=False).ratio() >= ALIKE


def _together(rows: Iterable[Row]) -> list[Problem | None]:
    """Rows of the same text: repeated where their labels agree, contradictory where not."""
    groups: Mapping[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if all(row.texts) and told_of(row):
            groups[key(row)].append(row)
    repeated, contradictory = [], []
    for group in groups.values():
        # A text may be translated in many ways, and is of one class.
        if len({frozenset(row.labels) for row in group}) > 1:
            contradictory += [row.line for row in group]
        repeated += [row.line for row in _repeats(group)]
    return [
        _told("contradictory", "with the same text and different labels", sorted(contradictory)),
        _told("repeated", "with the text and label of an earlier one, left out", sorted(repeated)),
    ]


def _repeats(group: Sequence[Row]) -> list[Row]:
    """Those whose label another row of the same text has had before."""
    seen: set[tuple[frozenset[str], str]] = set()
    found = []
    for row in group:
        said = frozenset(row.labels), repr(row.truth)
        if said in seen:
            found.append(row)
        seen.add(said)
    return found


def _rare(data: Labelled) -> list[Problem]:
    alone = {name for name, count in data.counts.items() if count == 1}
    if not alone:
        return []
    lines = tuple(row.line for row in data.rows if alone & set(row.labels))
    names = ", ".join(sorted(alone)[:SHOWN])
    one = len(alone) == 1
    said = f"{'label' if one else 'labels'} {names} {'has' if one else 'have'} a single row"
    return [Problem("rare", f"{said}: nothing can be held back to measure on", lines)]


def _named(problem: Problem, rows: Iterable[Row]) -> Problem:
    """With the names of the files, where rows are files."""
    lines = set(problem.lines)
    files = tuple(row.place for row in rows if row.content and row.line in lines)
    return replace(problem, files=files)


def _told(kind: str, what: str, lines: Sequence[int]) -> Problem | None:
    if not lines:
        return None
    return Problem(kind, f"{len(lines)} row{'s' * (len(lines) > 1)} {what}", tuple(lines))
