"""Recordings and images that are easy to tell apart."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image

RATE = 8000
PITCH = {"low": 300.0, "high": 1500.0}


def tone(path: Path, pitch: float, seconds: float, seed: int, rate: int = RATE) -> Path:
    """A tone in noise as a WAV file."""
    dice = np.random.default_rng(seed)
    time = np.arange(int(seconds * rate)) / rate
    wave_ = np.sin(2 * np.pi * pitch * time + dice.uniform(0, 6))
    signal = wave_ + 0.3 * dice.normal(size=len(time))
    return written(path, signal / 3, rate)


def written(path: Path, signal: np.ndarray, rate: int = RATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(rate)
        opened.writeframes((np.clip(signal, -1, 1) * 32000).astype("<i2").tobytes())
    return path


def tones(folder: Path, rows: int, seed: int) -> Path:
    """A folder for every pitch."""
    for number in range(rows):
        name = list(PITCH)[number % 2]
        dice = np.random.default_rng([seed, number])
        pitch, seconds = PITCH[name] * dice.uniform(0.9, 1.1), dice.uniform(0.4, 0.7)
        tone(folder / name / f"{number}.wav", pitch, seconds, 1000 * seed + number)
    return folder


def squares(folder: Path, rows: int, seed: int, channels: int = 3) -> Path:
    """A folder for where the bright square is."""
    for number in range(rows):
        name = ["left", "right"][number % 2]
        dice = np.random.default_rng([seed, number])
        image = dice.integers(0, 60, (16, 20, channels)).astype(np.uint8)
        start = 1 if name == "left" else 12
        image[4:12, start : start + 6] += np.uint8(150)
        place = folder / name / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image.squeeze()).save(place)
    return folder
