"""Parallel text of your own: sentences and their translations.

Two files aligned line by line, one table of tab-separated columns, or JSON lines; UTF-8, also
as .xz or .gz. A line that cannot be used is left out, and counted with the place of the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final, TypeAlias, final

import numpy as np

from ...errors import DataError, SpecError
from ..corpus import is_test
from ..lines import lines_of, plain_suffix
from ..source import Examples, Pair, needed
from ..tokenizers import Tokenizer

LICENCE = "yours"

TABLES: Final = {".tsv": "1,2", ".jsonl": "source,target"}
"""Kinds of table, and where they have the two texts unless one says so."""

Place: TypeAlias = str
"""A file and a line of it, e.g. "train.en:17"."""

Line: TypeAlias = "tuple[Place, Pair | None, str]"
"""Where it stands, the two texts, and else why there are none."""


@final
@dataclass(frozen=True, kw_only=True)
class Source:
    """`source` and `target` token ids, and how many of each row count."""

    path: str
    """A file of sentences, one a line; or a table of pairs, .tsv or .jsonl."""

    to_path: str | None = None
    """The file aligned to it, line by line; None for a table."""

    columns: str | None = None
    """The two columns of a table: numbers from 1 on (.tsv) or names (.jsonl)."""

    test_path: str | None = None
    """What is held out, like `path`; None holds out pairs by the hash of their first text."""

    test_to_path: str | None = None

    def __post_init__(self) -> None:
        for path in (self.path, self.to_path, self.test_path, self.test_to_path):
            if path is not None and not Path(path).is_file():
                raise DataError(f"no file {path!r} to read pairs of texts from")
        for path, to_path in ((self.path, self.to_path), (self.test_path, self.test_to_path)):
            if path is not None and to_path is None:
                _columns(Path(path), self.columns)

    def pairs(self, split: str) -> tuple[Pair, ...]:
        """The pairs of a split, each once; the order of the file, mixed by nobody."""
        return self._read(split)[0]

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """Pairs of at most `context` tokens a side, `bos` before both and after the target.

        `source` [N, context] and `source_length`; `target` [N, context + 1] and
        `target_length`, the tokens that are to be foretold: those after its first.
        """
        words = needed(tokenizer, "pairs")
        found, left_out = self._read(split)
        encoded = [tuple(words.encode(text) for text in pair) for pair in found]
        fits = [max(map(len, pair)) < context for pair in encoded]
        if long := fits.count(False):
            left_out = {**left_out, f"longer than {context - 1} tokens": long}
        kept = [pair for pair, fit in zip(encoded, fits, strict=True) if fit]
        source = [[words.bos, *source] for source, _ in kept]
        target = [[words.bos, *target, words.bos] for _, target in kept]
        rows = {
            "source": _padded(source, context, words.pad),
            "source_length": np.array([len(each) for each in source], dtype=np.int64),
            "target": _padded(target, context + 1, words.pad),
            "target_length": np.array([len(each) - 1 for each in target], dtype=np.int64),
        }
        return Examples(rows=rows, left_out=left_out)

    def _read(self, split: str) -> tuple[tuple[Pair, ...], dict[str, int]]:
        """The pairs of the split, and how many lines were left out, by the reason why."""
        first: dict[str, Place] = {}
        counts: dict[str, int] = {}
        found: dict[Pair, None] = {}
        tested = self._tested() if split == "train" else frozenset()
        for place, pair, wrong in self._lines(split):
            if pair is not None and not self._belongs(pair, split):
                continue
            reason = wrong or (pair in found and "comes twice") or ""
            if pair is not None and pair[0] in tested:
                reason = "is held out in the test file"
            if reason:
                first.setdefault(reason, place)
                counts[reason] = counts.get(reason, 0) + 1
            elif pair is not None:
                found[pair] = None
        return tuple(found), {f"{why} (first at {first[why]})": n for why, n in counts.items()}

    def _tested(self) -> frozenset[str]:
        """First texts of a test file: none of them is learnt from, whatever its translation."""
        if self.test_path is None:
            return frozenset()
        return frozenset(pair[0] for _, pair, _ in self._lines("test") if pair is not None)

    def _belongs(self, pair: Pair, split: str) -> bool:
        return self.test_path is not None or is_test(pair[0]) == (split == "test")

    def _lines(self, split: str) -> Iterator[Line]:
        if split == "test" and self.test_path is not None:
            return _lines(Path(self.test_path), self.test_to_path, self.columns)
        return _lines(Path(self.path), self.to_path, self.columns)


def _lines(path: Path, to_path: str | None, columns: str | None) -> Iterator[Line]:
    read = _aligned(path, Path(to_path)) if to_path else _table(path, columns)
    for place, pair, reason in read:
        if pair is not None and not all(text.strip() for text in pair):
            yield place, None, "a side is empty"
        else:
            yield place, pair, reason


def _aligned(path: Path, to_path: Path) -> Iterator[Line]:
    both = zip_longest(lines_of(path), lines_of(to_path))
    for number, (source, target) in enumerate(both, 1):
        if source is None or target is None:
            short = path if source is None else to_path
            raise DataError(
                f"{path} and {to_path} are not aligned: {short} ends before line {number}; give "
                "files with as many lines"
            )
        yield f"{path}:{number}", (source.strip(), target.strip()), ""


def _table(path: Path, columns: str | None) -> Iterator[Line]:
    names = _columns(path, columns)
    parse: Callable[[str, Sequence[str]], Pair | None]
    parse = _fields if plain_suffix(path) == ".tsv" else _values
    for number, line in enumerate(lines_of(path), 1):
        pair = parse(line, names)
        yield f"{path}:{number}", pair, "" if pair else f"no texts in {' and '.join(names)}"


def _columns(path: Path, columns: str | None) -> Sequence[str]:
    """The names of the two columns. SpecError for a file that is no table, or other columns."""
    kind = plain_suffix(path)
    if kind not in TABLES:
        raise SpecError(
            f"source 'pairs': {path} is no .tsv or .jsonl; give the file aligned to it as "
            "`to_path`, or a table"
        )
    names = [each.strip() for each in (columns or TABLES[kind]).split(",")]
    numbered = kind != ".tsv" or all(name.isdecimal() and int(name) > 0 for name in names)
    if len(names) != 2 or not all(names) or not numbered:
        raise SpecError(
            f"source 'pairs': columns is {columns!r}, expected two "
            f"{'numbers from 1 on' if kind == '.tsv' else 'names'}, as {TABLES[kind]!r}"
        )
    return names


def _fields(line: str, names: Sequence[str]) -> Pair | None:
    cells = line.split("\t")
    places = [int(name) - 1 for name in names]
    return _pair([cells[place] for place in places if place < len(cells)])


def _values(line: str, names: Sequence[str]) -> Pair | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return _pair([row.get(name) for name in names]) if isinstance(row, dict) else None


def _pair(texts: Sequence[object]) -> Pair | None:
    match texts:
        case [str(source), str(target)]:
            return source.strip(), target.strip()
    return None


def _padded(rows: Iterable[Sequence[int]], width: int, pad: int) -> np.ndarray:
    filled = [[*row, *[pad] * (width - len(row))] for row in rows]
    return np.array(filled, dtype=np.int64).reshape(-1, width)
