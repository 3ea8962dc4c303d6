"""The model that is adapted: a folder that transformers loads, of the hub, or of a package.

No code of the folder is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import torch

from ..errors import MissingExtra, ModelError

try:
    from transformers import (
        AutoConfig,
        AutoFeatureExtractor,
        AutoImageProcessor,
        AutoModel,
        AutoTokenizer,
    )
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error
except ImportError as error:
    raise MissingExtra("adapting needs transformers: pip install 'upwell[adapt]'") from error

from ..models.hub import NAME, place_of
from ..models.huggingface import (
    VOCABULARIES,
    check_folder,
    check_words,
    context_of,
    first_line,
    mark,
)
from ..records import Adapted
from ..store.sealed import read_sealed

NAMELESS = ("model", "checkpoint", "export")
"""Folders that are called after what is in them; the folder above tells more."""

CARD = "upwell.json"
"""What the folder of an adapted model says of itself."""

PREPARES = ("preprocessor_config.json", "processor_config.json")
"""Files that tell how a model is shown images, or sounds."""

LOCAL: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}

OFFLINE: dict[str, Any] = {**LOCAL, "use_safetensors": True, "dtype": torch.float32}
"""How weights are loaded."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """A model as it lies on the disk, with what it reads rows with."""

    name: str
    path: Path
    config: Any
    words: Any = None
    """Its tokenizer, of transformers; None for a model that neither reads nor writes text."""

    processor: Any = None
    """What prepares images for it; None for a model that sees none."""

    extractor: Any = None
    """What prepares sounds for it; None for a model that hears none."""

    context: int | None = None
    """Most tokens of a row; None for a model without a tokenizer."""

    mark: str
    """sha256 of all that its outputs depend on."""

    fresh: bool = False
    """Whether it was made for the rows, and has learnt from nothing else."""

    ref: str | None = None
    """Id of the ModelRef that it is, where it was adapted before."""

    def sized(self, model: Any) -> Any:
        """The model with an embedding of every token that the tokenizer has."""
        if self.words is not None and len(self.words) > len(model.get_input_embeddings().weight):
            model.resize_token_embeddings(len(self.words))
        return model

    def keep(self, folder: Path) -> None:
        """Write what reads its rows."""
        for reader in (self.words, self.processor, self.extractor):
            if reader is not None:
                reader.save_pretrained(folder)


def given(model: str, reads: str = "words") -> Given:
    """The model in a folder, of the hub by its name, or in an installed package of that name, with
    what it reads "words", "images" or "sounds" with.

    Raises ModelError with what is missing or refused.
    """
    here = Path(model).is_dir() or NAME.fullmatch(model)
    path = place_of(model).folder if here else _packaged(model)
    check_folder(path)
    if reads == "words":
        check_words(path)
    elif not any((path / name).is_file() for name in PREPARES):
        raise ModelError(
            f"{path} has no {' or '.join(PREPARES)}, so it cannot be shown {reads}; choose a model "
            f"of {reads}"
        )
    # Its bars and its report of weights that no head needs would break lines that people read.
    disable_progress_bar()
    set_verbosity_error()
    try:
        config = AutoConfig.from_pretrained(path, **LOCAL)
        readers = _readers(path, reads)
    # The library raises many kinds; each message says what is wrong with the folder.
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(f"{path} cannot be loaded by transformers: {first_line(error)}") from error
    words = readers.get("words")
    if words is not None and words.pad_token_id is None:
        raise ModelError(f"{path}: its tokenizer has no token that fills a batch; give it one")
    name = path.parent.name if path.name in NAMELESS and Path(model).is_dir() else Path(model).name
    return Given(
        name=re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model",
        path=path,
        config=config,
        context=None if words is None else _context(config, words),
        mark=mark(path, "float32"),
        ref=_ref(path),
        **readers,
    )


def params_of(given: Given) -> int:
    """Parameters of the model without a head; no weights are read."""
    with torch.device("meta"):
        network = AutoModel.from_config(given.config, dtype=torch.float32)
    return sum(parameter.numel() for parameter in network.parameters())


def _readers(path: Path, reads: str) -> dict[str, Any]:
    """What the rows of a kind are read with, and texts where sounds are written down."""
    found: dict[str, Any] = {}
    if reads == "images":
        found["processor"] = AutoImageProcessor.from_pretrained(path, backend="pil", **LOCAL)
    elif reads == "sounds":
        found["extractor"] = AutoFeatureExtractor.from_pretrained(path, **LOCAL)
    if reads == "words" or (
        reads == "sounds" and any((path / name).is_file() for name in VOCABULARIES)
    ):
        found["words"] = AutoTokenizer.from_pretrained(path, use_fast=True, **LOCAL)
    return found


def _ref(path: Path) -> str | None:
    return read_sealed(Adapted, path / CARD).ref.id if (path / CARD).is_file() else None


def _context(config: Any, words: Any) -> int:
    told = words.model_max_length
    return min(context_of(config, words), told if told < 10**9 else 10**9)


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
