"""The lines of a text file, plain or compressed, with their numbers; strictly UTF-8."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from ..errors import DataError

OPENERS: dict[str, Callable[..., IO[Any]]] = {".xz": lzma.open, ".gz": gzip.open}

MOST_BYTES = 1 << 20
"""Of a line; a longer one is no sentence, and a small compressed file could hold a huge one."""


def lines_of(path: Path) -> Iterator[str]:
    """Each line without its newline. Only "\\n" ends a line: texts hold other separators.

    Raises DataError, with the number of the line, for what cannot be read.
    """
    opened = OPENERS.get(path.suffix, open)
    number = 0
    try:
        with opened(path, "rb") as file:
            while line := file.readline(MOST_BYTES + 1):
                number += 1
                if len(line) > MOST_BYTES:
                    raise DataError(f"{path}:{number} is longer than {MOST_BYTES} bytes; cut it")
                yield line.decode("utf-8").removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}:{number} is not UTF-8 at byte {error.start} of the line ({error.reason}); "
            "convert the file to UTF-8"
        ) from None
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path}:{number + 1} cannot be read: {error}") from None


def plain_suffix(path: Path) -> str:
    """What kind of file it is, whether compressed or not, e.g. ".tsv" for "pairs.tsv.xz"."""
    return path.with_suffix("").suffix if path.suffix in OPENERS else path.suffix
