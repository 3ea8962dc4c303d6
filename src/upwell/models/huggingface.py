"""Brings any causal language model that `transformers` can load from a local folder.

Nothing is downloaded and no code from the folder is run: weights are safetensors, and a
folder that needs code of its own is refused. What a model costs is counted here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import MissingExtra, ModelError
from .size import Size

try:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar
except ImportError as error:
    raise MissingExtra("asking such models needs transformers: pip install 'upwell[export]'") from (
        error
    )

from .sharing import GIGABYTE, Report
from .weighing import Cut, WeighingAnswerer
from .words import Words

LENGTHS = ("n_positions", "max_position_embeddings", "n_ctx")
"""Where a config tells its context, in the order in which others look (lm-eval-harness)."""

UNTOLD = 2048
"""Context of a model that tells none, as others assume it."""

VOCABULARIES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")


@dataclass(frozen=True)
class LocalModel:
    """A causal language model in memory, in eval mode."""

    name: str
    kind: str
    """As `transformers` calls the architecture, e.g. "llama"."""

    network: Any
    words: Words
    context: int
    size: Size
    mark: str
    """sha256 of everything in the folder that its answers depend on."""

    def answerer(
        self, *, cut: Cut = "left", memory: int = GIGABYTE, report: Report | None = None
    ) -> WeighingAnswerer:
        """The model as something that can be asked."""
        return WeighingAnswerer(
            self.network, self.words, self.context, cut=cut, memory=memory, report=report
        )


def load(folder: str | Path, dtype: str = "float32") -> LocalModel:
    """The model in a folder with config.json, *.safetensors and a tokenizer.

    Raises ModelError with what is missing or refused.
    """
    path = Path(folder)
    check_folder(path)
    _check_words(path)
    # Its bars for weights that load in an instant would break lines that people read.
    disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(path, trust_remote_code=False, local_files_only=True)
        network = AutoModelForCausalLM.from_pretrained(
            path,
            config=config,
            dtype=getattr(torch, dtype),
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
        )
        words = AutoTokenizer.from_pretrained(path, trust_remote_code=False, local_files_only=True)
    # The library raises many kinds; each message says what is wrong with the folder.
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(f"{path} cannot be loaded by transformers: {first_line(error)}") from error
    context = context_of(config, words)
    return LocalModel(
        name=path.name,
        kind=str(config.model_type),
        network=network.eval(),
        words=Words(words),
        context=context,
        size=count(network, context),
        mark=_mark(path, dtype),
    )


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

    Looking up embeddings takes no products; attention has two, over half of the context.
    """
    config = network.config.get_text_config()
    weights = {id(each): each for each in network.parameters()}.values()
    params = sum(each.numel() for each in weights)
    inputs, head = network.get_input_embeddings(), network.get_output_embeddings()
    tied = head is not None and head.weight is inputs.weight
    multiplied = params if tied else params - inputs.weight.numel()
    attention = 6 * int(config.num_hidden_layers) * int(config.hidden_size) * context
    return Size(
        params=params,
        flops_per_token=6 * multiplied + attention,
        bytes=sum(each.numel() * each.element_size() for each in weights),
    )


def check_folder(path: Path) -> None:
    """Raises ModelError for a folder that must not, or cannot, be loaded."""
    if not (path / "config.json").is_file():
        raise ModelError(
            f"{path} is no model folder: it has no config.json; give a local folder, e.g. one "
            "made by `hf download NAME --local-dir FOLDER` or by `upwell export`"
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


def _check_words(path: Path) -> None:
    if not any((path / name).is_file() for name in VOCABULARIES):
        raise ModelError(
            f"{path} has no tokenizer ({', '.join(VOCABULARIES)}); put the model's own beside it"
        )


def _mark(path: Path, dtype: str) -> str:
    """Of weights, config and tokenizer, and of the precision they are loaded in."""
    digest = hashlib.sha256(dtype.encode())
    for file in sorted(path.iterdir()):
        if file.suffix in (".safetensors", ".json", ".model", ".txt"):
            with file.open("rb") as opened:
                digest.update(file.name.encode() + hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()


def first_line(error: Exception) -> str:
    """Of what a library says that is not ours."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
