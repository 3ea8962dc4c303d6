"""Text files of your own: one file, or all files of a folder.

Files have to be UTF-8; a file in another encoding is refused. Only hidden files are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ...errors import DataError
from ..source import Documents, TextSource
from ..text.paragraphs import split_paragraphs
from ..text_files import read_utf8

LICENSE = "yours"


@final
@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    """The text of a file or of the files of a folder."""

    path: str
    """A file, or a folder, which is searched with all its subfolders."""

    pattern: str = "*"
    """Pattern of the names of files in a folder, e.g. "*.txt"."""

    def __post_init__(self) -> None:
        if not Path(self.path).exists():
            raise DataError(f"no file or folder {self.path!r} to read text from")

    def read(self) -> Documents:
        """One document per paragraph, files in the order of their paths."""
        texts = [_read_text(path) for path in sorted(_iter_files(Path(self.path), self.pattern))]
        if not texts:
            raise DataError(f"folder {self.path!r} holds no file that matches {self.pattern!r}")
        return Documents(
            documents=tuple(piece for text in texts for piece in split_paragraphs(text)),
            files=len(texts),
            empty=sum(not text.strip() for text in texts),
        )


def _iter_files(path: Path, pattern: str) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for entry in path.rglob(pattern):
        hidden = any(part.startswith(".") for part in entry.relative_to(path).parts)
        if entry.is_file() and not hidden:
            yield entry


def _read_text(path: Path) -> str:
    try:
        text = read_utf8(path)
    except DataError as error:
        raise DataError(f"{error}, or leave it out with the option pattern") from None
    return text.replace("\r\n", "\n").rstrip() + "\n\n"
