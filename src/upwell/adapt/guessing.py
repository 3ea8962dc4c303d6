"""Which task rows are for, where nobody says: told by the files, not by what is in them."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

SEEN = 5000
"""Files of a folder that are looked at."""

PICTURES, SOUNDS, TAGS = (".png", ".jpg", ".jpeg"), (".wav",), (".conll", ".bio", ".iob")
MASKS = ("masks", "mask", "label", "annotations", "segmentation")


def task_of(data: Path) -> str:
    """The task that such files are for; "classify" where nothing tells of another."""
    if data.is_file():
        return {".json": "answer"}.get(
            data.suffix.lower(), "tag" if data.suffix.lower() in TAGS else "classify"
        )
    if not data.is_dir():
        return "classify"
    files = [path for path in islice(data.rglob("*"), SEEN) if path.is_file()]
    kinds = {path.suffix.lower() for path in files}
    if ".xml" in kinds:
        return "detect"
    if kinds & set(SOUNDS):
        return "classify_sounds"
    if not kinds & set(PICTURES):
        return "classify"
    masked = any((data / name).is_dir() for name in MASKS)
    return "segment" if masked else "classify_images"
