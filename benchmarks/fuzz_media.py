"""The kinds of images, recordings and their annotations that `benchmarks/fuzz.py` mutates.

Formats with checksums (PNG, FLAC) are sealed: a change must be noticed, or change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzz import Kind

TARGET_RATE = 16_000
"""Hertz to which recordings are resampled."""

VOC_XML = """<annotation><filename>{n}.png</filename><size><width>32</width><height>24</height>
<depth>3</depth></size><object><name>{name}</name><bndbox><xmin>{n}</xmin><ymin>2</ymin>
<xmax>20.5</xmax><ymax>18</ymax></bndbox></object></annotation>
"""


def image_folder(suffix: str, **options: Any) -> Callable[[Path], None]:
    """Images of two classes."""

    def write(folder: Path) -> None:
        from PIL import Image

        for n in range(4):
            path = folder / "ab"[n % 2] / f"{n}{suffix}"
            path.parent.mkdir(exist_ok=True)
            blocks = np.random.default_rng(n).integers(0, 256, (4, 5, 3))
            pixels = np.kron(blocks, np.ones((8, 8, 1))).astype(np.uint8)
            Image.fromarray(pixels).save(path, **options)

    return write


def sound_folder(suffix: str, **options: Any) -> Callable[[Path], None]:
    """Recordings of two classes."""

    def write(folder: Path) -> None:
        import soundfile

        for n in range(4):
            path = folder / "ab"[n % 2] / f"{n}{suffix}"
            path.parent.mkdir(exist_ok=True)
            wave = 0.4 * np.sin(np.arange(2000 + n) / (5 + n))
            soundfile.write(path, np.stack([wave, wave / 2], 1), 8000, **options)

    return write


def coco(folder: Path) -> None:
    image_folder(".png")(folder)
    names = [f"{'ab'[n % 2]}/{n}.png" for n in range(4)]
    document = {
        "images": [{"id": n, "file_name": f, "width": 40, "height": 32} for n, f in
                   enumerate(names)],
        "categories": [{"id": 3, "name": "x"}, {"id": 7, "name": "y"}],
        "annotations": [
            {"id": n, "image_id": n, "category_id": 3 + 4 * (n % 2), "bbox": [n, 2, 9, 8.5],
             "iscrowd": 0}
            for n in range(4)
        ],
    }  # fmt: skip
    (folder / "rows.json").write_text(json.dumps(document))


def voc(folder: Path) -> None:
    from PIL import Image

    for n in range(4):
        Image.new("RGB", (32, 24), (40 * n, 10, 90)).save(folder / f"{n}.png")
        (folder / f"{n}.xml").write_text(VOC_XML.format(n=n, name="xy"[n % 2]))


def masks(folder: Path) -> None:
    from PIL import Image

    for name in ("images", "masks"):
        (folder / name).mkdir()
    for n in range(4):
        Image.new("RGB", (32, 24), (40 * n, 10, 90)).save(folder / "images" / f"{n}.png")
        mask = np.zeros((24, 32), np.uint8)
        mask[4:9, n : 10 + n] = 1 + n % 2
        Image.fromarray(mask).save(folder / "masks" / f"{n}.png")


def transcripts(folder: Path) -> None:
    sound_folder(".wav")(folder)
    rows = [f"{'ab'[n % 2]}/{n}|text {n}|text {n}\n" for n in range(4)]
    (folder / "metadata.csv").write_text("".join(rows))


def pixels(rows: Any) -> list[str]:
    """A hash of each image, in color."""
    from upwell.data.media.images import read_image

    return [sha256(read_image(Path(row.texts[0]), 3, None)).hexdigest() for row in rows]


def samples(rows: Any) -> list[str]:
    """A hash of each recording at the rate of a model."""
    from upwell.data.media.audio import read_audio, resample

    paths = [Path(row.texts[0]) for row in rows]
    signals = [resample(*read_audio(path), TARGET_RATE, path) for path in paths]
    return [sha256(signal).hexdigest() for signal in signals]


def read_images(folder: Path) -> object:
    from upwell.data.labeled import Columns
    from upwell.data.labeled.file_rows import describe_files, read_file_splits
    from upwell.data.media.images import SUFFIXES, describe_images

    data = describe_files(read_file_splits(folder, SUFFIXES, Columns()).train, describe_images)
    return data.labels, [row.labels for row in data.rows], data.notes, pixels(data.rows)


def read_sounds(folder: Path) -> object:
    from upwell.data.labeled import Columns
    from upwell.data.labeled.file_rows import describe_files, read_file_splits
    from upwell.data.media.audio import SUFFIXES, describe_recordings

    data = read_file_splits(folder, SUFFIXES, Columns()).train
    data = describe_files(data, describe_recordings)
    return data.labels, [row.labels for row in data.rows], data.notes, samples(data.rows)


def read_boxes(file: str = "") -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from upwell.data.labeled import boxes

        data = boxes.read_box_splits(folder / file).map(boxes.require_boxes).train
        return boxes.get_class_names(data), [row.target for row in data.rows], data.notes

    return read


def read_masks(folder: Path) -> object:
    from upwell.data.labeled import Columns, masks

    rows = masks.read_mask_splits(folder, Columns()).train.rows
    labels = masks.get_class_names(rows)
    return labels, [sha256(masks.load_mask(row.target, labels)).hexdigest() for row in rows]


def read_speech(folder: Path) -> object:
    from upwell.data.labeled import Columns
    from upwell.data.labeled.transcripts import read_transcript_splits

    data = read_transcript_splits(folder, Columns()).train
    return [row.target for row in data.rows], data.notes, samples(data.rows)


MEDIA_KINDS: tuple[Kind, ...] = (
    Kind("png", image_folder(".png"), read_images, "*/*.png", sealed=True),
    Kind("jpeg", image_folder(".jpg"), read_images, "*/*.jpg"),
    Kind("webp", image_folder(".webp"), read_images, "*/*.webp"),
    Kind("gif", image_folder(".gif"), read_images, "*/*.gif"),
    Kind("bmp", image_folder(".bmp"), read_images, "*/*.bmp"),
    Kind("tiff", image_folder(".tif", compression="tiff_lzw"), read_images, "*/*.tif"),
    Kind("wav", sound_folder(".wav"), read_sounds, "*/*.wav"),
    Kind("wav-extensible", sound_folder(".wav", format="WAVEX"), read_sounds, "*/*.wav"),
    Kind("wav-float", sound_folder(".wav", subtype="FLOAT"), read_sounds, "*/*.wav"),
    Kind("flac", sound_folder(".flac"), read_sounds, "*/*.flac", sealed=True),
    Kind("mp3", sound_folder(".mp3"), read_sounds, "*/*.mp3"),
    Kind("ogg", sound_folder(".ogg"), read_sounds, "*/*.ogg", sealed=True),
    Kind("coco-boxes", coco, read_boxes("rows.json"), "rows.json"),
    Kind("voc", voc, read_boxes(), "*.xml"),
    Kind("masks", masks, read_masks, "masks/*.png", sealed=True),
    Kind("transcripts", transcripts, read_speech, "metadata.csv"),
)
