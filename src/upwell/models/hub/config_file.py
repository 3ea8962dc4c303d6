"""The config.json of other people: data, compared with the weights before any memory is used.

A config may ask for code of its own, for kernels to download, for quantized weights, or for a
network far larger than its weights. Nothing of that happens here: it is ignored where transformers
can read the model without it, and refused in one sentence where it cannot.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from ...errors import ModelError, convert_errors
from ...files import open_regular, read_regular

IGNORED_KEYS = frozenset(
    {
        "attn_implementation", "_attn_implementation", "_attn_implementation_internal",
        "_attn_implementation_autoset", "experts_implementation", "_experts_implementation",
        "_experts_implementation_internal", "use_kernels", "dtype", "torch_dtype", "auto_map",
    }
)  # fmt: skip
"""Keys on how the author ran the model: kernels and precision are chosen here."""

QUANTIZATION_KEYS = ("quantization_config", "compression_config")

LOCAL_KWARGS: Mapping[str, Any] = {"trust_remote_code": False, "local_files_only": True}

MAX_HEADER_BYTES = 100_000_000
"""The limit of safetensors for its header."""

MAX_REPEATS = 1024
"""Heads or experts that any config may have; more must be in the weights."""

MAX_LAYERS = 100
"""Layers that any config may have; more must be in the weights. Some networks use a layer again."""

REPEAT_PATTERN = re.compile(r"layer|head|expert|block|group|bucket|depth|stack|repeat|codebook")
"""Keys with a number of parts, each of which takes time to build."""

MAX_BUFFER_BYTES = 1 << 28
"""Bytes of buffers, such as masks, beyond those of the weights."""

MAX_EXCESS = 4
"""How many times as many parameters as its weights a network may have. Heads for other tasks, and
embeddings that are stored once, make some difference."""


def loading(path: Path) -> AbstractContextManager[None]:
    """Convert whatever transformers raises while it loads a folder to one ModelError."""
    return convert_errors(
        ModelError,
        f"{path} cannot be loaded by transformers",
        "restore its files from where they came from, or choose another model",
    )


def read_config(path: Path) -> dict[str, Any]:
    """The object in config.json. Raises ModelError for anything else."""
    file = path / "config.json"
    with convert_errors(ModelError, f"{file} is not JSON", "restore that of the model"):
        config = json.loads(read_regular(file))
    if not isinstance(config, dict):
        raise ModelError(f"{file} is no object of JSON; restore that of the model")
    return config


def check_config(path: Path, config: Mapping[str, Any]) -> None:
    """Raise ModelError for a model that needs code of its own, or whose weights are quantized."""
    if _needs_code(config):
        raise ModelError(f"{path} needs code of its own to be loaded; Upwell does not run it")
    for part in _iter_objects(config):
        if any(part.get(key) for key in QUANTIZATION_KEYS):
            raise ModelError(
                f"{path} has quantized weights, says its config.json ({QUANTIZATION_KEYS[0]}); "
                "choose the model that it was made from, with float weights"
            )


def find_kernel(config: Mapping[str, Any]) -> str | None:
    """The implementation of attention that a config asks for, unless every torch has it."""
    for part in _iter_objects(config):
        for key in ("attn_implementation", "_attn_implementation"):
            if part.get(key) not in (None, "eager", "sdpa"):
                return f"{key} {part[key]!r}"
    return None


def load_config(path: Path) -> Any:
    """The config of transformers, without what it says on how to run the model.

    Raises ModelError for a folder whose config cannot be used.
    """
    config = read_config(path)
    check_config(path, config)
    model_type = config.get("model_type")
    with loading(path):
        if not isinstance(model_type, str) or model_type not in CONFIG_MAPPING:
            return AutoConfig.from_pretrained(path, **LOCAL_KWARGS)
        loaded = CONFIG_MAPPING[model_type].from_dict(_strip(config))
        loaded._name_or_path = str(path)
        return loaded


def check_weights(path: Path, config: Any, auto_class: Any) -> None:
    """Raise ModelError where the network of a config is much larger than the weights in the folder.

    With an Auto class, the network is built without memory, on torch's meta device.
    """
    shapes = read_shapes(path)
    elements = sum(_count_elements(shape) for shape in shapes.values())
    limit = max(MAX_REPEATS, len(shapes), *(max(shape, default=1) for shape in shapes.values()))
    for key, value in _iter_integers(config.to_dict()):
        maximum = limit if REPEAT_PATTERN.search(key) else max(elements, 1 << 24)
        if "layer" in key:
            maximum = max(MAX_LAYERS, len(shapes))
        if abs(value) > maximum and not key.endswith(("_id", "_ids", "_token", "theta", "length")):
            raise ModelError(
                f"{path}: config.json has {key} {value:,}, and the weights have {len(shapes):,} "
                f"tensors with {elements:,} numbers; restore the config.json of these weights"
            )
    layers = getattr(config.get_text_config(), "num_hidden_layers", 1)
    if isinstance(layers, int) and layers < 1:
        raise ModelError(
            f"{path}: config.json has {layers} layers; restore the config.json of these weights"
        )
    if auto_class is None:
        return
    with loading(path), torch.device("meta"):
        network = auto_class.from_config(config, trust_remote_code=False)
    params = sum(each.numel() for each in {id(p): p for p in network.parameters()}.values())
    buffers = sum(each.numel() * each.element_size() for each in network.buffers())
    if params > MAX_EXCESS * max(elements, 1 << 20):
        raise ModelError(
            f"{path}: config.json describes a network of {params:,} parameters, and the weights "
            f"have {elements:,}; restore the config.json of these weights"
        )
    if buffers > MAX_BUFFER_BYTES + 4 * elements:
        raise ModelError(
            f"{path}: config.json asks for {buffers:,} bytes besides the weights; check its "
            "max_position_embeddings"
        )


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """{tensor: shape} of all *.safetensors of a folder, from their headers."""
    shapes: dict[str, tuple[int, ...]] = {}
    for file in sorted(path.glob("*.safetensors")):
        with convert_errors(ModelError, f"{file} is damaged", "restore it from a copy"):
            shapes |= _read_header(file)
    return shapes


def check_shards(path: Path) -> None:
    """Raise ModelError for an index of weights that names files outside of the folder."""
    for index in sorted(path.glob("*.safetensors.index.json")):
        with convert_errors(ModelError, f"{index} is damaged", "restore it from a copy"):
            names = set(json.loads(read_regular(index))["weight_map"].values())
        for name in names:
            if not isinstance(name, str) or Path(name).name != name:
                raise ModelError(f"{index} names {name!r}, which is no file of this folder")


def _read_header(file: Path) -> dict[str, tuple[int, ...]]:
    with open_regular(file) as handle:
        size = int.from_bytes(handle.read(8), "little")
        if size > MAX_HEADER_BYTES:
            raise ValueError(f"its header has {size:,} bytes")
        header = json.loads(handle.read(size))
    return {
        name: tuple(int(each) for each in tensor["shape"])
        for name, tensor in header.items()
        if name != "__metadata__"
    }


def _needs_code(config: Mapping[str, Any]) -> bool:
    """Whether the folder's own classes are not, by their names, those of transformers."""
    auto_map = config.get("auto_map")
    if auto_map is None:
        return False
    model_type, architectures = config.get("model_type"), config.get("architectures")
    if not isinstance(auto_map, dict) or model_type not in CONFIG_MAPPING:
        return True
    known = {CONFIG_MAPPING[model_type].__name__, *(architectures or ())}
    names = (str(each).rpartition(".")[2] for each in auto_map.values())
    return not all(name in known and hasattr(transformers, name) for name in names)


def _strip(config: Any) -> Any:
    if isinstance(config, dict):
        return {key: _strip(value) for key, value in config.items() if key not in IGNORED_KEYS}
    return config


def _iter_objects(config: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(config, dict):
        yield config
        for value in config.values():
            yield from _iter_objects(value)


def _iter_integers(config: Any) -> Iterator[tuple[str, int]]:
    """(key, value) of every number of a config, also of those in lists and objects."""
    for part in _iter_objects(config):
        for key, value in part.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, int) and not isinstance(each, bool):
                    yield str(key), each


def _count_elements(shape: tuple[int, ...]) -> int:
    count = 1
    for each in shape:
        count *= each
    return count
