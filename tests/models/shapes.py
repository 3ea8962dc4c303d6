"""Tiny networks of the shapes that people use, with weights that are the same everywhere.

Weights come from numpy, by the name of each parameter, so that recorded numbers stay true
whatever version of torch initialises a layer in which order.
"""

import hashlib
import json
import warnings
from pathlib import Path

import numpy
import torch
import transformers

FIXTURES = Path(__file__).parent / "fixtures"
TOKENIZER = FIXTURES / "tokenizer.json"
"""A byte-level BPE of 400 ids, trained by `upwell.data.train_bpe` on the docs of Python."""

VOCABULARY, BOS, PAD = 400, 398, 399
CONTEXT = 96

COMMON = {"vocab_size": VOCABULARY, "bos_token_id": BOS, "eos_token_id": BOS, "pad_token_id": PAD}
WIDE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
DEEP = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": CONTEXT}
MIDDLE = {"intermediate_size": 48, "max_position_embeddings": CONTEXT}

SHAPES = {
    "llama": ("Llama", {**WIDE, **MIDDLE, "num_key_value_heads": 2}),
    "gpt_neox": ("GPTNeoX", {**WIDE, **MIDDLE}),
    "gpt2": ("GPT2", DEEP),
    "opt": ("OPT", {**WIDE, "ffn_dim": 48, "max_position_embeddings": CONTEXT,
                    "word_embed_proj_dim": 32}),
}  # fmt: skip
"""The four that everything is held to."""

OTHERS = {
    "qwen2": ("Qwen2", {**WIDE, **MIDDLE, "num_key_value_heads": 2}),
    "phi": ("Phi", {**WIDE, **MIDDLE}),
    "gptj": ("GPTJ", {**DEEP, "rotary_dim": 4}),
}

PARTIAL = {
    "bloom": ("Bloom", {"hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "mistral": ("Mistral", {**WIDE, **MIDDLE, "num_key_value_heads": 2, "sliding_window": 8}),
    "gpt_neo": ("GPTNeo", {"hidden_size": 32, "num_layers": 2, "num_heads": 4, "window_size": 8,
                           "attention_types": [[["global", "local"], 1]],
                           "max_position_embeddings": CONTEXT}),
    "mamba": ("Mamba", {"hidden_size": 32, "num_hidden_layers": 2}),
}  # fmt: skip
"""Architectures whose positions, windows or memory do not allow sharing."""

HALVES = {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
          "decoder_attention_heads": 4, "encoder_ffn_dim": 48, "decoder_ffn_dim": 48,
          "max_position_embeddings": CONTEXT, "decoder_start_token_id": BOS,
          "forced_eos_token_id": None}  # fmt: skip

SEQUENCES = {
    "t5": ("T5", {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4,
                  "n_positions": CONTEXT, "decoder_start_token_id": PAD}),
    "bart": ("Bart", HALVES),
    "marian": ("Marian", HALVES),
}  # fmt: skip
"""Encoder-decoders."""

MASKED = {
    "bert": ("Bert", {**WIDE, **MIDDLE}),
    "roberta": ("Roberta", {**WIDE, **MIDDLE, "pad_token_id": 1}),
    "distilbert": ("DistilBert", {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 48,
                                  "max_position_embeddings": CONTEXT}),
}  # fmt: skip
"""Encoders that guess what is hidden."""

CLASSES = {"gpt2": "GPT2LMHeadModel", "t5": "T5ForConditionalGeneration",
           "bart": "BartForConditionalGeneration", "marian": "MarianMTModel",
           **{kind: f"{name}ForMaskedLM" for kind, (name, _) in MASKED.items()}}  # fmt: skip

ADDS_BOS = ("llama", "opt")
"""Kinds whose tokenizer puts bos before a text."""

BEFORE, TEXT = ({"SpecialToken": {"id": "<bos>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}})  # fmt: skip


def network(kind):
    """A network in eval mode."""
    name, shape = (SHAPES | OTHERS | PARTIAL | SEQUENCES | MASKED)[kind]
    config = getattr(transformers, f"{name}Config")(**{**COMMON, **shape})
    made = getattr(transformers, CLASSES.get(kind, f"{name}ForCausalLM"))(config)
    with torch.no_grad():
        for parameter_name, parameter in made.named_parameters():
            seed = hashlib.sha256(f"{kind} {parameter_name}".encode()).digest()
            rng = numpy.random.default_rng(list(seed))
            drawn = torch.from_numpy(rng.normal(size=tuple(parameter.shape))).float()
            gain = parameter.ndim == 1 and parameter_name.endswith("weight")
            parameter.copy_(1 + 0.1 * drawn if gain else 0.3 * drawn)
    return made.eval()


def tokenizer(kind):
    """A transformers tokenizer; some put bos before a text, some do not."""
    document = json.loads(TOKENIZER.read_text(encoding="utf-8"))
    if kind in SEQUENCES | MASKED:
        # Encoders meet a text between two specials, or before one.
        single = [BEFORE, TEXT, BEFORE] if kind in MASKED else [TEXT, BEFORE]
        document["post_processor"]["single"] = single
    elif kind not in ADDS_BOS:
        document["post_processor"] = None
    from tokenizers import Tokenizer

    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(document)),
        bos_token="<bos>",
        eos_token="<bos>",
        pad_token="<pad>",
        mask_token="~" if kind in MASKED else None,
    )


def folder(kind, parent):
    """A model folder as transformers writes it."""
    path = Path(parent) / kind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network(kind).save_pretrained(path)
        tokenizer(kind).save_pretrained(path)
    return path
