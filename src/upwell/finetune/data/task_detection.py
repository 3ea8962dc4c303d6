"""The task of a dataset, from its files, and from the keys at the beginning of a JSON file."""

from __future__ import annotations

import re
from pathlib import Path

from ...data.labeled.conll import SUFFIXES as TAG_SUFFIXES
from ...data.media.formats import AUDIO_SUFFIXES, IMAGE_SUFFIXES
from ...data.media.listing import holds_file, list_files, list_folders
from ...data.media.split_folders import split_of

MASK_FOLDERS = ("masks", "mask", "label", "labels", "annotations", "segmentation")
TRANSCRIPT_FOLDERS = ("wavs", "clips")
"""Folders of LJSpeech and Common Voice, beside which the list of transcripts lies."""

TRANSCRIPT_SUFFIXES = (".csv", ".tsv", ".txt")
COCO_NAMES = ("coco", "instances")
"""Parts of the names of COCO files."""

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
JSON_HEAD_CHARS = 1 << 14
"""Characters of a JSON file that are inspected."""

KEY_SETS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(keys.split()), task)
    for keys, task in (
        ("images file_name", "object-detection"),
        ("images annotations", "object-detection"),
        ("qas", "question-answering"),
        ("question context answers", "question-answering"),
        ("messages", "instruction-tuning"),
        ("conversations", "instruction-tuning"),
        ("instruction output", "instruction-tuning"),
        ("instruction response", "instruction-tuning"),
        ("prompt completion", "instruction-tuning"),
        ("tokens ner_tags", "token-classification"),
        ("tokens tags", "token-classification"),
        ("tokens labels", "token-classification"),
        ("tokens pos_tags", "token-classification"),
        ("text entities", "token-classification"),
        ("translation", "translation"),
    )
)
"""Keys that rows of a task have, the most telling first."""

SPANS = re.compile(r'"(label|labels|entities|spans)"\s*:\s*\[\s*[\[{]')
KEY = re.compile(r'"(\w+)"\s*:')


def infer_task(data: Path) -> str:
    """The task for a file or folder: "text-classification" unless the files suggest another."""
    if data.is_file():
        suffix = data.suffix.lower()
        if suffix in JSON_SUFFIXES:
            return _infer_from_keys(data)
        return "token-classification" if suffix in TAG_SUFFIXES else "text-classification"
    return _infer_from_folder(data) if data.is_dir() else "text-classification"


def _infer_from_keys(path: Path) -> str:
    """The task whose keys stand at the beginning of a JSON file."""
    with path.open("rb") as file:
        head = file.read(JSON_HEAD_CHARS).decode("utf-8", "replace")
    keys = set(KEY.findall(head))
    task = next((task for names, task in KEY_SETS if names <= keys), None)
    if task is not None:
        return task
    if SPANS.search(head) and "text" in keys:
        return "token-classification"
    is_squad = path.suffix.lower() == ".json" and not {"label", "text"} & keys
    return "question-answering" if is_squad else "text-classification"


def _infer_from_folder(data: Path) -> str:
    has_images = holds_file(data, IMAGE_SUFFIXES)
    if has_images and (
        holds_file(data, (".xml",)) or any(map(_is_coco, list_files(data, (".json",)).files))
    ):
        return "object-detection"
    if holds_file(data, AUDIO_SUFFIXES):
        return "speech-recognition" if _has_transcripts(data) else "audio-classification"
    if not has_images:
        return "text-classification"
    return "semantic-segmentation" if _has_masks(data) else "image-classification"


def _is_coco(file: Path) -> bool:
    return any(name in file.stem.lower() for name in COCO_NAMES)


def _split_paths(data: Path) -> list[Path]:
    """The folder and its split folders."""
    return [data, *(data / name for name in list_folders(data) if split_of(name))]


def _has_masks(data: Path) -> bool:
    return any(
        name.lower() in MASK_FOLDERS and holds_file(path / name, IMAGE_SUFFIXES)
        for path in _split_paths(data)
        for name in list_folders(path)
    )


def _has_transcripts(data: Path) -> bool:
    texts = list_files(data, TRANSCRIPT_SUFFIXES).files
    return any(file.name.lower().endswith(".trans.txt") for file in texts) or any(
        name.lower() in TRANSCRIPT_FOLDERS and any(file.parent == path for file in texts)
        for path in _split_paths(data)
        for name in list_folders(path)
    )
