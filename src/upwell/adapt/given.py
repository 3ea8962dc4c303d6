"""The model that is adapted: a folder that transformers loads, of the hub, or of a package.

No code of the folder is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from ..errors import MissingExtra, ModelError

try:
    from transformers import AutoConfig, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error
except ImportError as error:
    raise MissingExtra("adapting needs transformers: pip install 'upwell[adapt]'") from error

from ..models.hub import NAME, place_of
from ..models.huggingface import check_folder, check_words, context_of, first_line, mark

NAMELESS = ("model", "checkpoint", "export")
"""Folders that are called after what is in them; the folder above tells more."""


@dataclass(frozen=True)
class Given:
    """A model as it lies on the disk, with what it reads text with."""

    name: str
    path: Path
    config: Any
    words: Any
    """Its tokenizer, of transformers."""

    context: int
    """Most tokens of a row."""

    mark: str
    """sha256 of all that its outputs depend on."""


def given(model: str) -> Given:
    """The model in a folder, of the hub by its name, or in an installed package of that name.

    Raises ModelError with what is missing or refused.
    """
    here = Path(model).is_dir() or NAME.fullmatch(model)
    path = place_of(model).folder if here else _packaged(model)
    check_folder(path)
    check_words(path)
    # Its bars and its report of weights that no head needs would break lines that people read.
    disable_progress_bar()
    set_verbosity_error()
    how: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    try:
        config = AutoConfig.from_pretrained(path, **how)
        words = AutoTokenizer.from_pretrained(path, use_fast=True, **how)
    # The library raises many kinds; each message says what is wrong with the folder.
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(f"{path} cannot be loaded by transformers: {first_line(error)}") from error
    if words.pad_token_id is None:
        raise ModelError(f"{path}: its tokenizer has no token that fills a batch; give it one")
    told = words.model_max_length
    context = min(context_of(config, words), told if told < 10**9 else 10**9)
    name = path.parent.name if path.name in NAMELESS and Path(model).is_dir() else Path(model).name
    name = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model"
    return Given(name, path, config, words, context, mark(path, "float32"))


def _packaged(name: str) -> Path:
    """The folder of a model that an installed package carries."""
    try:
        files = distribution(name).files or []
    except (PackageNotFoundError, ValueError):
        raise ModelError(
            f"{name!r} is neither a folder nor an installed package; give a folder with "
            "config.json, *.safetensors and a tokenizer, or install a package that carries one"
        ) from None
    parents = {str(file.parent): file for file in files if file.name == "config.json"}
    holding = [
        Path(str(file.locate())).parent
        for parent, file in sorted(parents.items())
        if any(str(f.parent) == parent and f.suffix == ".safetensors" for f in files)
    ]
    if len(holding) != 1:
        raise ModelError(
            f"package {name!r} carries {len(holding)} folders with config.json and *.safetensors; "
            "give the folder itself"
        )
    return holding[0]
