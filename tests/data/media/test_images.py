"""Image files: the pixels that Pillow has, what is said of them, and what is refused."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from upwell.data.media.images import (
    SUFFIXES,
    describe_images,
    read_image,
    read_image_header,
    read_mask_values,
)
from upwell.data.media.unreadable import UnreadableFiles
from upwell.errors import DataError


def pixels(seed: int = 0) -> np.ndarray:
    """[24, 32, 3]: blocks of color."""
    blocks = np.random.default_rng(seed).integers(0, 256, (3, 4, 3))
    return np.kron(blocks, np.ones((8, 8, 1))).astype(np.uint8)


@pytest.mark.parametrize(
    "name", ["a.png", "a.jpg", "a.JPEG", "a.jfif", "a.webp", "a.bmp", "a.gif", "a.tif", "a.TIFF"]
)
def test_every_format_gives_the_pixels_of_pillow(tmp_path, name) -> None:
    path = tmp_path / name
    kind = {".jfif": "JPEG"}.get(path.suffix)
    Image.fromarray(pixels()).save(path, kind)
    assert path.suffix.lower() in SUFFIXES
    with Image.open(path) as image:
        expected = np.asarray(image.convert("RGB"))
    assert np.array_equal(read_image(path, 3, None), expected)
    if name not in ("a.jpg", "a.JPEG", "a.jfif", "a.webp"):
        assert np.array_equal(expected, pixels())


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "1"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg"])
def test_every_mode_gives_the_colors_of_pillow(tmp_path, mode, suffix) -> None:
    path = tmp_path / f"a{suffix}"
    try:
        Image.fromarray(pixels()).convert("RGB").convert("L" if mode == "LA" else "RGB").convert(
            mode
        ).save(path)
    except OSError:
        pytest.skip("the format has no such mode")
    with Image.open(path) as image:
        expected = np.asarray(image.convert("RGB"))
    assert np.array_equal(read_image(path, 3, None), expected)
    has_alpha = mode in ("RGBA", "LA")
    assert bool(describe_images([path])) == (has_alpha or mode == "CMYK")


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_scaled_and_not_clipped(tmp_path, suffix) -> None:
    path = tmp_path / f"a{suffix}"
    values = np.linspace(0, 65535, 24 * 32).astype(np.uint16).reshape(24, 32)
    Image.fromarray(values).save(path)
    assert np.array_equal(read_image(path, 1, None)[..., 0], values >> 8)
    assert describe_images([path]) == (f"1 image of 16 bits, scaled to 8 (a{suffix})",)


def test_pixels_whose_white_is_not_known_are_refused(tmp_path) -> None:
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(DataError, match="which value is white is not known"):
        read_image(tmp_path / "a.tif", 1, None)


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".tif", ".png"])
def test_of_several_frames_the_first_is_read_and_that_is_said(tmp_path, suffix) -> None:
    path = tmp_path / f"a{suffix}"
    frames = [Image.fromarray(pixels(seed)) for seed in range(3)]
    options = {"lossless": True} if suffix == ".webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    assert np.array_equal(read_image(path, 3, None), pixels())
    assert describe_images([path]) == (
        f"1 image of several frames, of which the first is read (a{suffix})",
    )


@pytest.mark.parametrize("suffix", [".jpg", ".tif", ".png", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_upright_and_the_header_says_their_size(tmp_path, suffix, orientation) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.fromarray(pixels()).save(path, exif=exif)
    height, width = read_image(path, 3, None).shape[:2]
    assert read_image_header(path).size == (width, height)
    assert (width, height) == ((32, 24) if orientation < 5 else (24, 32))


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".bmp", ".gif", ".tif"])
@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.7, 0.95])
def test_what_is_cut_off_is_refused_by_name(tmp_path, suffix, fraction) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), "uint8")).save(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(fraction * len(data))])
    with pytest.raises(DataError, match=rf"a\{suffix} is (no|a broken) image"):
        read_image(path, 3, None)


def test_a_changed_bit_of_a_png_is_noticed_or_changes_nothing(tmp_path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(pixels()).save(path)
    data, rng = path.read_bytes(), np.random.default_rng(0)
    for _ in range(200):
        changed = bytearray(data)
        changed[rng.integers(len(data))] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        try:
            result = read_image(path, 3, None)
        except DataError:
            continue
        assert np.array_equal(result, pixels())


def gif_of(width: int, height: int) -> bytes:
    frame = b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02\x02\x44\x01\0;"
    return b"GIF89a" + struct.pack("<HH", 10, 10) + b"\x80\0\0" + b"\0" * 6 + frame


def bmp_of(width: int, height: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + header


def png_of(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\0IDAT"
    )


@pytest.mark.parametrize("make", [gif_of, bmp_of, png_of])
def test_bombs_are_refused_by_their_header(tmp_path, make) -> None:
    path = tmp_path / "a.png"
    for side in (8_000, 14_000, 60_000):
        path.write_bytes(make(side, side))
        for read in (read_image_header, lambda each: read_image(each, 3, None), read_mask_values):
            with pytest.raises(DataError, match="unpacks to more than 50,000,000 pixels"):
                read(path)


def test_pipes_loops_and_folders_are_no_images(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to("loop.png")
    (tmp_path / "folder.png").mkdir()
    for name in ("pipe.png", "loop.png", "folder.png", "absent.png"):
        with pytest.raises(DataError, match=name):
            read_image(tmp_path / name, 3, None)


def test_all_unreadable_files_are_in_one_sentence(tmp_path) -> None:
    for name in ("a.png", "b.png", "c d.png"):
        (tmp_path / name).write_text("no image")
    with pytest.raises(DataError, match=r"a\.png is no image .*; 2 more .*\(b\.png, c d\.png\)"):
        describe_images(sorted(tmp_path.iterdir()))
    unreadable = UnreadableFiles()
    unreadable.check()
    with unreadable.collect(Path("a.png")):
        raise DataError("a.png is a broken image (cut off); replace it, or use on_error")
    with pytest.raises(DataError, match=r"cut off\); replace it, or take it out of the folder"):
        unreadable.check()


def test_masks_have_the_numbers_of_their_file(tmp_path) -> None:
    path, values = tmp_path / "a.png", np.arange(24, dtype=np.uint8).reshape(4, 6)
    palette = Image.fromarray(values, "L").convert("P")
    palette.putdata(values.ravel().tolist())
    palette.putpalette(np.random.default_rng(0).integers(0, 256, 768).tolist())
    for image in (
        Image.fromarray(values),
        palette,
        Image.fromarray(values.astype(np.uint16)),
        Image.merge("RGB", [Image.fromarray(values)] * 3),
        Image.merge("LA", [Image.fromarray(values)] * 2),
    ):
        image.save(path)
        assert np.array_equal(read_mask_values(path), values), image.mode
    Image.fromarray(values.astype(np.uint16) * 100).save(path)
    with pytest.raises(DataError, match="value 2300: classes are 0 to 255"):
        read_mask_values(path)
