"""Files of one kind below a folder, and the names of everything that is left out.

System files are no data: `.DS_Store`, `._x` and `__MACOSX` of a Mac, `Thumbs.db` of Windows, and
whatever begins with a dot. A symbolic link counts only if it leads to a file inside of the folder.
"""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from ...errors import DataError

SYSTEM_NAMES = frozenset(
    ("__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "@eadir", "icon\r")
)
"""Names, in lower case, of files and folders that systems write of their own accord."""

SYSTEM_FILE = "hidden or system file"
OTHER_KIND = "no file of that kind"
BAD_LINK = "link out of the folder, to a folder or to nothing"
SPECIAL_FILE = "pipe, socket or device"
BAD_NAME = "name that is not UTF-8"
UNUSED_FOLDER = "folder that belongs to no split"
"""Reasons for which an entry of a folder is left out."""

MAX_LISTED_NAMES = 8
"""Names in a note."""

MAX_LEVELS = 64
"""Folders within folders."""

LeftOut = Mapping[str, tuple[str, ...]]
"""{reason: paths below the folder}; the path of a folder ends in a slash."""


@dataclass(frozen=True)
class Listing:
    """Files of one kind, sorted by path, and the others by reason."""

    files: tuple[Path, ...]
    left_out: LeftOut


def list_files(
    folder: Path, suffixes: Collection[str], root: Path | None = None, *, recursive: bool = True
) -> Listing:
    """The files below a folder that have one of the suffixes, in any case.

    Links must stay inside of `root`, by default the folder; names in `left_out` are relative to it.
    Raises DataError for a folder that cannot be read.
    """
    base = folder if root is None else root
    files: list[Path] = []
    left_out: dict[str, list[str]] = defaultdict(list)
    for path, reason in _walk(folder, base.resolve(), suffixes, MAX_LEVELS if recursive else 0):
        if reason is None:
            files.append(path)
        else:
            left_out[reason].append(_show(path, base))
    return Listing(
        tuple(sorted(files)), {reason: tuple(sorted(names)) for reason, names in left_out.items()}
    )


def list_folders(folder: Path) -> tuple[str, ...]:
    """The names of the folders in a folder, sorted, without hidden and system folders and links.

    Raises DataError for a folder that cannot be read.
    """
    return tuple(
        sorted(
            entry.name
            for entry in _scan(folder)
            if entry.is_dir(follow_symlinks=False)
            and not is_system_name(entry.name)
            and _is_utf8(entry.name)
        )
    )


def holds_file(folder: Path, suffixes: Collection[str]) -> bool:
    """Whether there is a file with one of the suffixes anywhere below the folder."""
    entries = _walk(folder, folder.resolve(), suffixes, MAX_LEVELS)
    return any(reason is None for _, reason in entries)


def is_system_name(name: str) -> bool:
    """Whether a system wrote the file or folder of that name, or it is hidden."""
    return name.startswith(".") or name.lower() in SYSTEM_NAMES


def merge_left_out(*parts: LeftOut) -> LeftOut:
    """All of them together."""
    merged: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for reason, names in part.items():
            merged[reason] = tuple(dict.fromkeys((*merged.get(reason, ()), *names)))
    return merged


def count_left_out(left_out: LeftOut) -> dict[str, int]:
    """The number of names for each reason."""
    return {reason: len(names) for reason, names in left_out.items() if names}


def describe_left_out(left_out: LeftOut) -> tuple[str, ...]:
    """A note for each reason: "2 left out: hidden or system file (.DS_Store, __MACOSX/)"."""
    return tuple(
        f"{len(names)} left out: {reason} ({format_names(names)})"
        for reason, names in sorted(left_out.items())
        if names
    )


def format_names(names: Collection[str]) -> str:
    """The first few names, and "..." where there are more."""
    listed = list(names)[:MAX_LISTED_NAMES]
    return ", ".join([*listed, *(["..."] if len(names) > len(listed) else [])])


def resolve_inside(root: Path, name: str, folders: Collection[str] = ("",)) -> Path | None:
    r"""The file of a name in one of the `folders` of `root`; None where there is none.

    A name written on Windows ("images\a.png") is understood. Raises DataError for a name that leads
    out of the root, also by a link, and for one that no file can have.
    """
    names = [name] if "\\" not in name else [name, PureWindowsPath(name).as_posix()]
    try:
        base = root.resolve()
        for path in (root / folder / each for folder in folders for each in names):
            resolved = path.resolve()
            if not resolved.is_relative_to(base):
                raise DataError(
                    f"{quote_name(name)} leads out of {base.name}; put the files into it"
                )
            if resolved.is_file():
                return path
    except OSError as error:
        raise DataError(f"the name {quote_name(name)} is not usable: {error.strerror}") from None
    except RuntimeError:
        raise DataError(f"{quote_name(name)} is a link that leads to itself; replace it") from None
    except ValueError:
        raise DataError(f"the name {quote_name(name)} is not usable: no file can have it") from None
    return None


def base_name(name: str) -> str:
    """The last part of a path that was written on any system."""
    return PurePosixPath(PureWindowsPath(name).as_posix()).name


def _walk(
    folder: Path, base: Path, suffixes: Collection[str], levels: int
) -> Iterator[tuple[Path, str | None]]:
    """Each entry with the reason why it is left out, None for a file that is not."""
    for entry in _scan(folder):
        path = folder / entry.name
        if is_system_name(entry.name):
            yield path, SYSTEM_FILE
        elif not _is_utf8(entry.name):
            yield path, BAD_NAME
        elif entry.is_dir(follow_symlinks=False):
            if levels > 0:
                yield from _walk(path, base, suffixes, levels - 1)
        elif entry.is_symlink() and not _leads_inside(path, base):
            yield path, BAD_LINK
        elif not entry.is_file():
            yield path, SPECIAL_FILE
        else:
            yield path, None if path.suffix.lower() in suffixes else OTHER_KIND


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise DataError(f"no folder {str(folder)!r} to read from: {error.strerror}") from None


def _leads_inside(path: Path, base: Path) -> bool:
    try:
        resolved = path.resolve(strict=True)
        return resolved.is_relative_to(base) and stat.S_ISREG(resolved.stat().st_mode)
    except (OSError, RuntimeError):
        return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _show(path: Path, base: Path) -> str:
    """The path below the folder in characters that can be printed."""
    name = path.relative_to(base).as_posix() + "/" * (path.is_dir() and not path.is_symlink())
    return name.encode("utf-8", "backslashreplace").decode()


def quote_name(name: str) -> str:
    """A name for a message: in quotes, short, and in characters that can be printed."""
    text = name if len(name) <= 80 else f"{name[:77]}..."
    return repr(text) if _is_utf8(text) else ascii(text)
