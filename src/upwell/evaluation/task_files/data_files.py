"""Files that a task file names: where they may lie, and their bytes within limits.

Rows are read only below the folder of the task file, or below a folder that the user names. Only
regular files are read, so a named pipe cannot block. A compressed file is read up to a limit.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...files import read_regular

MAX_DATA_BYTES = 100_000_000
"""Most bytes of a file with rows, after decompression."""

MAX_DECOMPRESSION_BYTES = 128 << 20
"""Most memory for the dictionary of xz."""

DECOMPRESSORS: dict[bytes, Callable[[], Any]] = {
    b"\x1f\x8b": lambda: zlib.decompressobj(zlib.MAX_WBITS | 16),
    b"\xfd7zXZ\x00": lambda: lzma.LZMADecompressor(memlimit=MAX_DECOMPRESSION_BYTES),
    b"BZh": bz2.BZ2Decompressor,
}
"""Decompressor of a file by its first bytes: gzip, xz, bzip2."""


def read_file(path: Path, max_bytes: int) -> bytes:
    """The bytes of a regular file. Raises DataError for any other file, and for a longer one."""
    try:
        return read_regular(path, max_bytes)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None


def read_data(path: Path) -> bytes:
    """The bytes of a file with rows; those of gzip, xz and bzip2 decompressed.

    Raises DataError for a file that is damaged or too long.
    """
    data = read_file(path, MAX_DATA_BYTES)
    for magic, build in DECOMPRESSORS.items():
        if data.startswith(magic):
            try:
                return _decompress(data, build, path)
            except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
                raise DataError(f"{path} cannot be decompressed: {error}") from None
    return data


def _decompress(data: bytes, build: Callable[[], Any], path: Path) -> bytes:
    """All members of a compressed file, one after the other."""
    pieces, size, rest = [], 0, data
    while rest:
        decompressor, is_first = build(), True
        while is_first or not decompressor.eof:
            limit = MAX_DATA_BYTES + 1 - size
            piece = decompressor.decompress(rest if is_first else b"", limit)
            tail = getattr(decompressor, "unconsumed_tail", b"")
            while tail and len(piece) < limit and not decompressor.eof:
                piece += decompressor.decompress(tail, limit - len(piece))
                tail = decompressor.unconsumed_tail
            size += len(piece)
            pieces.append(piece)
            if size > MAX_DATA_BYTES:
                raise DataError(
                    f"{path} has more than {MAX_DATA_BYTES} bytes after decompression; "
                    "split it into smaller files"
                )
            if not decompressor.eof and not piece:
                raise EOFError("it ends too early")
            is_first = False
        rest = decompressor.unused_data
    return b"".join(pieces)


def find_data_files(name: str, task_file: Path, data_dir: Path | None = None) -> list[Path]:
    """The files of one entry of `data_files`: a name, or a pattern with an asterisk.

    A name is looked up beside the task file, in the working folder and in `data_dir`. Raises
    DataError for a URL, for a file that does not exist and for one outside of the folders.
    """
    if "://" in name:
        raise DataError(f"{task_file}: {name} is not downloaded; save it beside the task file")
    roots = [task_file.parent, *([data_dir] if data_dir else [])]
    for folder in (task_file.parent, Path(), *([data_dir] if data_dir else [])):
        paths = _match(folder, name)
        if paths:
            return [_check_inside(path, roots, task_file) for path in paths]
    raise DataError(f"{task_file}: there is no file {name} beside it or in {Path.cwd()}")


def find_include(name: str, task_file: Path) -> Path:
    """A file that a task file includes: relative to it, or to the working folder."""
    for folder in (task_file.parent, Path()):
        if paths := _match(folder, name):
            return paths[0]
    raise DataError(f"{task_file}: there is no file {name} beside it or in {Path.cwd()}")


def _match(folder: Path, name: str) -> list[Path]:
    """Files of a name, or of a pattern in the order of their names."""
    try:
        path = folder / name
        if path.exists() and not path.is_dir():
            return [path]
        if "*" not in name:
            return []
        return [each for each in sorted(folder.glob(name)) if each.is_file()]
    # A name that is too long, has a null byte, or is a loop of links.
    except (OSError, ValueError, RuntimeError, NotImplementedError):
        return []


def _check_inside(path: Path, roots: Sequence[Path], task_file: Path) -> Path:
    resolved = path.resolve()
    if any(resolved.is_relative_to(root.resolve()) for root in roots):
        return path
    raise DataError(
        f"{task_file}: {path} is outside of the folder of the task file; move it there, or name "
        "its folder with --data-dir"
    )
