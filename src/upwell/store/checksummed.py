"""One record per JSON file, with the sha256 of its content.

The checksum is inside the file, so content and checksum change in one rename. Damaged or edited
files, and files of another kind or schema version, are refused with their path.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from ..errors import StoreError
from ..files import read_regular
from ..records import SCHEMA_VERSION, from_json, to_json
from .atomic import sha256, write_bytes

T = TypeVar("T")


def write_checksummed(path: Path, record: Any) -> None:
    """Replace the file with the record, its kind, schema version and checksum."""
    payload = json.loads(to_json(record))
    document = {
        "kind": type(record).__name__,
        "schema": SCHEMA_VERSION,
        "sha256": sha256(_canonical_json(payload)),
        "body": payload,
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    write_bytes(path, text.encode() + b"\n")


def read_checksummed(kind: type[T], path: Path) -> T:
    """The record in the file.

    Raises StoreError if it is missing, damaged, of another kind or of another schema version.
    """
    document = _read_document(path)
    _check_schema(document.get("schema"), path)
    if document.get("kind") != kind.__name__:
        raise StoreError(
            f"{path} holds a {str(document.get('kind', 'document of unknown kind'))[:40]}, not a "
            f"{kind.__name__}; another program wrote it, move it away"
        )
    payload = document.get("body")
    if sha256(_canonical_json(payload)) != document.get("sha256"):
        raise StoreError(
            f"{path} is damaged or was edited (its sha256 does not match its content); "
            "restore it, or delete it and run again"
        )
    try:
        # Keys keep the order of the file: a record that is read and written has the same bytes.
        return from_json(kind, json.dumps(payload, ensure_ascii=False))
    except StoreError as error:
        raise StoreError(f"{path} cannot be read by this version: {error}") from None


def _check_schema(version: object, path: Path) -> None:
    if version == SCHEMA_VERSION:
        return
    if isinstance(version, int) and version < SCHEMA_VERSION:
        raise StoreError(f"{path} was made by an earlier version of Upwell; run it again")
    if isinstance(version, int):
        raise StoreError(
            f"{path} has schema {version} and this version of Upwell reads {SCHEMA_VERSION}; "
            "upgrade Upwell, or choose another folder"
        )
    raise StoreError(
        f"{path} is damaged or not a file of Upwell's (it has no schema); move it away"
    )


def _read_document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_regular(path))
    except FileNotFoundError:
        raise StoreError(f"{path} does not exist; check the path, or run the study first") from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise StoreError(
            f"{path} is damaged or not a file of Upwell's; restore it, or delete it and run again"
        )
    return document


def _canonical_json(payload: Any) -> bytes:
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # A damaged file may hold half a character, which only then has an encoding here.
    return text.encode(errors="surrogatepass")
