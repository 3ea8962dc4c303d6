"""The task of a dataset, from its files; their content is not read."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

MAX_FILES = 5000
"""Files of a folder that are inspected."""

IMAGE_SUFFIXES, AUDIO_SUFFIXES, TAG_SUFFIXES = (
    (".png", ".jpg", ".jpeg"),
    (".wav",),
    (".conll", ".bio", ".iob"),
)
MASK_FOLDERS = ("masks", "mask", "label", "annotations", "segmentation")


def infer_task(data: Path) -> str:
    """The task for a file or folder: "text-classification" unless the files suggest another."""
    if data.is_file():
        return {".json": "question-answering"}.get(
            data.suffix.lower(),
            "token-classification"
            if data.suffix.lower() in TAG_SUFFIXES
            else "text-classification",
        )
    if not data.is_dir():
        return "text-classification"
    files = [path for path in islice(data.rglob("*"), MAX_FILES) if path.is_file()]
    suffixes = {path.suffix.lower() for path in files}
    if ".xml" in suffixes:
        return "object-detection"
    if suffixes & set(AUDIO_SUFFIXES):
        return "audio-classification"
    if not suffixes & set(IMAGE_SUFFIXES):
        return "text-classification"
    has_masks = any((data / name).is_dir() for name in MASK_FOLDERS)
    return "semantic-segmentation" if has_masks else "image-classification"
