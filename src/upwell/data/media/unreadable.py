"""Files that cannot be read, all in one sentence, and what was done to those that can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...errors import DataError
from .listing import format_names

MAX_UNREADABLE = 100
"""Broken files after which reading ends."""

MAX_REASON = 200
"""Characters of a library's message."""


class UnreadableFiles:
    """Collects the errors of single files, so that all of them can be replaced at once.

    unreadable = UnreadableFiles()
    with unreadable.collect(path):
        read_image(path, 3, None)
    unreadable.check()
    """

    def __init__(self) -> None:
        self._errors: dict[Path, DataError] = {}

    @contextmanager
    def collect(self, path: Path) -> Iterator[None]:
        """Keep the DataError of one file."""
        try:
            yield
        except DataError as error:
            self._errors[path] = error
        if len(self._errors) >= MAX_UNREADABLE:
            self.check()

    def check(self) -> None:
        """Raise DataError if a file could not be read: the first error, and how many others."""
        if not self._errors:
            return
        message = str(next(iter(self._errors.values())))
        # The advice of an image source names an option that does not exist here.
        reason = message.partition("; ")[0]
        others = [path.name for path in list(self._errors)[1:]]
        if not others:
            raise DataError(f"{reason}; replace it, or take it out of the folder") from None
        raise DataError(
            f"{reason}; {len(others)} more cannot be read ({format_names(others)}); replace them, "
            "or take them out of the folder"
        ) from None


def count_by_trait(kind: str, traits: Mapping[Path, Sequence[str]]) -> tuple[str, ...]:
    """A note for each trait, with the files that have it."""
    files: dict[str, list[str]] = {}
    for path, names in traits.items():
        for name in names:
            files.setdefault(name, []).append(path.name)
    return tuple(
        f"{len(paths)} {kind}{'s' * (len(paths) > 1)} {name} ({format_names(paths)})"
        for name, paths in files.items()
    )


def explain(error: Exception) -> str:
    """What a library says about a file, on one line; its class where it says nothing."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    return lines[0][:MAX_REASON].rstrip(".") if lines else type(error).__name__
