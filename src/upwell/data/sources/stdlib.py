"""Source code as text: the standard library of the Python that runs this.

Its tests, installed packages, and the documentation of the source `pydoc` are left out, so that the
two sources can be mixed.
"""

from __future__ import annotations

import sys
import sysconfig
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ...errors import DataError
from ..source import Documents, TextSource
from ..text.paragraphs import split_paragraphs

LICENSE = "PSF-2.0"


@final
@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    """The modules of the standard library that are written in Python."""

    def read(self) -> Documents:
        """One document per paragraph of code, modules in the order of their paths."""
        root = Path(sysconfig.get_path("stdlib"))
        texts = [_read_text(path) for path in sorted(_iter_modules(root))]
        if not texts:
            raise DataError(f"{root} holds no Python source; install Python with its library")
        return Documents(
            documents=tuple(piece for text in texts for piece in split_paragraphs(text)),
            files=len(texts),
            empty=sum(not text.strip() for text in texts),
        )


def _iter_modules(root: Path) -> Iterator[Path]:
    for path in root.rglob("*.py"):
        top, *inner = path.relative_to(root).with_suffix("").parts
        is_stdlib = top in sys.stdlib_module_names and top != "pydoc_data"
        if is_stdlib and not {"test", "tests"} & set(inner):
            yield path


def _read_text(path: Path) -> str:
    # Not read_text: a few modules declare an encoding of their own in their first lines.
    with tokenize.open(path) as file:
        return file.read().rstrip() + "\n\n"
