"""The seal of a folder with a model: a file with the sha256 of every other one.

transformers reads whatever it finds, so one flipped bit in the weights would change answers without
a word. The seal is written last and checked when the model is loaded. `sha256sum -c upwell.sha256`
reads it, too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from ..errors import StoreError
from ..files import open_regular, read_regular
from .atomic import sha256, write_bytes

SEAL_FILE = "upwell.sha256"

MODEL_PATTERNS = (
    "config.json", "*_config.json", "*_config.jinja", "tokenizer*", "special_tokens_map.json",
    "added_tokens.json", "vocab*", "merges.txt", "chat_template*", "*.model", "*.spm", "*.bin",
    "*.safetensors", "*.safetensors.index.json", "*.py",
)  # fmt: skip
"""Names of files that transformers or peft may read where a model is loaded."""

LINE_PATTERN = re.compile(r"([0-9a-f]{64})  (?!\.\.?$)([^/\0\n]+)")

ADVICE = "restore it from a copy, or make the model again in an empty folder"


def seal(folder: Path, extra_files: tuple[str, ...] = ()) -> str:
    """Seal the files of a model in a folder, and `extra_files`; the sha256 of the seal."""
    names = sorted({*_iter_model_files(folder), *extra_files})
    lines = [f"{hash_file(folder / name)}  {name}\n" for name in names]
    return write_bytes(folder / SEAL_FILE, "".join(lines).encode())


def check_seal(folder: Path, digest: str | None = None) -> None:
    """Check every file of a sealed folder; a folder without a seal passes.

    Raises StoreError with the first file that is damaged, missing or new. With the sha256 of the
    seal, a folder without it does not pass either.
    """
    path = folder / SEAL_FILE
    if not path.exists() and digest is None:
        return
    digests = _read_seal(path, digest)
    for name, expected in digests.items():
        file = folder / name
        if not file.exists():
            raise StoreError(f"{file} is missing, which {SEAL_FILE} lists; {ADVICE}")
        if hash_file(file) != expected:
            raise StoreError(
                f"{file} is damaged or was edited: its sha256 is not that in {SEAL_FILE}; {ADVICE}"
            )
    if new_files := sorted({*_iter_model_files(folder)} - {*digests}):
        raise StoreError(
            f"{folder / new_files[0]} was added after the model was saved, and could change its "
            f"answers; move it away, or delete {SEAL_FILE} if it is meant to be there"
        )


def remove_sealed_files(folder: Path) -> None:
    """Delete a model that is about to be replaced, so that no file of it joins the next one."""
    path = folder / SEAL_FILE
    if not path.exists():
        return
    try:
        names = [*_read_seal(path, None)]
    except StoreError:
        names = []
    for name in (*names, SEAL_FILE):
        (folder / name).unlink(missing_ok=True)


def hash_file(path: Path) -> str:
    """sha256 (hex) of a file. A file that has not changed is read once a process."""
    status = path.stat()
    return _hash_version(path, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=1024)
def _hash_version(path: Path, inode: int, modified: int, changed: int) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_seal(path: Path, digest: str | None) -> dict[str, str]:
    """{file name: sha256}."""
    data = read_regular(path) if path.exists() else b""
    if digest is not None and sha256(data) != digest:
        raise StoreError(f"{path} is damaged or missing; {ADVICE}")
    *lines, rest = data.decode(errors="replace").split("\n")
    matches = [LINE_PATTERN.fullmatch(line) for line in lines]
    digests = {match[2]: match[1] for match in matches if match is not None}
    if rest or not lines or len(digests) != len(lines):
        raise StoreError(f"{path} is damaged: not every line is a sha256 and a name; {ADVICE}")
    return digests


def _iter_model_files(folder: Path) -> Iterator[str]:
    for path in folder.iterdir():
        if path.is_file() and any(fnmatch(path.name, pattern) for pattern in MODEL_PATTERNS):
            yield path.name
