"""Brings any language model that `transformers` can load, from a folder or from the hub.

No code of the model is run: weights are safetensors, and a folder that needs code of its own is
refused, as is one whose weights are not all there. What a model costs is counted here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import MissingExtra, ModelError
from .size import Size

try:
    import torch
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
    )
    from transformers.models.auto import modeling_auto
    from transformers.utils.logging import disable_progress_bar
except ImportError as error:
    raise MissingExtra("asking such models needs transformers: pip install 'upwell[export]'") from (
        error
    )

from .hub import place_of
from .masked import MaskedAnswerer
from .sequence import SequenceAnswerer
from .sharing import GIGABYTE, Report
from .weighing import Cut, WeighingAnswerer
from .words import Words

LENGTHS = ("n_positions", "max_position_embeddings", "n_ctx")
"""Where a config tells its context, in the order in which others look (lm-eval-harness)."""

UNTOLD = 2048
"""Context of a model that tells none, as others assume it."""

VOCABULARIES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "source.spm",
)


@dataclass(frozen=True)
class Manner:
    """One of the ways in which a model reads and writes text."""

    classes: Mapping[str, Any]
    """Names of transformers' classes that do it, by model type."""

    auto: Any
    """The Auto class that loads them."""

    answerer: type[WeighingAnswerer] | type[SequenceAnswerer] | type[MaskedAnswerer]


CAUSAL = Manner(
    modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, AutoModelForCausalLM, WeighingAnswerer
)
SEQUENCE = Manner(
    modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    AutoModelForSeq2SeqLM,
    SequenceAnswerer,
)
MASKED = Manner(
    modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES, AutoModelForMaskedLM, MaskedAnswerer
)


@dataclass(frozen=True)
class LocalModel:
    """A language model in memory, in eval mode."""

    name: str
    kind: str
    """As `transformers` calls the architecture, e.g. "llama"."""

    network: Any
    words: Words
    context: int
    size: Size
    mark: str
    """sha256 of everything in the folder that its answers depend on."""

    manner: Manner
    revision: str | None = None
    """The commit on the hub; None for a folder that is not of the hub."""

    def answerer(
        self, *, cut: Cut = "left", memory: int = GIGABYTE, report: Report | None = None
    ) -> WeighingAnswerer | SequenceAnswerer | MaskedAnswerer:
        """The model as something that can be asked. Raises ModelError where it cannot be."""
        return self.manner.answerer(
            self.network, self.words, self.context, cut=cut, memory=memory, report=report
        )


def load(given: str | Path, dtype: str = "float32") -> LocalModel:
    """The model in a folder with config.json, *.safetensors and a tokenizer, or of the hub.

    Raises ModelError with what is missing or refused.
    """
    place = place_of(given)
    path = place.folder
    check_folder(path)
    check_words(path)
    # Its bars for weights that load in an instant would break lines that people read.
    disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True)
        manner = manner_of(config)
        network, told = manner.auto.from_pretrained(
            path,
            config=config,
            dtype=getattr(torch, dtype),
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        words = AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    # The library raises many kinds; each message says what is wrong with the folder.
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(f"{path} cannot be loaded by transformers: {first_line(error)}") from error
    if told["missing_keys"]:
        raise ModelError(
            f"{path} has no weights for {min(told['missing_keys'])} of {type(network).__name__}, "
            "which would be random; give a folder with the whole language model"
        )
    context = context_of(config, words) - _unused_places(network)
    return LocalModel(
        name=place.name,
        kind=str(config.model_type),
        network=network.eval(),
        words=Words(words),
        context=context,
        size=count(network, context),
        mark=mark(path, dtype),
        manner=manner,
        revision=place.revision,
    )


def manner_of(config: Any) -> Manner:
    """How the model of a config reads and writes: as its class does, or else as its type may."""
    told = manner_named((config.architectures or ["none"])[0])
    return told or (SEQUENCE if config.is_encoder_decoder else CAUSAL)


def manner_named(name: str) -> Manner | None:
    """The manner of a class of transformers; None for one that does not speak."""
    manners = (CAUSAL, SEQUENCE, MASKED)
    return next((each for each in manners if name in each.classes.values()), None)


def _unused_places(network: Any) -> int:
    """Positions that hold no token: RoBERTa and its kin count from behind the one of padding."""
    for name, part in network.named_modules():
        if name.endswith("embeddings.position_embeddings"):
            padding = getattr(part, "padding_idx", None)
            return 0 if padding is None else int(padding) + 1
    return 0


def context_of(config: Any, words: Any) -> int:
    """Most tokens that a model reads at once: as its config tells, or else its tokenizer."""
    config = config.get_text_config()
    for name in LENGTHS:
        if (told := getattr(config, name, None)) is not None:
            return int(told)
    told = getattr(words, "model_max_length", None)
    # A tokenizer that was told nothing says 10 to the 30.
    return UNTOLD if told is None or told > 10**9 else int(told)


def count(network: Any, context: int) -> Size:
    """Parameters (tied ones once), training FLOPs a token at a context, bytes of the weights.

    Looking up embeddings takes no products; attention has two, over half of the context. Of an
    encoder-decoder every token counts as if it went through both halves.
    """
    config = network.config.get_text_config()
    weights = {id(each): each for each in network.parameters()}.values()
    params = sum(each.numel() for each in weights)
    inputs, head = network.get_input_embeddings(), network.get_output_embeddings()
    tied = head is not None and head.weight is inputs.weight
    multiplied = params if tied else params - inputs.weight.numel()
    attention = 6 * _looks(config) * int(config.hidden_size) * context
    return Size(
        params=params,
        flops_per_token=6 * multiplied + attention,
        bytes=sum(each.numel() * each.element_size() for each in weights),
    )


def _looks(config: Any) -> int:
    """Layers of attention; a decoder's look at itself and at its encoder."""
    layers = int(config.num_hidden_layers)
    if not config.is_encoder_decoder:
        return layers
    told = (getattr(config, name, None) for name in ("num_decoder_layers", "decoder_layers"))
    return layers + 2 * next((int(each) for each in told if each is not None), layers)


def check_folder(path: Path) -> None:
    """Raises ModelError for a folder that must not, or cannot, be loaded."""
    if path.is_file():
        raise ModelError(f"{path} is a file; give the folder that a model's files are in")
    if not (path / "config.json").is_file():
        raise ModelError(
            f"{path} is no model folder: it has no config.json; give such a folder, a model of a "
            "study (out/demo/MODEL), or one of the hub (ORGANISATION/NAME)"
        )
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path / 'config.json'} is not JSON: {error}") from None
    if "auto_map" in config:
        raise ModelError(f"{path} needs code of its own to be loaded; such code is never run here")
    if not list(path.glob("*.safetensors")):
        raise ModelError(
            f"{path} has no *.safetensors; save the weights so (pickles are never opened here)"
        )


def check_words(path: Path) -> None:
    """Raises ModelError for a folder without a tokenizer."""
    if not any((path / name).is_file() for name in VOCABULARIES):
        raise ModelError(
            f"{path} has no tokenizer ({', '.join(VOCABULARIES)}); put the model's own beside it"
        )


def mark(path: Path, dtype: str) -> str:
    """Of weights, config and tokenizer, and of the precision they are loaded in."""
    digest = hashlib.sha256(dtype.encode())
    for file in sorted(path.iterdir()):
        if file.suffix in (".safetensors", ".json", ".model", ".txt", ".jinja"):
            with file.open("rb") as opened:
                digest.update(file.name.encode() + hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def first_line(error: Exception) -> str:
    """Of what a library says that is not ours."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
