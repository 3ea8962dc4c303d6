"""Parallel text of your own: sentences and their translations.

The text is in two files aligned line by line, in a table of tab-separated columns, or in JSON
lines: UTF-8, perhaps compressed as .xz or .gz. A line that cannot be used is left out, and counted
with the location of the first one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final, TypeAlias, final

import numpy as np

from ...errors import DataError, SpecError
from ..reading.corpus import is_test
from ..source import Examples, PairSource, TextPair, require_tokenizer
from ..tabular import iter_records
from ..text_files import iter_lines, uncompressed_suffix
from ..tokenization.tokenizer import Tokenizer

LICENSE = "yours"

DEFAULT_COLUMNS: Final = {".tsv": "1,2", ".jsonl": "source,target"}
"""The two columns of each kind of table, unless the option `columns` names others."""

LineLocation: TypeAlias = str
"""A file and a line, e.g. "train.en:17"."""

ParsedLine: TypeAlias = "tuple[LineLocation, TextPair | None, str]"
"""Its location, and the two texts, or else the reason why there are none."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(PairSource):
    """`source` and `target` token ids, and the length of each."""

    path: str
    """A file of sentences, one a line; or a table of pairs, .tsv or .jsonl."""

    to_path: str | None = None
    """The file aligned to it, line by line; None for a table."""

    columns: str | None = None
    """The two columns of a table: numbers from 1 on (.tsv) or names (.jsonl)."""

    test_path: str | None = None
    """Test file, like `path`; None to hold out pairs by the hash of their first text."""

    test_to_path: str | None = None

    def __post_init__(self) -> None:
        for path in (self.path, self.to_path, self.test_path, self.test_to_path):
            if path is not None and not Path(path).is_file():
                raise DataError(f"no file {path!r} to read pairs of texts from")
        for path, to_path in ((self.path, self.to_path), (self.test_path, self.test_to_path)):
            if path is not None and to_path is None:
                _parse_columns(Path(path), self.columns)

    def pairs(self, split: str) -> tuple[TextPair, ...]:
        """The pairs of a split without repetitions, in the order of the file."""
        return self._read_split(split)[0]

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """Pairs of at most `context` tokens a side, `bos` before both and after the target.

        `source` [N, context] and `source_length`; `target` [N, context + 1] and `target_length`,
        the number of tokens to predict: those after the first.
        """
        text_tokenizer = require_tokenizer(tokenizer, self.source_name)
        pairs, left_out = self._read_split(split)
        encoded = [tuple(text_tokenizer.encode(text) for text in pair) for pair in pairs]
        fits = [max(map(len, pair)) < context for pair in encoded]
        if num_long := fits.count(False):
            left_out = {**left_out, f"longer than {context - 1} tokens": num_long}
        usable = [pair for pair, fit in zip(encoded, fits, strict=True) if fit]
        source = [[text_tokenizer.bos, *source] for source, _ in usable]
        target = [[text_tokenizer.bos, *target, text_tokenizer.bos] for _, target in usable]
        rows = {
            "source": _pad(source, context, text_tokenizer.pad),
            "source_length": np.array([len(each) for each in source], dtype=np.int64),
            "target": _pad(target, context + 1, text_tokenizer.pad),
            "target_length": np.array([len(each) - 1 for each in target], dtype=np.int64),
        }
        return Examples(rows=rows, left_out=left_out)

    def _read_split(self, split: str) -> tuple[tuple[TextPair, ...], dict[str, int]]:
        """The pairs of the split, and the number of lines left out, by reason."""
        first: dict[str, LineLocation] = {}
        counts: dict[str, int] = {}
        pairs: dict[TextPair, None] = {}
        test_sources = self._load_test_sources() if split == "train" else frozenset()
        for location, pair, error in self._iter_split_lines(split):
            if pair is not None and not self._is_in_split(pair, split):
                continue
            reason = error or (pair in pairs and "comes twice") or ""
            if pair is not None and pair[0] in test_sources:
                reason = "is held out in the test file"
            if reason:
                first.setdefault(reason, location)
                counts[reason] = counts.get(reason, 0) + 1
            elif pair is not None:
                pairs[pair] = None
        return tuple(pairs), {f"{key} (first at {first[key]})": n for key, n in counts.items()}

    def _load_test_sources(self) -> frozenset[str]:
        """First texts of a test file: no training pair has one of them, whatever its target."""
        if self.test_path is None:
            return frozenset()
        return frozenset(
            pair[0] for _, pair, _ in self._iter_split_lines("test") if pair is not None
        )

    def _is_in_split(self, pair: TextPair, split: str) -> bool:
        return self.test_path is not None or is_test(pair[0]) == (split == "test")

    def _iter_split_lines(self, split: str) -> Iterator[ParsedLine]:
        if split == "test" and self.test_path is not None:
            return _read_lines(Path(self.test_path), self.test_to_path, self.columns)
        return _read_lines(Path(self.path), self.to_path, self.columns)


def _read_lines(path: Path, to_path: str | None, columns: str | None) -> Iterator[ParsedLine]:
    lines = _read_aligned(path, Path(to_path)) if to_path else _read_table(path, columns)
    for location, pair, reason in lines:
        if pair is not None and not all(text.strip() for text in pair):
            yield location, None, "a side is empty"
        else:
            yield location, pair, reason


def _read_aligned(path: Path, to_path: Path) -> Iterator[ParsedLine]:
    line_pairs = zip_longest(iter_lines(path), iter_lines(to_path))
    for number, (source, target) in enumerate(line_pairs, 1):
        if source is None or target is None:
            shorter = path if source is None else to_path
            raise DataError(
                f"{path} and {to_path} are not aligned: {shorter} ends before line {number}; give "
                "files with the same number of lines"
            )
        yield f"{path}:{number}", (source.strip(), target.strip()), ""


def _read_table(path: Path, columns: str | None) -> Iterator[ParsedLine]:
    names = _parse_columns(path, columns)
    for record in iter_records(path):
        pair = _make_pair([record.values.get(name) for name in names])
        yield f"{path}:{record.number}", pair, "" if pair else f"no texts in {' and '.join(names)}"


def _parse_columns(path: Path, columns: str | None) -> Sequence[str]:
    """The names of the two columns.

    Raises SpecError for a file that is not a table, and for other than two columns.
    """
    kind = uncompressed_suffix(path)
    if kind not in DEFAULT_COLUMNS:
        raise SpecError(
            f"source 'parallel_text': {path} is not .tsv or .jsonl; give the file aligned to it as "
            "`to_path`, or a table"
        )
    names = [each.strip() for each in (columns or DEFAULT_COLUMNS[kind]).split(",")]
    is_numbered = kind == ".tsv"
    is_valid = not is_numbered or all(name.isdecimal() and int(name) > 0 for name in names)
    if len(names) != 2 or not all(names) or not is_valid:
        raise SpecError(
            f"source 'parallel_text': columns is {columns!r}, expected two "
            f"{'numbers from 1 on' if is_numbered else 'names'}, e.g. {DEFAULT_COLUMNS[kind]!r}"
        )
    return [str(int(name)) for name in names] if is_numbered else names


def _make_pair(texts: Sequence[object]) -> TextPair | None:
    match texts:
        case [str(source), str(target)]:
            return source.strip(), target.strip()
    return None


def _pad(rows: Iterable[Sequence[int]], width: int, pad: int) -> np.ndarray:
    filled = [[*row, *[pad] * (width - len(row))] for row in rows]
    return np.array(filled, dtype=np.int64).reshape(-1, width)
