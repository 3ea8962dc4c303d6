"""Model arguments of lm-eval-harness: which of them make another model, and which do not.

An argument that is not in a table here is taken to name another model: two measurements are rather
kept apart than mixed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

NAME_ARGUMENTS = ("pretrained", "model", "engine", "model_path", "path", "ckpt_path", "model_name")
"""Arguments that name the model; the first that is given wins."""

_SAME_MODEL = {
    "how fast and where it runs": (
        "batch_size", "max_batch_size", "device", "device_map", "device_map_option", "devices",
        "parallelize", "gpus", "max_memory_per_gpu", "max_cpu_memory", "offload_folder",
        "low_cpu_mem_usage", "use_accelerate", "tensor_parallel_size", "pipeline_parallel_size",
        "data_parallel_size", "tp_size", "dp_size", "gpu_memory_utilization",
        "mem_fraction_static", "swap_space", "cpu_offload_gb", "enforce_eager",
        "disable_custom_all_reduce", "max_num_seqs", "max_num_batched_tokens",
        "enable_prefix_caching", "distributed_executor_backend", "num_nodes",
        "worker_use_ray", "compile", "mixed_precision_dtype",
    ),
    "the same weights up to rounding": (
        "dtype", "torch_dtype", "attn_implementation", "attention_backend",
    ),
    "how the files are found and loaded": (
        "trust_remote_code", "use_fast_tokenizer", "cache_dir", "download_dir", "token",
        "use_auth_token", "local_files_only", "use_safetensors", "load_format", "backend",
        "tokenizer_mode", "tokenizer_revision", "resize_token_embeddings",
    ),
    "how the server is reached": (
        "base_url", "api_key", "num_concurrent", "max_retries", "timeout", "tokenized_requests",
        "tokenizer_backend", "verify_certificate", "header", "seed",
    ),
}  # fmt: skip
"""Arguments that do not change which model is measured, by the reason."""

SAME_MODEL_ARGUMENTS = frozenset(name for names in _SAME_MODEL.values() for name in names)

WAY_OF_ASKING_ARGUMENTS = frozenset({
    "max_length", "max_model_len", "max_gen_toks", "truncation", "truncate", "add_bos_token",
    "prefix_token_id", "eos_string", "think_end_token", "enable_thinking", "chat_template",
    "chat_template_args", "tokenizer", "temperature", "top_p", "top_k", "logits_cache",
    "softmax_dtype",
})  # fmt: skip
"""Arguments that change how the same model is asked."""

UNSET = ("", "false", "none", "null")


def parse_arguments(model_args: Any) -> dict[str, str]:
    """The arguments that are set, from a mapping or "key=value,key=value"."""
    pairs = (
        model_args.items()
        if isinstance(model_args, Mapping)
        else _split_text(model_args)
        if isinstance(model_args, str)
        else ()
    )
    arguments = {str(name).strip(): _to_text(value) for name, value in pairs}
    return {name: value for name, value in arguments.items() if value.lower() not in UNSET}


def describe_arguments(arguments: Mapping[str, str], names: list[str]) -> str | None:
    """The named arguments as "key=value, key=value"; None without any."""
    return ", ".join(f"{name}={arguments[name]}" for name in sorted(names)) or None


def _to_text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _split_text(text: str) -> Iterator[tuple[str, str]]:
    """Pairs of a text; a comma inside brackets or before a part without "=" separates nothing."""
    parts: list[str] = []
    depth = 0
    for part in text.split(","):
        if parts and (depth > 0 or "=" not in part):
            parts[-1] += f",{part}"
        else:
            parts.append(part)
        depth += sum(map(part.count, "{[(")) - sum(map(part.count, "}])"))
    for part in parts:
        name, sign, value = part.partition("=")
        if sign:
            yield name, value
