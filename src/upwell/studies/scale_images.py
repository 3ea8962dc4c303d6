"""Images: does accuracy rise smoothly with the rows to learn from, and with width?

    upwell run scale_images                                  (along rows)
    upwell run scale_images --set axis=width
    upwell run scale_images --set photographs=my-photographs (and with axis=width)

Three minutes on two cores with scikit-learn's digits and a convolutional network. With photographs
(a folder for every class, or such folders in `train` and `test`; resized to 32 x 32 in colour, of
them at most 32,000) a residual network learns, for an hour or two. Expect the error to fall
smoothly along rows, as a power law that levels off (Hestness et al. 2017, arXiv 1712.00409), and
along width so steeply among 2 to 4 channels that the judge calls it a jump. The report gives the
exponent with its interval, and so does `upwell judge --json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from upwell.errors import SpecError
from upwell.records import DataSpec, ModelSpec, Study, Train

PLACES = 8
"""Along the axis; the last is held out and forecast."""

DIGITS = 1438
"""Training digits."""

LEAST = 40
"""Rows of the smallest set, and of a batch."""

MOST = 32_000
"""Photographs of the largest set."""

SUFFIXES = (".jpg", ".jpeg", ".png")

EXPECTED = {
    "rows": (
        "the error on held-out images falls smoothly with rows, by a power law with an exponent of "
        "-.3 to -.7, and log-loss with it; no jump; the largest set's score lies in its forecast."
    ),
    "width": (
        "the error on held-out images falls smoothly with width and levels off, where the rows and "
        "not the network are what is short; no jump."
    ),
}


def study(axis: str = "rows", photographs: str = "", examples: int = 0, seeds: int = 3) -> Study:
    """The study along "rows" or "width"; `examples` are those that each run sees, 0 for the
    usual."""
    if axis not in EXPECTED:
        raise SpecError(f"axis is 'rows' or 'width', found {axis!r}")
    data, rows, seen = _photographs(photographs) if photographs else _digits()
    ladder, largest = _ladder(axis, bool(photographs), photographs)
    return Study(
        name=f"scale_{'photographs' if photographs else 'digits'}_{axis}",
        question=f"Does accuracy on images rise smoothly with {axis}?",
        expected=EXPECTED[axis],
        ladder=ladder,
        data=(data,),
        recipe=Train(
            context=1,
            batch=LEAST,
            optimiser="muon",
            learning_rate=0.05,
            base_width=largest,
            decay=0.6,
        ),
        abilities=("held_out",),
        seeds=tuple(range(seeds)),
        milestones=(examples or seen,),
        rows=_between(LEAST, rows) if axis == "rows" else (),
        axis=axis,
        held_out=1,
    )


def _digits() -> tuple[DataSpec, int, int]:
    """The data, their rows, and the examples that a run sees."""
    return DataSpec(source="digits", options={"augment": "crop=1"}), DIGITS, 40_000


def _photographs(path: str) -> tuple[DataSpec, int, int]:
    root = Path(path)
    files = [each for each in root.rglob("*") if each.suffix.lower() in SUFFIXES]
    parted = (root / "train").is_dir() and (root / "test").is_dir()
    rows = sum("train" in f.relative_to(root).parts[:1] for f in files) if parted else len(files)
    # Without parts a fifth is held out, and copies of what is held out fall away.
    rows = min(MOST, int(rows * (1.0 if parted else 0.78)))
    if rows < 16 * LEAST:
        raise SpecError(
            f"{path!r} has {rows} JPEG or PNG files to train on, and {16 * LEAST} are needed; name "
            "a folder that has a folder of them for every class"
        )
    options: Mapping[str, int | str] = {"path": path, "side": 32, "augment": "crop=4,flip"}
    return DataSpec(source="images", options=options), rows, 100_000


def _ladder(axis: str, coloured: bool, path: str) -> tuple[tuple[ModelSpec, ...], int]:
    """The rungs, and the width whose rates hold for all."""
    widths: tuple[int, ...] = (2, 3, 4, 6, 8, 12, 16, 24)
    wide = 16
    if axis == "rows":
        widths = (wide,)
    if not coloured:
        size = {"side": 8, "channels": 1, "classes": 10}
        return tuple(_spec("cnn", size, width) for width in widths), wide
    size = {"side": 32, "channels": 3, "classes": _classes(Path(path))}
    return tuple(_spec("resnet", size, width) for width in widths), wide


def _spec(family: str, size: Mapping[str, int], width: int) -> ModelSpec:
    return ModelSpec(family=family, size={**size, "width": width})


def _classes(root: Path) -> int:
    parent = root / "train" if (root / "train").is_dir() and (root / "test").is_dir() else root
    return sum(each.is_dir() and not each.name.startswith(".") for each in parent.iterdir())


def _between(first: int, last: int) -> tuple[int, ...]:
    """`PLACES` sizes from the first to the last, each larger than the one before by one factor."""
    ratio = (last / first) ** (1 / (PLACES - 1))
    return tuple(round(first * ratio**place) for place in range(PLACES))
