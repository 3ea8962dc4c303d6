"""What the result files of lm-eval-harness and its relatives say of the model and the run.

The model's name carries the arguments that make it another model: an adapter, a subfolder, a
quantization. How the model was asked (chat template, system prompt, generation settings) is in
columns of its own, which tell measurements apart.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checkpoints import checkpoint_remark, parse_checkpoint
from .model_arguments import (
    NAME_ARGUMENTS,
    SAME_MODEL_ARGUMENTS,
    WAY_OF_ASKING_ARGUMENTS,
    describe_arguments,
    parse_arguments,
)
from .model_files import name_by_file, parse_date
from .remarks import Remark

BACKENDS = frozenset({
    "anthropic", "anthropic-chat", "anthropic-chat-completions", "anthropic-completions",
    "deepsparse", "dummy", "gguf", "ggml", "gooseai", "habana", "hf", "hf-audiolm-qwen",
    "hf-auto", "hf-causal", "hf-causal-experimental", "hf-mlm", "hf-multimodal",
    "hf-seq2seq", "huggingface", "ipex",
    "litellm", "local-chat-completions", "local-completions", "mamba", "mamba_ssm", "megatron_lm",
    "mlx", "nemo_lm", "neuron", "neuronx", "openai", "openai-chat-completions",
    "openai-completions", "openvino", "plugin", "sglang", "sglang-generate", "sparseml", "steered",
    "textsynth", "vllm", "vllm-vlm", "watsonx_llm", "winml",
})  # fmt: skip
"""Names of the code that runs a model, in `config.model`; they name no model."""

LIGHTEVAL_ARGUMENTS = (
    "revision", "subfolder", "adapter_weights", "delta_weights", "base_model", "load_in_4bit",
    "load_in_8bit", "quantization",
)  # fmt: skip
"""Settings of lighteval's model that make it another model."""

FILE_NAME_REMARK = "no document names these models; each is named after its file or folder"


@dataclass(frozen=True, kw_only=True)
class HarnessRun:
    """What a document says of its model and of the run, the same for all tasks."""

    columns: Mapping[str, Any]
    """Columns of every row of the document."""

    shots: float | None
    """The number of few-shot examples of all tasks; None if it is not the same or not told."""

    fewshot_seed: float | None
    remarks: tuple[Remark, ...]


def parse_run(document: Mapping[str, Any], path: Path) -> HarnessRun:
    """The model, the checkpoint and the way of asking, as far as the file has them."""
    config = as_mapping(document.get("config"))
    general = as_mapping(document.get("config_general"))
    arguments = parse_arguments(config.get("model_args")) | _lighteval_arguments(general)
    name, remarks = _base_name(document, config, arguments, path)
    name, checkpoint, more = _checkpoint_columns(name, arguments.get("revision", "main"))
    name_argument = next((each for each in NAME_ARGUMENTS if each in arguments), None)
    further = [each for each in arguments if each not in (name_argument, "revision")]
    asking = [each for each in further if each in WAY_OF_ASKING_ARGUMENTS]
    kind = describe_arguments(
        arguments, [n for n in further if n not in asking and n not in SAME_MODEL_ARGUMENTS]
    )
    return HarnessRun(
        columns={
            "model": name if kind is None else f"{name} ({kind})",
            **checkpoint,
            "params": parse_float(config.get("model_num_parameters")),
            **_way_of_asking(document, config),
            "model_arguments": describe_arguments(arguments, asking),
            "limit": _positive(config.get("limit") or general.get("max_samples")),
            "evaluation_time": parse_float(document.get("date")) or parse_date(path.stem),
        },
        shots=_first_float(config.get("num_fewshot"), document.get("num_fewshot")),
        fewshot_seed=parse_float(config.get("fewshot_seed")),
        remarks=(*remarks, *more),
    )


def parse_float(value: Any) -> float | None:
    """The value as a float; None for text that is not a number, for a boolean and for None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf
    except ValueError:
        return None


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value, or an empty mapping in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def _base_name(
    document: Mapping[str, Any], config: Mapping[str, Any], arguments: Mapping[str, str], path: Path
) -> tuple[str, tuple[Remark, ...]]:
    named = [arguments.get(each) for each in NAME_ARGUMENTS]
    named += [document.get("model_name"), document.get("model"), config.get("model_name")]
    named += [config.get("model") if config.get("model") not in BACKENDS else None]
    name = next((each for each in named if isinstance(each, str) and each.strip()), None)
    if name is not None:
        return name.strip(), ()
    name = name_by_file(path)
    return name, (Remark(FILE_NAME_REMARK, name),)


def _lighteval_arguments(general: Mapping[str, Any]) -> dict[str, str]:
    """What the configuration of lighteval says beside the model's name."""
    model = as_mapping(general.get("model_config"))
    arguments = parse_arguments({name: model.get(name) for name in LIGHTEVAL_ARGUMENTS})
    name = general.get("model_name") or model.get("model_name") or model.get("pretrained")
    return arguments | ({"model_name": name} if isinstance(name, str) else {})


def _checkpoint_columns(name: str, revision: str) -> tuple[str, dict[str, Any], tuple[Remark, ...]]:
    """The name with a revision that states no step, and the columns of the checkpoint."""
    if revision == "main":
        return name, {"step": None}, ()
    checkpoint = parse_checkpoint(revision)
    if checkpoint is None:
        return f"{name}@{revision}", {"step": None, "revision": revision}, ()
    columns = {"step": checkpoint.step, "tokens": checkpoint.tokens, "revision": revision}
    return name, columns, (checkpoint_remark(name, revision, checkpoint),)


def _way_of_asking(document: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, str | None]:
    """Columns with text where the model was asked in another way than by the plain question."""
    template = document.get("chat_template") or config.get("apply_chat_template")
    system = document.get("system_instruction") or config.get("system_instruction")
    turns = document.get("fewshot_as_multiturn") or config.get("fewshot_as_multiturn")
    settings = parse_arguments(config.get("gen_kwargs"))
    return {
        "chat_template": "chat template" if template else None,
        "chat_template_sha": _short_hash(template, document.get("chat_template_sha")),
        "system_prompt": f"system prompt {_short_hash(system, None)}" if system else None,
        "multiturn": "few-shot as turns" if template and turns else None,
        "gen_kwargs": describe_arguments(settings, list(settings)),
    }


def _short_hash(text: Any, sha: Any) -> str | None:
    if not isinstance(text, str) or not text:
        return None
    return (sha if isinstance(sha, str) else hashlib.sha256(text.encode()).hexdigest())[:8]


def _positive(value: Any) -> float | None:
    """A limit; lm-eval-harness writes none, 0 and -1 for "all items"."""
    number = parse_float(value)
    return number if number is not None and number > 0 else None


def _first_float(*values: Any) -> float | None:
    return next((number for number in map(parse_float, values) if number is not None), None)
