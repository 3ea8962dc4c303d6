"""Models from scratch, built for the rows: one file per architecture.

A name such as "bert-small" is a file (`bert.py`) and one of its sizes. The result is a folder that
transformers loads, so fine-tuning treats it like a pretrained model. A complete folder is reused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ...errors import SpecError
from ...plugins import builtin_names, code_version, did_you_mean, load_plugin, quoted_list
from ...records import fingerprint
from ...store.seal import seal
from ..run_id import HASHED_PACKAGES
from .base import PretrainProgressFn, ScratchConfig, ScratchModel

__all__ = [
    "PretrainProgressFn",
    "ScratchConfig",
    "ScratchModel",
    "build_from_scratch",
    "is_scratch_name",
    "scratch_model_names",
]

SCRATCH_CONSTANT = "SCRATCH_MODEL"
WORK_DIR = "work"


def scratch_model_names() -> list[str]:
    """Names of all models from scratch, e.g. "bert-small"."""
    return [
        f"{architecture}-{size}"
        for architecture in _architecture_names()
        for size in _load_architecture(architecture).SIZES
    ]


def is_scratch_name(name: str) -> bool:
    """Whether a name is that of a model from scratch and not of a folder."""
    architecture, _, size = name.rpartition("-")
    return bool(size) and architecture in _architecture_names() and not Path(name).exists()


def build_from_scratch(
    name: str, make_config: Callable[[Any, Path], ScratchConfig], modality: str, out: Path
) -> Path:
    """The folder of a new model. `make_config` takes the size and the work folder.

    Raises SpecError for a size that the architecture does not have, and for another modality.
    """
    architecture_name, _, size = name.rpartition("-")
    architecture = _load_architecture(architecture_name)
    if size not in architecture.SIZES:
        choices = [
            choice
            for choice in scratch_model_names()
            if modality == _load_architecture(choice.rpartition("-")[0]).modality
        ]
        raise SpecError(
            f"there is no {name!r}; {modality} models from scratch are {quoted_list(choices)}"
            + did_you_mean(name, choices)
        )
    if modality != architecture.modality:
        raise SpecError(
            f"{name!r} is a model for {architecture.modality}, and the task is for {modality}; "
            "choose another model"
        )
    work_dir = out / WORK_DIR
    config = make_config(architecture.SIZES[size], work_dir)
    inputs = (
        config.dataset.digest,
        config.seed,
        config.pretrain_tokens,
        code_version(HASHED_PACKAGES),
    )
    folder = work_dir / f"{name}-{fingerprint(name, config.task, *inputs)[:8]}" / name
    if folder.is_dir():
        return folder
    partial = folder.with_name(f"{name}.part")
    rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    # Progress bars for small files would break the lines of the log.
    disable_progress_bar()
    architecture.build(config, partial)
    seal(partial)
    return partial.replace(folder)


def _architecture_names() -> list[str]:
    return builtin_names(__name__, (SCRATCH_CONSTANT,), hyphenated=True)


def _load_architecture(name: str) -> ScratchModel:
    module = load_plugin(
        name,
        package=__name__,
        kind="model from scratch",
        required=(SCRATCH_CONSTANT,),
        hyphenated=True,
    )
    architecture: ScratchModel = module.SCRATCH_MODEL()
    return architecture
