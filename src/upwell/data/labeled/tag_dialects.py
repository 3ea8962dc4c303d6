"""How people write the tags of words, and the one way in which Upwell reads them.

A tag is O, or B-KIND, I-KIND and the other letters of BIOES, BMES and BILOU. "PER-B", "B_PER" and
"b-per" with "o" are the same tags written otherwise. Tags of one word each, such as parts of
speech, stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...errors import DataError

OUTSIDE = "O"
OUTSIDE_SPELLINGS = ("O", "o", "0", "OUT", "out", "_")
"""How an untagged word is marked, the usual way first."""

LETTERS = "BIESMLU"
BEGIN_LETTERS = frozenset("BSU")

MAX_PLAIN_TAGS = 20
MAX_TAG_FRACTION = 0.2
"""More different values than the first, and than this share of the words, are no tags."""


@dataclass(frozen=True)
class TagDialect:
    """A way of writing tags."""

    name: str
    """What it looks like, for messages."""

    pattern: re.Pattern[str]
    """It has the groups `letter` and `kind`."""


_PREFIX, _KIND = f"(?P<letter>[{LETTERS}])", r"(?P<kind>\S.*)"
DIALECTS = (
    TagDialect("B-KIND", re.compile(f"{_PREFIX}-{_KIND}")),
    TagDialect("KIND-B", re.compile(f"{_KIND}-{_PREFIX}")),
    TagDialect("B_KIND", re.compile(f"{_PREFIX}_{_KIND}")),
    TagDialect("KIND_B", re.compile(f"{_KIND}_{_PREFIX}")),
    TagDialect("b-kind", re.compile(f"{_PREFIX}-{_KIND}", re.IGNORECASE)),
    TagDialect("kind-b", re.compile(f"{_KIND}-{_PREFIX}", re.IGNORECASE)),
    TagDialect("b_kind", re.compile(f"{_PREFIX}_{_KIND}", re.IGNORECASE)),
    TagDialect("kind_b", re.compile(f"{_KIND}_{_PREFIX}", re.IGNORECASE)),
    TagDialect("B", re.compile(f"{_PREFIX}(?P<kind>)")),
)
"""The dialects, the usual one first."""


@dataclass(frozen=True)
class TagReader:
    """The tags of a file as Upwell reads them."""

    outside: str
    """How the file marks an untagged word; "" where all words are tagged."""

    dialect: TagDialect | None
    """None for tags without positions."""

    notes: tuple[str, ...] = ()

    def __call__(self, tag: str) -> str:
        """The tag in the usual way."""
        if tag == self.outside:
            return OUTSIDE
        match = None if self.dialect is None else self.dialect.pattern.fullmatch(tag)
        if match is None:
            return tag
        letter, kind = match["letter"].upper(), match["kind"]
        return f"{letter}-{kind}" if kind else letter


def detect_dialect(counts: Counter[str], name: str) -> TagReader:
    """How the tags of a file are read; `counts` has the words of each tag.

    Raises DataError for tags that are written in two ways, and for values that are no tags.
    """
    outside = next((each for each in OUTSIDE_SPELLINGS if _is_outside(each, counts)), "")
    tags = [tag for tag in counts if tag != outside]
    matches = {each: [tag for tag in tags if each.pattern.fullmatch(tag)] for each in DIALECTS}
    complete = [each for each in DIALECTS if tags and len(matches[each]) == len(tags)]
    dialect = next((each for each in complete if _has_beginning(each, tags, outside)), None)
    notes: list[str] = []
    if outside not in ("", OUTSIDE):
        notes.append(f"tag {outside!r} read as 'O'")
    if dialect is not None:
        changed = [tag for tag in sorted(tags) if TagReader("", dialect)(tag) != tag]
        if changed:
            example = TagReader("", dialect)(changed[0])
            notes.append(f"tags are written {dialect.name}: {changed[0]!r} read as {example!r}")
        return TagReader(outside, dialect, tuple(notes))
    usual = matches[DIALECTS[0]]
    _refuse_mixture(tags, usual, name)
    _refuse_values(counts, tags, name)
    unmarked = sorted(set(tags) - set(usual))
    if usual and unmarked:
        words = sum(counts[tag] for tag in unmarked)
        notes.append(f"{words} words with a tag without B or I, such as {unmarked[0]!r}")
    return TagReader(outside, None, tuple(notes))


def looks_like_tags(counts: Counter[str]) -> bool:
    """Whether values are tags of entities: O, and tags of one dialect."""
    tags = [tag for tag in counts if tag not in OUTSIDE_SPELLINGS]
    if not any(_is_outside(each, counts) for each in OUTSIDE_SPELLINGS[:2]) and not tags:
        return False
    return not tags or any(all(each.pattern.fullmatch(tag) for tag in tags) for each in DIALECTS)


def kinds_of(counts: Iterable[str]) -> set[str]:
    """The kinds of entities of tags, in whatever dialect."""
    kinds = set()
    for tag in counts:
        matches = (each.pattern.fullmatch(tag) for each in DIALECTS)
        match = next((each for each in matches if each is not None), None)
        if match is not None:
            kinds.add(match["kind"].casefold())
        elif tag not in OUTSIDE_SPELLINGS:
            kinds.add(tag.casefold())
    return kinds


def describe_scheme(sentences: Iterable[Sequence[str]]) -> str:
    """ "IOB1" for tags whose entities begin with I, unless they follow another; else ""."""
    begins, inside_starts = 0, 0
    for tags in sentences:
        for before, tag in zip((OUTSIDE, *tags), tags, strict=False):
            begins += tag.startswith(("B-", "S-", "U-"))
            inside_starts += tag.startswith("I-") and before == OUTSIDE
    return "IOB1" if inside_starts > begins else ""


def _is_outside(spelling: str, counts: Counter[str]) -> bool:
    return counts[spelling] > 0


def _has_beginning(dialect: TagDialect, tags: Sequence[str], outside: str) -> bool:
    """Whether tags of a dialect are positions, and not words that happen to look so."""
    if dialect is DIALECTS[0]:
        return True
    letters = {
        match["letter"].upper()
        for tag in tags
        if (match := dialect.pattern.fullmatch(tag)) is not None
    }
    return bool(letters & BEGIN_LETTERS) and (bool(outside) or len(letters) > 1)


def _refuse_mixture(tags: Sequence[str], usual: Sequence[str], name: str) -> None:
    """Raises DataError where positions are written in two ways."""
    others = [each for each in DIALECTS[1:4] if _has_pair(each, set(tags) - set(usual))]
    if others and (usual or len(others) > 1):
        first = usual[0] if usual else _examples(others[1], tags)
        raise DataError(
            f"{name} writes tags in two ways, such as {first!r} and "
            f"{_examples(others[0], sorted(set(tags) - set(usual)))!r}; write all in one"
        )


def _has_pair(dialect: TagDialect, tags: set[str]) -> bool:
    """Whether a kind has tags with two letters, B among them."""
    letters: dict[str, set[str]] = {}
    for tag in tags:
        match = dialect.pattern.fullmatch(tag)
        if match is not None:
            letters.setdefault(match["kind"], set()).add(match["letter"])
    return any("B" in each and len(each) > 1 for each in letters.values())


def _examples(dialect: TagDialect, tags: Iterable[str]) -> str:
    return next(tag for tag in tags if dialect.pattern.fullmatch(tag))


def _refuse_values(counts: Counter[str], tags: Sequence[str], name: str) -> None:
    """Raises DataError for too many different values that they are no tags."""
    if len(tags) > max(MAX_PLAIN_TAGS, MAX_TAG_FRACTION * sum(counts.values())):
        raise DataError(
            f"{name}: the last column has {len(tags):,} different values, such as {tags[0]!r}, in "
            f"{sum(counts.values()):,} words, which are no tags; name the columns of word and tag "
            "by their numbers with --text-column and --label-column"
        )
