"""Images: does accuracy rise smoothly with the training set size, and with width?

    upwell run scale_images                                  (along train_rows)
    upwell run scale_images --set axis=width
    upwell run scale_images --set photographs=my-photographs (and with axis=width)

Three minutes on two cores with scikit-learn's digits and a convolutional network. With photographs
(a folder for every class, or such folders in `train` and `test`; at most 32,000, resized to 32 x 32
in color) a residual network is trained, for an hour or two.

Expect the error to fall smoothly along train_rows, by a power law that levels off (Hestness et al.
2017, arXiv 1712.00409). Along width it falls so steeply from 2 to 4 channels that it is called a
jump. The report gives the exponent with its interval, and so does `upwell judge --json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from upwell.errors import SpecError
from upwell.records import DataSpec, ModelSpec, Study, Train

N_RUNGS = 8
"""Rungs along the axis; the last one is held out and forecast."""

DIGIT_TRAIN_ROWS = 1438
"""Rows of the training split of the digits."""

MIN_ROWS = 40
"""Rows of the smallest training set, and of a batch."""

MAX_PHOTOGRAPHS = 32_000
"""Rows of the largest training set of photographs."""

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")

HYPOTHESES = {
    "train_rows": (
        "the error on held-out images falls smoothly with rows, by a power law with an exponent of "
        "-.3 to -.7, and so does log-loss; no jump; the largest set lies in its forecast interval."
    ),
    "width": (
        "the error on held-out images falls smoothly with width and levels off, where rows and not "
        "parameters are scarce; no jump."
    ),
}


def study(
    axis: str = "train_rows", photographs: str = "", examples: int = 0, seeds: int = 3
) -> Study:
    """The study along "train_rows" or "width".

    `examples` is the number of training examples seen by each run; 0 for the default.
    """
    if axis not in HYPOTHESES:
        raise SpecError(f"axis is 'train_rows' or 'width', found {axis!r}")
    data, rows, default_examples = _photographs(photographs) if photographs else _digits()
    ladder, base_width = _build_ladder(axis, bool(photographs), photographs)
    return Study(
        name=f"scale_{'photographs' if photographs else 'digits'}_{axis}",
        question=f"Does accuracy on images rise smoothly with {axis}?",
        hypothesis=HYPOTHESES[axis],
        ladder=ladder,
        data=(data,),
        recipe=Train(
            context_length=1,
            batch_size=MIN_ROWS,
            optimizer="muon",
            learning_rate=0.05,
            base_width=base_width,
            decay_fraction=0.6,
        ),
        abilities=("test_examples",),
        seeds=tuple(range(seeds)),
        milestones=(examples or default_examples,),
        train_sizes=_geometric_sizes(MIN_ROWS, rows) if axis == "train_rows" else (),
        axis=axis,
        held_out=1,
    )


def _digits() -> tuple[DataSpec, int, int]:
    """(data, training rows, examples seen by a run)."""
    return DataSpec(source="digits", options={"augment": "crop=1"}), DIGIT_TRAIN_ROWS, 40_000


def _photographs(path: str) -> tuple[DataSpec, int, int]:
    root = Path(path)
    files = [file for file in root.rglob("*") if file.suffix.lower() in IMAGE_SUFFIXES]
    is_split = (root / "train").is_dir() and (root / "test").is_dir()
    rows = sum("train" in f.relative_to(root).parts[:1] for f in files) if is_split else len(files)
    # Without a split a fifth is held out, and its duplicates are dropped from the rest.
    rows = min(MAX_PHOTOGRAPHS, int(rows * (1.0 if is_split else 0.78)))
    if rows < 16 * MIN_ROWS:
        raise SpecError(
            f"{path!r} has {rows} JPEG or PNG files to train on, and {16 * MIN_ROWS} are needed; "
            "name a folder that has a folder of them for every class"
        )
    options: Mapping[str, int | str] = {"path": path, "image_size": 32, "augment": "crop=4,flip"}
    return DataSpec(source="images", options=options), rows, 100_000


def _build_ladder(axis: str, colored: bool, path: str) -> tuple[tuple[ModelSpec, ...], int]:
    """(rungs, width that the learning rates are given for)."""
    widths: tuple[int, ...] = (2, 3, 4, 6, 8, 12, 16, 24)
    base_width = 16
    if axis == "train_rows":
        widths = (base_width,)
    if not colored:
        hparams = {"image_size": 8, "channels": 1, "num_classes": 10}
        return tuple(_model_spec("cnn", hparams, width) for width in widths), base_width
    hparams = {"image_size": 32, "channels": 3, "num_classes": _count_classes(Path(path))}
    return tuple(_model_spec("resnet", hparams, width) for width in widths), base_width


def _model_spec(family: str, hparams: Mapping[str, int], width: int) -> ModelSpec:
    return ModelSpec(family=family, hparams={**hparams, "width": width})


def _count_classes(root: Path) -> int:
    parent = root / "train" if (root / "train").is_dir() and (root / "test").is_dir() else root
    return sum(folder.is_dir() and not folder.name.startswith(".") for folder in parent.iterdir())


def _geometric_sizes(first: int, last: int) -> tuple[int, ...]:
    """`N_RUNGS` sizes from the first to the last, at equal ratios."""
    ratio = (last / first) ** (1 / (N_RUNGS - 1))
    return tuple(round(first * ratio**index) for index in range(N_RUNGS))
