"""Tiny networks of about seventy architectures of transformers, and how each of them is read.

    python -m tests.models.architectures

writes the tables of `docs/reference/architectures.md` and its Chinese page.

Weights are wide, so that attention, positions and memory matter: with the initial weights of
transformers, a network that sees padding would differ too little to be noticed.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import torch
import transformers

from upwell.models.lm.causal_probe import CausalProbe
from upwell.models.lm.probe import MODES

from .shapes import BOS, PAD, VOCABULARY

CONTEXT = 512

SPECIALS = {"bos_token_id": BOS, "eos_token_id": BOS, "pad_token_id": PAD}
BASE = {"hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 3,
        "num_attention_heads": 4, "max_position_embeddings": CONTEXT}  # fmt: skip
GROUPED = {**BASE, "num_key_value_heads": 2}
HEADS = {**GROUPED, "head_dim": 16}
GPT = {"n_positions": CONTEXT, "n_embd": 64, "n_layer": 3, "n_head": 4}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
LOCAL_EXPERTS = {"num_local_experts": 4, "num_experts_per_tok": 2}
MLA = {**BASE, "num_key_value_heads": 4, "moe_intermediate_size": 48, "n_routed_experts": 8,
       "num_experts_per_tok": 2, "n_group": 2, "topk_group": 1, "n_shared_experts": 1,
       "first_k_dense_replace": 1, "q_lora_rank": 32, "kv_lora_rank": 16, "qk_rope_head_dim": 8,
       "qk_nope_head_dim": 16, "v_head_dim": 16}  # fmt: skip
SSM = {"mamba_d_state": 8, "mamba_d_head": 16, "mamba_chunk_size": 16}


def rope(kind: str, **factors: float) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 10000.0, **factors}}


ARCHITECTURES: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "llama": ("LlamaForCausalLM", "LlamaConfig", GROUPED),
    "llama, yarn": ("LlamaForCausalLM", "LlamaConfig",
        {**GROUPED, **rope("yarn", factor=4.0, original_max_position_embeddings=128)}),
    "llama, dynamic rope": ("LlamaForCausalLM", "LlamaConfig",
        {**GROUPED, **rope("dynamic", factor=4.0, original_max_position_embeddings=64)}),
    "gpt_neox": ("GPTNeoXForCausalLM", "GPTNeoXConfig", BASE),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", GPT),
    "gpt_neo": ("GPTNeoForCausalLM", "GPTNeoConfig",
        {"max_position_embeddings": CONTEXT, "hidden_size": 64, "num_layers": 2, "num_heads": 4,
         "attention_types": [[["global", "local"], 1]], "window_size": 32}),
    "opt": ("OPTForCausalLM", "OPTConfig",
        {"hidden_size": 64, "ffn_dim": 160, "num_hidden_layers": 3, "num_attention_heads": 4,
         "max_position_embeddings": CONTEXT, "word_embed_proj_dim": 64}),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", GROUPED),
    "qwen2, window": ("Qwen2ForCausalLM", "Qwen2Config",
        {**GROUPED, "use_sliding_window": True, "sliding_window": 32, "max_window_layers": 1}),
    "qwen3": ("Qwen3ForCausalLM", "Qwen3Config", HEADS),
    "gemma": ("GemmaForCausalLM", "GemmaConfig", HEADS),
    "gemma2": ("Gemma2ForCausalLM", "Gemma2Config",
        {**HEADS, "sliding_window": 32, "attn_logit_softcapping": 1.0,
         "final_logit_softcapping": 3.0}),
    "gemma2, full": ("Gemma2ForCausalLM", "Gemma2Config",
        {**HEADS, "sliding_window": CONTEXT, "layer_types": ["full_attention"] * 3,
         "attn_logit_softcapping": 1.0, "final_logit_softcapping": 3.0}),
    "gemma3": ("Gemma3ForCausalLM", "Gemma3TextConfig", {**HEADS, "sliding_window": 32}),
    "gemma3n": ("Gemma3nForCausalLM", "Gemma3nTextConfig",
        {**HEADS, "num_hidden_layers": 4, "num_kv_shared_layers": 2, "sliding_window": CONTEXT,
         "layer_types": ["full_attention"] * 4, "vocab_size_per_layer_input": VOCABULARY,
         "hidden_size_per_layer_input": 16, "laurel_rank": 8, "altup_num_inputs": 2,
         "activation_sparsity_pattern": [0.0] * 4}),
    "phi": ("PhiForCausalLM", "PhiConfig", BASE),
    "phi3": ("Phi3ForCausalLM", "Phi3Config", GROUPED),
    "phi3, window": ("Phi3ForCausalLM", "Phi3Config", {**GROUPED, "sliding_window": 32}),
    "mistral": ("MistralForCausalLM", "MistralConfig", {**GROUPED, "sliding_window": None}),
    "mistral, window": ("MistralForCausalLM", "MistralConfig", {**GROUPED, "sliding_window": 32}),
    "ministral3": ("Ministral3ForCausalLM", "Ministral3Config",
        {**HEADS, "sliding_window": None,
         **rope("yarn", factor=4.0, original_max_position_embeddings=32,
                llama_4_scaling_beta=0.5, beta_fast=32.0, beta_slow=1.0, mscale=1.0,
                mscale_all_dim=1.0)}),
    "mixtral": ("MixtralForCausalLM", "MixtralConfig",
        {**GROUPED, **LOCAL_EXPERTS, "sliding_window": None}),
    "olmo": ("OlmoForCausalLM", "OlmoConfig", GROUPED),
    "olmo2": ("Olmo2ForCausalLM", "Olmo2Config", GROUPED),
    "olmoe": ("OlmoeForCausalLM", "OlmoeConfig", {**GROUPED, **EXPERTS}),
    "qwen3_moe": ("Qwen3MoeForCausalLM", "Qwen3MoeConfig",
        {**HEADS, **EXPERTS, "moe_intermediate_size": 48}),
    "qwen3_next": ("Qwen3NextForCausalLM", "Qwen3NextConfig",
        {**HEADS, **EXPERTS, "num_hidden_layers": 4, "moe_intermediate_size": 48,
         "shared_expert_intermediate_size": 48, "linear_num_key_heads": 2,
         "linear_num_value_heads": 4, "linear_key_head_dim": 16, "linear_value_head_dim": 16}),
    "deepseek_v3": ("DeepseekV3ForCausalLM", "DeepseekV3Config", MLA),
    "deepseek_v32": ("DeepseekV32ForCausalLM", "DeepseekV32Config",
        {**MLA, "index_topk": 32, "index_n_heads": 4, "index_head_dim": 16}),
    "gpt_oss": ("GptOssForCausalLM", "GptOssConfig",
        {**HEADS, **LOCAL_EXPERTS, "sliding_window": 32}),
    "gpt_oss, full": ("GptOssForCausalLM", "GptOssConfig",
        {**HEADS, **LOCAL_EXPERTS, "sliding_window": CONTEXT, "layer_types": ["full_attention"] * 3,
         **rope("default")}),
    "llama4_text": ("Llama4ForCausalLM", "Llama4TextConfig",
        {**HEADS, "intermediate_size_mlp": 160, "num_local_experts": 4, "num_hidden_layers": 4,
         "attention_chunk_size": 32, "attn_temperature_tuning": True, "floor_scale": 16,
         "attn_scale": 0.5}),
    "llama4_text, full": ("Llama4ForCausalLM", "Llama4TextConfig",
        {**HEADS, "intermediate_size_mlp": 160, "num_local_experts": 4, "num_hidden_layers": 4,
         "layer_types": ["full_attention"] * 4, "no_rope_layers": [0, 0, 0, 0],
         "attn_temperature_tuning": True, "floor_scale": 16, "attn_scale": 0.5}),
    "minimax": ("MiniMaxForCausalLM", "MiniMaxConfig",
        {**HEADS, "num_local_experts": 4, "block_size": 16}),
    "doge": ("DogeForCausalLM", "DogeConfig",
        {**GROUPED, "keep_window_size": 48, "sliding_window": None}),
    "cohere": ("CohereForCausalLM", "CohereConfig", GROUPED),
    "cohere2": ("Cohere2ForCausalLM", "Cohere2Config", {**GROUPED, "sliding_window": 32}),
    "granite": ("GraniteForCausalLM", "GraniteConfig",
        {**GROUPED, "logits_scaling": 2.0, "attention_multiplier": 0.3,
         "residual_multiplier": 0.5, "embedding_multiplier": 3.0}),
    "stablelm": ("StableLmForCausalLM", "StableLmConfig", GROUPED),
    "starcoder2": ("Starcoder2ForCausalLM", "Starcoder2Config",
        {**GROUPED, "sliding_window": None}),
    "gpt_bigcode": ("GPTBigCodeForCausalLM", "GPTBigCodeConfig", GPT),
    "gptj": ("GPTJForCausalLM", "GPTJConfig", {**GPT, "rotary_dim": 8}),
    "codegen": ("CodeGenForCausalLM", "CodeGenConfig", {**GPT, "n_ctx": CONTEXT, "rotary_dim": 8}),
    "falcon": ("FalconForCausalLM", "FalconConfig",
        {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
         "max_position_embeddings": CONTEXT}),
    "falcon, alibi": ("FalconForCausalLM", "FalconConfig",
        {"hidden_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4, "alibi": True,
         "parallel_attn": False, "multi_query": False, "bias": True}),
    "bloom": ("BloomForCausalLM", "BloomConfig", {"hidden_size": 64, "n_layer": 3, "n_head": 4}),
    "mpt": ("MptForCausalLM", "MptConfig",
        {"d_model": 64, "n_heads": 4, "n_layers": 3, "max_seq_len": CONTEXT,
         "expansion_ratio": 2}),
    "xglm": ("XGLMForCausalLM", "XGLMConfig",
        {"d_model": 64, "ffn_dim": 160, "num_layers": 3, "attention_heads": 4,
         "max_position_embeddings": CONTEXT}),
    "biogpt": ("BioGptForCausalLM", "BioGptConfig", BASE),
    "smollm3": ("SmolLM3ForCausalLM", "SmolLM3Config", GROUPED),
    "lfm2": ("Lfm2ForCausalLM", "Lfm2Config", {**GROUPED, "full_attn_idxs": [1]}),
    "nemotron": ("NemotronForCausalLM", "NemotronConfig", GROUPED),
    "glm": ("GlmForCausalLM", "GlmConfig", HEADS),
    "glm4": ("Glm4ForCausalLM", "Glm4Config", HEADS),
    "exaone4": ("Exaone4ForCausalLM", "Exaone4Config",
        {**GROUPED, "sliding_window": 32, "sliding_window_pattern": 2}),
    "persimmon": ("PersimmonForCausalLM", "PersimmonConfig", BASE),
    "diffllama": ("DiffLlamaForCausalLM", "DiffLlamaConfig", GROUPED),
    "helium": ("HeliumForCausalLM", "HeliumConfig", HEADS),
    "ctrl": ("CTRLLMHeadModel", "CTRLConfig",
        {"n_positions": CONTEXT, "n_embd": 64, "dff": 160, "n_layer": 3, "n_head": 4}),
    "openai-gpt": ("OpenAIGPTLMHeadModel", "OpenAIGPTConfig", GPT),
    "xlnet": ("XLNetLMHeadModel", "XLNetConfig",
        {"d_model": 64, "n_layer": 3, "n_head": 4, "d_inner": 160}),
    "modernbert-decoder": ("ModernBertDecoderForCausalLM", "ModernBertDecoderConfig",
        {**BASE, "local_attention": 32}),
    "bert, decoder": ("BertLMHeadModel", "BertConfig", {**BASE, "is_decoder": True}),
    "bert, both sides": ("BertLMHeadModel", "BertConfig", {**BASE, "is_decoder": False}),
    "mamba": ("MambaForCausalLM", "MambaConfig",
        {"hidden_size": 64, "num_hidden_layers": 3, "state_size": 8}),
    "mamba2": ("Mamba2ForCausalLM", "Mamba2Config",
        {"hidden_size": 64, "num_hidden_layers": 3, "state_size": 8, "num_heads": 8,
         "head_dim": 16, "n_groups": 1, "chunk_size": 16}),
    "falcon_mamba": ("FalconMambaForCausalLM", "FalconMambaConfig",
        {"hidden_size": 64, "num_hidden_layers": 3, "state_size": 8}),
    "rwkv": ("RwkvForCausalLM", "RwkvConfig",
        {"hidden_size": 64, "num_hidden_layers": 3, "attention_hidden_size": 64,
         "intermediate_size": 160, "context_length": CONTEXT}),
    "recurrent_gemma": ("RecurrentGemmaForCausalLM", "RecurrentGemmaConfig",
        {"hidden_size": 64, "num_hidden_layers": 3, "intermediate_size": 160,
         "num_attention_heads": 4, "lru_width": 64, "attention_window_size": 32, "head_dim": 16}),
    "jamba": ("JambaForCausalLM", "JambaConfig",
        {**GROUPED, **EXPERTS, "attn_layer_period": 2, "attn_layer_offset": 1,
         "expert_layer_period": 2, "expert_layer_offset": 1, "mamba_d_state": 8,
         "use_mamba_kernels": False}),
    "falcon_h1": ("FalconH1ForCausalLM", "FalconH1Config",
        {**GROUPED, **SSM, "mamba_d_ssm": 64, "mamba_n_heads": 4}),
    "bamba": ("BambaForCausalLM", "BambaConfig",
        {**GROUPED, **SSM, "attn_layer_indices": [1], "mamba_n_heads": 8}),
    "zamba2": ("Zamba2ForCausalLM", "Zamba2Config",
        {**GROUPED, "num_hidden_layers": 4, "mamba_d_state": 8, "n_mamba_heads": 8,
         "mamba_headdim": 16, "chunk_size": 16, "mamba_ngroups": 1, "use_mem_rope": False,
         "layers_block_type": ["mamba", "hybrid"] * 2}),
    "xlstm": ("xLSTMForCausalLM", "xLSTMConfig",
        {"hidden_size": 64, "num_hidden_layers": 2, "num_blocks": 2, "num_heads": 4,
         "chunk_size": 16, "qk_dim_factor": 1.0}),
}  # fmt: skip
"""Name -> (class of transformers, class of its config, hyperparameters)."""


def build(name: str) -> Any:
    """The network in eval mode, with weights that are the same everywhere."""
    model_class, config_class, hparams = ARCHITECTURES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = getattr(transformers, config_class)(
            **{"vocab_size": VOCABULARY, **SPECIALS, **hparams}
        )
        torch.manual_seed(0)
        network = getattr(transformers, model_class)(config)
    with torch.no_grad():
        for parameter_name, parameter in network.named_parameters():
            _widen(f"{name} {parameter_name}", parameter)
    return network.eval()


def _widen(name: str, parameter: torch.Tensor) -> None:
    """Larger random numbers for maps, embeddings and biases; others stay as they are."""
    is_map = parameter.ndim >= 2 and not any(
        part in name for part in ("conv", "A_log", "time_", "dt_")
    )
    is_bias = parameter.ndim == 1 and "bias" in name and "dt" not in name
    if not (is_map or is_bias or "sinks" in name):
        return
    scale = 0.5 if "embed" in name or "wte" in name else 0.18
    rng = numpy.random.default_rng(list(hashlib.sha256(name.encode()).digest()))
    drawn = torch.from_numpy(rng.normal(size=tuple(parameter.shape))).float()
    parameter.copy_((scale if is_map else 0.1 if is_bias else 1.0) * drawn)


DOCS = Path(__file__).parents[2] / "docs" / "reference"
PAGES = (DOCS / "architectures.md", DOCS / "architectures.zh.md")

CHINESE_MODES = {
    "shared": "共享前缀",
    "padded": "补齐后成批",
    "row": "逐行",
    "batch_cache": "成批，带缓存",
    "row_cache": "逐行，带缓存",
    "whole_batch": "每个词元都重读全文，补齐后成批",
    "whole_row": "每个词元都重读全文，逐行",
}


def page_row(name: str, probe: CausalProbe, page: Path) -> str:
    """The row of the table for one architecture, without numbers that depend on the machine."""
    words = CHINESE_MODES if page.name.endswith(".zh.md") else MODES
    scoring, generation = probe.scoring, probe.generation
    reasons = dict.fromkeys(each.reason for each in (scoring, generation) if each.reason)
    why = re.sub(r" by [\d.e-]+ nats| \(\w+Error: .*\)", "", "; ".join(reasons))
    cells = (f"`{name}`", ARCHITECTURES[name][0], words[scoring.mode], words[generation.mode], why)
    return f"| {' | '.join(cells)} |"


def write_pages() -> None:
    """Replace the tables of both pages, whose words are written by hand."""
    probes = {name: CausalProbe(build(name), CONTEXT) for name in ARCHITECTURES}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        header = text[: text.index("|---")] + text[text.index("|---") :].partition("\n")[0]
        rows = [page_row(name, probe, page) for name, probe in probes.items()]
        page.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    write_pages()
