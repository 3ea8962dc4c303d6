"""Recordings and images that are easy to classify."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image

RATE = 8000
PITCH = {"low": 300.0, "high": 1500.0}


def tone(path: Path, pitch: float, seconds: float, seed: int, rate: int = RATE) -> Path:
    """A tone in noise as a WAV file."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    wave_ = np.sin(2 * np.pi * pitch * time + rng.uniform(0, 6))
    signal = wave_ + 0.3 * rng.normal(size=len(time))
    return write_wav(path, signal / 3, rate)


def write_wav(path: Path, signal: np.ndarray, rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(signal, -1, 1) * 32000).astype("<i2").tobytes())
    return path


def tones(folder: Path, rows: int, seed: int) -> Path:
    """A folder of recordings for each pitch."""
    for number in range(rows):
        name = list(PITCH)[number % 2]
        rng = np.random.default_rng([seed, number])
        pitch, seconds = PITCH[name] * rng.uniform(0.9, 1.1), rng.uniform(0.4, 0.7)
        tone(folder / name / f"{number}.wav", pitch, seconds, 1000 * seed + number)
    return folder


def squares(folder: Path, rows: int, seed: int, channels: int = 3) -> Path:
    """A folder of images for each position of a bright square."""
    for number in range(rows):
        name = ["left", "right"][number % 2]
        rng = np.random.default_rng([seed, number])
        image = rng.integers(0, 60, (16, 20, channels)).astype(np.uint8)
        start = 1 if name == "left" else 12
        image[4:12, start : start + 6] += np.uint8(150)
        path = folder / name / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.squeeze()).save(path)
    return folder
