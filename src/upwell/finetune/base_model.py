"""The pretrained model: a folder that transformers loads, a hub model, or an installed package.

Code in the folder is never run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import torch

from ..errors import MissingDependencyError, ModelError

try:
    from transformers import (
        AutoFeatureExtractor,
        AutoImageProcessor,
        AutoModel,
        AutoTokenizer,
    )
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error
except ImportError as error:
    raise MissingDependencyError(
        "fine-tuning needs transformers: pip install 'upwell[finetune]'"
    ) from error

from ..models.hub.config_file import (
    check_weights,
    find_kernel,
    load_config,
    loading,
    read_config,
)
from ..models.hub.language_models import (
    TOKENIZER_FILES,
    check_folder,
    check_tokenizer,
    get_context,
    hash_model_files,
)
from ..models.hub.resolve import HUB_NAME_PATTERN, find_organization, resolve
from ..records import ModelCard
from ..store.checksummed import read_checksummed

GENERIC_FOLDER_NAMES = ("model", "checkpoint", "export")
"""Generic folder names. The model is then named after the parent folder."""

MODEL_CARD_FILE = "upwell.json"
"""The model card in the folder of a fine-tuned model."""

PREPROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")
"""Files that configure the image processor or the feature extractor of a model."""

LOCAL_KWARGS: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}

WEIGHTS_KWARGS: dict[str, Any] = {**LOCAL_KWARGS, "use_safetensors": True, "dtype": torch.float32}
"""Arguments of `from_pretrained` for weights: float32, safetensors only."""


@dataclass(frozen=True, kw_only=True)
class PretrainedModel:
    """A pretrained model on disk, with its tokenizer or preprocessor, but without its weights."""

    name: str
    path: Path
    config: Any
    tokenizer: Any = None
    """The tokenizer of transformers. None for a model without text."""

    image_processor: Any = None
    """The image processor of transformers. None for a model without images."""

    feature_extractor: Any = None
    """The feature extractor of transformers. None for a model without audio."""

    max_length: int | None = None
    """Most tokens of a row. None for a model without a tokenizer."""

    weights_hash: str
    """sha256 of all files that the outputs depend on."""

    from_scratch: bool = False
    """Whether it is a scratch model, created for these rows."""

    ref: str | None = None
    """Id of its ModelRef, if Upwell fine-tuned it before."""

    notes: tuple[str, ...] = ()
    """What was added to the model, one sentence each."""

    def resize_embeddings(self, model: Any) -> Any:
        """The model, with its embeddings extended to every token of the tokenizer."""
        if self.tokenizer is not None and len(self.tokenizer) > len(
            model.get_input_embeddings().weight
        ):
            model.resize_token_embeddings(len(self.tokenizer))
        return model

    def save_preprocessors(self, folder: Path) -> None:
        """Save the tokenizer and the preprocessors into `folder`."""
        for preprocessor in (self.tokenizer, self.image_processor, self.feature_extractor):
            if preprocessor is not None:
                preprocessor.save_pretrained(folder)


def load_base_model(model: str, modality: str = "text") -> PretrainedModel:
    """Find a model and load its config, its tokenizer and its preprocessor.

    `model` is a folder, a name on the hub, or the name of an installed package. `modality` is
    "text", "image" or "audio". Raises ModelError with what is missing or unsafe.
    """
    is_folder_or_hub_id = Path(model).is_dir() or HUB_NAME_PATTERN.fullmatch(model)
    path = resolve(model).folder if is_folder_or_hub_id else _find_in_package(model)
    check_folder(path)
    if modality == "text":
        check_tokenizer(path)
    elif not any((path / name).is_file() for name in PREPROCESSOR_FILES):
        raise ModelError(
            f"{path} has no {' or '.join(PREPROCESSOR_FILES)}, so it does not read {modality}; "
            f"choose a model for {modality}"
        )
    # Progress bars and the report of unused weights would break the log.
    disable_progress_bar()
    set_verbosity_error()
    if (kernel := find_kernel(read_config(path))) is not None:
        raise ModelError(
            f"{path} asks for {kernel} in config.json, which fine-tuning does not have; delete it"
        )
    config = load_config(path)
    with loading(path):
        check_weights(path, config, AutoModel if modality == "text" else None)
        preprocessors = _load_preprocessors(path, modality)
    tokenizer = preprocessors.get("tokenizer")
    notes: tuple[str, ...] = ()
    if tokenizer is not None:
        notes = set_padding_token(tokenizer, path)
    if tokenizer is not None and modality == "text":
        split_special_tokens(tokenizer)
    name = (
        path.parent.name
        if path.name in GENERIC_FOLDER_NAMES and Path(model).is_dir()
        else Path(model).name
    )
    return PretrainedModel(
        name=re.sub(r"[^\w.-]+", "-", name).strip("-.") or "model",
        path=path,
        config=config,
        max_length=None if tokenizer is None else _max_length(config, tokenizer),
        weights_hash=hash_model_files(path, "float32"),
        ref=_parent_ref(path),
        notes=notes,
        **preprocessors,
    )


def set_padding_token(tokenizer: Any, path: Path) -> tuple[str, ...]:
    """Give a tokenizer without a padding token one, and a note that says so.

    Padding is masked, so any token will do that does not end a text: a classifier on a decoder
    reads the last token that is no padding. Raises ModelError for a tokenizer without tokens.
    """
    if tokenizer.pad_token_id is not None:
        return ()
    last_ids = tokenizer("a")["input_ids"][-1:]
    candidates = (tokenizer.eos_token, tokenizer.unk_token, tokenizer.bos_token)
    ends = [tokenizer.convert_ids_to_tokens(index) for index in last_ids]
    token = next((each for each in candidates if each is not None and each not in ends), None)
    token = token or tokenizer.convert_ids_to_tokens(0)
    if token is None:
        raise ModelError(f"{path}: its tokenizer has no token that could pad; set pad_token")
    tokenizer.pad_token = token
    return (f"the tokenizer has no padding token; {token!r} pads, and is masked",)


def split_special_tokens(tokenizer: Any) -> None:
    """Make a tokenizer read "[SEP]" or "<|endoftext|>" within a text as ordinary text.

    A saved tokenizer does the same. One with a chat template does not, because its template is made
    of special tokens.
    """
    tokenizer.split_special_tokens = True
    if not getattr(tokenizer, "chat_template", None):
        tokenizer.init_kwargs["split_special_tokens"] = True


def count_params(base_model: PretrainedModel) -> int:
    """Number of parameters without a head. The weights are not loaded."""
    with torch.device("meta"):
        network = AutoModel.from_config(base_model.config, dtype=torch.float32)
    return sum(parameter.numel() for parameter in network.parameters())


def _load_preprocessors(path: Path, modality: str) -> dict[str, Any]:
    """{field of PretrainedModel: preprocessor}. Audio models may have a tokenizer as well."""
    preprocessors: dict[str, Any] = {}
    if modality == "image":
        preprocessors["image_processor"] = AutoImageProcessor.from_pretrained(
            path, backend="pil", **LOCAL_KWARGS
        )
    elif modality == "audio":
        preprocessors["feature_extractor"] = AutoFeatureExtractor.from_pretrained(
            path, **LOCAL_KWARGS
        )
    if modality == "text" or (
        modality == "audio" and any((path / name).is_file() for name in TOKENIZER_FILES)
    ):
        preprocessors["tokenizer"] = AutoTokenizer.from_pretrained(
            path, use_fast=True, **LOCAL_KWARGS
        )
    return preprocessors


def _parent_ref(path: Path) -> str | None:
    return (
        read_checksummed(ModelCard, path / MODEL_CARD_FILE).ref.id
        if (path / MODEL_CARD_FILE).is_file()
        else None
    )


def _max_length(config: Any, tokenizer: Any) -> int:
    declared = tokenizer.model_max_length
    return min(get_context(config, tokenizer), declared if declared < 10**9 else 10**9)


def _suggest_hub_name(name: str) -> str:
    """The full name of a hub model that is known by a short one; "" for others."""
    organization = find_organization(name)
    return "" if organization is None else f", e.g. {organization}/{name}"


def _find_in_package(name: str) -> Path:
    """The model folder inside an installed package."""
    try:
        files = distribution(name).files or []
    except (PackageNotFoundError, ValueError):
        raise ModelError(
            f"{name!r} is neither a folder nor an installed package; give a folder with "
            "config.json, *.safetensors and a tokenizer, or a hub name with its organization"
            f"{_suggest_hub_name(name)}"
        ) from None
    parents = {str(file.parent): file for file in files if file.name == "config.json"}
    folders = [
        Path(str(file.locate())).parent
        for parent, file in sorted(parents.items())
        if any(str(f.parent) == parent and f.suffix == ".safetensors" for f in files)
    ]
    if len(folders) != 1:
        raise ModelError(
            f"package {name!r} carries {len(folders)} folders with config.json and *.safetensors; "
            "give the folder itself"
        )
    return folders[0]
