"""Load any language model of transformers, from a folder or from the Hugging Face hub.

No code of the model is run and no pickle is opened. A folder is refused if it needs code of its
own, or if weights are missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import MissingDependencyError, ModelError
from ...store.seal import check_seal, hash_file
from ..size import ModelSize

try:
    import torch
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForMaskedLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
    )
    from transformers.models.auto import modeling_auto
    from transformers.utils.logging import disable_progress_bar, set_verbosity_error
except ImportError as error:
    raise MissingDependencyError(
        "loading such models needs transformers: pip install 'upwell[export]'"
    ) from error

from ..lm.hf_base import Truncation
from ..lm.hf_causal import HFCausalLM
from ..lm.hf_masked import HFMaskedLM
from ..lm.hf_seq2seq import HFSeq2SeqLM
from ..lm.hf_tokenizer import HFTokenizer
from ..lm.probe import Probe
from ..lm.readers.base import GIGABYTE, ReadProgressFn
from .config_file import (
    LOCAL_KWARGS,
    check_config,
    check_shards,
    check_weights,
    load_config,
    loading,
    read_config,
)
from .file_matches import check_matched, check_unused, check_vocabulary
from .resolve import resolve

CONTEXT_FIELDS = ("n_positions", "max_position_embeddings", "n_ctx", "max_seq_len")
"""Fields of a config that have the context, in the order of lm-eval-harness. MPT has the last one,
which lm-eval-harness does not know: it fails at longer rows."""

DEFAULT_CONTEXT = 2048
"""Context of a model whose config and tokenizer have none, as in lm-eval-harness."""

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "source.spm",
)


@dataclass(frozen=True)
class ArchitectureKind:
    """A kind of language model: causal, sequence to sequence, or masked."""

    class_names: Mapping[str, Any]
    """Class names of transformers by model type."""

    auto_class: Any
    """The Auto class that loads them."""

    lm_class: type[HFCausalLM] | type[HFSeq2SeqLM] | type[HFMaskedLM]


CAUSAL = ArchitectureKind(
    modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, AutoModelForCausalLM, HFCausalLM
)
SEQ2SEQ = ArchitectureKind(
    modeling_auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    AutoModelForSeq2SeqLM,
    HFSeq2SeqLM,
)
MASKED = ArchitectureKind(
    modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES, AutoModelForMaskedLM, HFMaskedLM
)


@dataclass(frozen=True)
class LocalModel:
    """A language model in memory, in eval mode."""

    name: str
    model_type: str
    """Architecture in transformers, e.g. "llama"."""

    network: Any
    tokenizer: HFTokenizer
    context: int
    size: ModelSize
    weights_hash: str
    """sha256 of everything in the folder that answers depend on."""

    architecture: ArchitectureKind
    revision: str | None = None
    """Commit on the hub; None for a local folder."""

    unused_weights: tuple[str, ...] = ()
    """Names of tensors in the folder that the network does not have."""

    @cached_property
    def probe(self) -> Probe:
        """How the network is read; tried once, at the first text."""
        return self.architecture.lm_class.probe_class(self.network, self.context)

    @property
    def notes(self) -> list[str]:
        """What a reader of its scores should know, one sentence each."""
        notes = [*self.probe.notes, *self.tokenizer.notes]
        if self.unused_weights:
            count = f"{len(self.unused_weights):,} tensors of its weights"
            notes.append(f"{count} are not used, such as {self.unused_weights[0]}")
        return [f"{self.name}: {note}" for note in notes]

    def as_lm(
        self,
        *,
        truncation: Truncation = "left",
        memory: int = GIGABYTE,
        on_progress: ReadProgressFn | None = None,
    ) -> HFCausalLM | HFSeq2SeqLM | HFMaskedLM:
        """The model as a language model. ModelError for a masked one without a mask token."""
        return self.architecture.lm_class(
            self.network,
            self.tokenizer,
            self.context,
            truncation=truncation,
            memory=memory,
            on_progress=on_progress,
            probe=self.probe,
        )


def load(name_or_path: str | Path, dtype: str = "float32") -> LocalModel:
    """Load a model from a folder with config.json, *.safetensors and a tokenizer, or from the hub.

    Raises ModelError with what is missing or refused.
    """
    resolved = resolve(name_or_path)
    path = resolved.folder
    check_folder(path)
    check_tokenizer(path)
    # Progress bars of weights that load in an instant would break our own output.
    disable_progress_bar()
    set_verbosity_error()
    config = load_config(path)
    with loading(path):
        architecture = detect_architecture(config)
        check_weights(path, config, architecture.auto_class)
        network, loading_info = architecture.auto_class.from_pretrained(
            path,
            config=config,
            dtype=getattr(torch, dtype),
            use_safetensors=True,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            **LOCAL_KWARGS,
        )
        check_matched(path, loading_info["mismatched_keys"])
        tokenizer = AutoTokenizer.from_pretrained(path, **LOCAL_KWARGS)
        check_vocabulary(path, tokenizer, network)
        context = get_context(config, tokenizer) - _count_unused_positions(network)
        size = count(network, context)
    if context < 1:
        raise ModelError(f"{path} reads {context} tokens, says its config; it needs 1 or more")
    if loading_info["missing_keys"]:
        raise ModelError(
            f"{path} has no weights for {min(loading_info['missing_keys'])} of "
            f"{type(network).__name__}, which would be random; choose a folder with all weights"
        )
    return LocalModel(
        name=resolved.name,
        model_type=str(config.model_type),
        network=network.eval(),
        tokenizer=HFTokenizer(tokenizer),
        context=context,
        size=size,
        weights_hash=hash_model_files(path, dtype),
        architecture=architecture,
        revision=resolved.revision,
        unused_weights=check_unused(path, network, loading_info["unexpected_keys"]),
    )


def detect_architecture(config: Any) -> ArchitectureKind:
    """The kind of the config's class; else seq2seq for an encoder-decoder and causal for others."""
    architecture = find_architecture((config.architectures or ["none"])[0])
    return architecture or (SEQ2SEQ if config.is_encoder_decoder else CAUSAL)


def find_architecture(name: str) -> ArchitectureKind | None:
    """The kind of a class of transformers; None if it is no language model."""
    architectures = (CAUSAL, SEQ2SEQ, MASKED)
    return next((each for each in architectures if name in each.class_names.values()), None)


def _count_unused_positions(network: Any) -> int:
    """Positions that hold no token: RoBERTa and its variants start after that of padding."""
    for name, part in network.named_modules():
        if name.endswith("embeddings.position_embeddings"):
            padding = getattr(part, "padding_idx", None)
            return 0 if padding is None else int(padding) + 1
    return 0


def get_context(config: Any, tokenizer: Any) -> int:
    """Maximum number of tokens of a model, from its config or else its tokenizer."""
    config = config.get_text_config()
    for name in CONTEXT_FIELDS:
        if (value := getattr(config, name, None)) is not None:
            return int(value)
    value = getattr(tokenizer, "model_max_length", None)
    # A tokenizer without a maximum has 10 to the 30.
    return DEFAULT_CONTEXT if value is None or value > 10**9 else int(value)


def count(network: Any, context: int) -> ModelSize:
    """Parameters (tied ones once), training FLOPs per token at a context, bytes of the weights.

    Embedding look-ups cost nothing. Attention has two products over half of the context. Every
    token of an encoder-decoder counts as if it went through both halves.
    """
    config = network.config.get_text_config()
    weights = {id(each): each for each in network.parameters()}.values()
    params = sum(each.numel() for each in weights)
    inputs, head = network.get_input_embeddings(), network.get_output_embeddings()
    tied = head is not None and head.weight is inputs.weight
    matmul_params = params if tied else params - inputs.weight.numel()
    attention = 6 * _count_attention_layers(config) * int(config.hidden_size) * context
    return ModelSize(
        params=params,
        flops_per_token=6 * matmul_params + attention,
        bytes=sum(each.numel() * each.element_size() for each in weights),
    )


def _count_attention_layers(config: Any) -> int:
    """Attention layers; each decoder layer of an encoder-decoder has two."""
    layers = int(config.num_hidden_layers)
    if not config.is_encoder_decoder:
        return layers
    decoder_layers = (
        getattr(config, name, None) for name in ("num_decoder_layers", "decoder_layers")
    )
    return layers + 2 * next((int(each) for each in decoder_layers if each is not None), layers)


def check_folder(path: Path) -> None:
    """Raise ModelError for a folder that must not, or cannot, be loaded."""
    if path.is_file():
        raise ModelError(f"{path} is a file; choose the folder with the files of the model")
    if not (path / "config.json").is_file():
        raise ModelError(
            f"{path} is no model folder: it has no config.json; choose such a folder, a model of a "
            "study (out/demo/MODEL), or one of the hub (ORGANIZATION/NAME)"
        )
    check_seal(path)
    check_config(path, read_config(path))
    if not list(path.glob("*.safetensors")):
        raise ModelError(
            f"{path} has no *.safetensors; save the weights in that format (pickles are not opened)"
        )
    check_shards(path)


def check_tokenizer(path: Path) -> None:
    """Raise ModelError for a folder without a tokenizer."""
    if not any((path / name).is_file() for name in TOKENIZER_FILES):
        raise ModelError(
            f"{path} has no tokenizer ({', '.join(TOKENIZER_FILES)}); add that of the model"
        )


def hash_model_files(path: Path, dtype: str) -> str:
    """sha256 of weights, config and tokenizer, and of the precision."""
    digest = hashlib.sha256(dtype.encode())
    for file in sorted(path.iterdir()):
        if file.suffix in (".safetensors", ".json", ".model", ".txt", ".jinja"):
            digest.update(file.name.encode() + bytes.fromhex(hash_file(file)))
    return digest.hexdigest()
