"""Issues in labeled rows, found before training.

Each issue names its lines. Empty and repeated rows are left out of training; other issues are only
reported, because only the owner of the rows knows the correct labels.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from .dataset import LabeledDataset, Row

LABEL_SIMILARITY = 0.84
"""Similarity (Ratcliff and Obershelp) from which one label may be a misspelling of another."""

MAX_RARE_FRACTION = 0.1
"""A misspelled label has at most this fraction of the rows of the correct one."""

MAX_RARE_ROWS = 5
"""Largest number of rows of a misspelled label."""

MAX_LISTED_LINES = 8
"""Lines named in a message."""

TAG_PREFIX = re.compile("[BIESMLU]-")
"""Position of a word in its entity."""

MOJIBAKE = re.compile("\ufffd|Ã[\u0080-\u00bf]|â€|ï»¿|锟斤拷|烫烫烫")
"""Traces of a text that was decoded with a wrong encoding."""


@dataclass(frozen=True)
class DataIssue:
    """An issue of some rows."""

    kind: str
    """"empty", "unlabeled", "repeated", "contradictory", "misspelled", "rare", "garbled" or
    "leaked"."""

    message: str
    lines: tuple[int, ...]
    files: tuple[str, ...] = ()
    """Paths of the rows, where each row is a file."""

    def __str__(self) -> str:
        references = ", ".join(
            self.files[:MAX_LISTED_LINES] or map(str, self.lines[:MAX_LISTED_LINES])
        )
        more = ", ..." if len(self.lines) > MAX_LISTED_LINES else ""
        unit = "" if self.files else f"line{'s' * (len(self.lines) > 1)} "
        return f"{self.message} ({unit}{references}{more})"


def find_issues(data: LabeledDataset) -> list[DataIssue]:
    """All issues of the rows of a file, the worst first."""
    rows, multilabel = data.rows, data.columns.label_separator is not None
    empty = [row.line for row in rows if not all(row.texts)]
    unlabeled_lines = [] if multilabel else [row.line for row in rows if not is_labeled(row)]
    garbled = [row.line for row in rows if any(MOJIBAKE.search(text) for text in row.texts)]
    issues = [
        _make_issue("empty", "without a text, left out", empty),
        _make_issue("unlabeled", "without a label, left out", unlabeled_lines),
        *_find_duplicates(rows),
        *(find_misspelled_labels(data) if data.has_fixed_labels else ()),
        *(_find_rare_labels(data) if data.has_fixed_labels else ()),
        _make_issue("garbled", "decoded with a wrong encoding", garbled),
    ]
    return [_add_file_names(issue, rows) for issue in issues if issue is not None]


def is_labeled(row: Row) -> bool:
    """Whether the row has labels or a target."""
    return bool(row.labels) or row.target is not None


def leak_message(test: str) -> str:
    """The part of a message that says that rows are also in the test file of that name."""
    return f"in {test} too, left out of training"


def find_leaks(train: LabeledDataset, test: LabeledDataset) -> DataIssue | None:
    """Training rows whose text is also in the test rows; None where there are none."""
    test_keys = {normalized_key(row) for row in test.rows}
    lines = [row.line for row in train.rows if normalized_key(row) in test_keys and all(row.texts)]
    issue = _make_issue("leaked", leak_message(test.name), lines)
    return None if issue is None else _add_file_names(issue, train.rows)


def normalized_key(row: Row) -> tuple[str, ...]:
    """The texts without differences of case, blanks and Unicode forms; or the hash of the file."""
    if row.file_sha256:
        return (row.file_sha256,)
    return tuple(
        " ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in row.texts
    )


def find_misspelled_labels(data: LabeledDataset) -> list[DataIssue]:
    """Rare labels that are nearly equal to a frequent one."""
    counts = data.counts
    issues = []
    for rare_label in sorted(counts):
        candidates = [
            name
            for name in counts
            if counts[rare_label] <= min(MAX_RARE_ROWS, MAX_RARE_FRACTION * counts[name])
            and _is_similar(rare_label, name)
        ]
        if candidates:
            intended = max(candidates, key=lambda name: counts[name])
            lines = [row.line for row in data.rows if rare_label in row.labels]
            times = "once" if len(lines) == 1 else f"{len(lines)} times"
            message = (
                f"label {rare_label!r} appears {times} beside {counts[intended]} of {intended!r}; "
                "is it misspelled?"
            )
            issues.append(DataIssue("misspelled", message, tuple(lines)))
    return issues


def _is_similar(first: str, second: str) -> bool:
    if TAG_PREFIX.match(first) and TAG_PREFIX.match(second):
        # Tags of one entity: B-PER and I-PER differ on purpose.
        first, second = TAG_PREFIX.sub("", first), TAG_PREFIX.sub("", second)
        if first == second:
            return False
    plain = [re.sub(r"[\W_]+", "", name).casefold() for name in (first, second)]
    if plain[0] == plain[1]:
        return bool(plain[0])
    # Numbers and labels of three letters differ on purpose.
    if any(any(map(str.isdigit, name)) or len(name) < 4 for name in plain):
        return False
    return SequenceMatcher(None, plain[0], plain[1], autojunk=False).ratio() >= LABEL_SIMILARITY


def _find_duplicates(rows: Iterable[Row]) -> list[DataIssue | None]:
    """Rows with the same text: repeated where their labels agree, contradictory where not."""
    groups: Mapping[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        if all(row.texts) and is_labeled(row):
            groups[normalized_key(row)].append(row)
    repeated, contradictory = [], []
    for group in groups.values():
        # A text may have many translations, but only one class.
        if len({frozenset(row.labels) for row in group}) > 1:
            contradictory += [row.line for row in group]
        repeated += [row.line for row in _find_repeats(group)]
    return [
        _make_issue(
            "contradictory", "with the same text and different labels", sorted(contradictory)
        ),
        _make_issue(
            "repeated", "with the text and label of an earlier one, left out", sorted(repeated)
        ),
    ]


def _find_repeats(group: Sequence[Row]) -> list[Row]:
    """The rows whose label an earlier row with the same text has."""
    seen: set[tuple[frozenset[str], str]] = set()
    repeats = []
    for row in group:
        content = frozenset(row.labels), repr(row.target)
        if content in seen:
            repeats.append(row)
        seen.add(content)
    return repeats


def _find_rare_labels(data: LabeledDataset) -> list[DataIssue]:
    singletons = {name for name, count in data.counts.items() if count == 1}
    if not singletons:
        return []
    lines = tuple(row.line for row in data.rows if singletons & set(row.labels))
    names = ", ".join(sorted(singletons)[:MAX_LISTED_LINES])
    is_single = len(singletons) == 1
    labels = f"label {names} has" if is_single else f"labels {names} have"
    return [DataIssue("rare", f"{labels} a single row: no row is left for dev", lines)]


def _add_file_names(issue: DataIssue, rows: Iterable[Row]) -> DataIssue:
    """The issue with the paths of its rows, where rows are files."""
    lines = set(issue.lines)
    files = tuple(row.location for row in rows if row.file_sha256 and row.line in lines)
    return replace(issue, files=files)


def _make_issue(kind: str, description: str, lines: Sequence[int]) -> DataIssue | None:
    if not lines:
        return None
    return DataIssue(kind, f"{len(lines)} row{'s' * (len(lines) > 1)} {description}", tuple(lines))
