"""Formats of images and recordings, with the suffixes of their files; no library is imported."""

from __future__ import annotations

IMAGE_FORMATS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
}
"""{format by Pillow's name: suffixes of its files}"""

AUDIO_FORMATS = {
    "WAV": (".wav", ".wave"),
    "WAVEX": (),
    "RF64": (),
    "FLAC": (".flac",),
    "MP3": (".mp3",),
    "OGG": (".ogg", ".oga", ".opus"),
}
"""{format by libsndfile's name: suffixes of its files}"""

IMAGE_SUFFIXES = tuple(suffix for suffixes in IMAGE_FORMATS.values() for suffix in suffixes)
AUDIO_SUFFIXES = tuple(suffix for suffixes in AUDIO_FORMATS.values() for suffix in suffixes)
