"""Tiny models as folders that transformers loads, and rows that they can learn."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

GOOD = "bright warm kind fresh glad sweet".split()  # noqa: SIM905
BAD = "cold harsh stale sour grim dull".split()  # noqa: SIM905
FILL = "the a room meal walk day was very and so it we they felt".split()  # noqa: SIM905
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
KINDS = ("bert", "roberta", "distilbert", "llama")


def build_tokenizer() -> PreTrainedTokenizerFast:
    vocab = {word: i for i, word in enumerate([*SPECIAL, *GOOD, *BAD, *FILL, *"甲乙丙丁"])}
    backend = Tokenizer(models.WordLevel(vocab, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    special_tokens = {f"{name.strip('[]').lower()}_token": name for name in SPECIAL}
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=32, **special_tokens)


def encoder(folder: Path, kind: str = "bert") -> Path:
    """The folder of a random encoder of 2 layers."""
    torch.manual_seed(0)
    common = {"vocab_size": len(build_tokenizer()), "pad_token_id": 0, "initializer_range": 0.05}
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    if kind == "bert":
        model = BertModel(
            BertConfig(**common, **sizes, intermediate_size=64, max_position_embeddings=40)
        )
    elif kind == "roberta":
        model = RobertaModel(
            RobertaConfig(**common, **sizes, intermediate_size=64, max_position_embeddings=40)
        )
    elif kind == "llama":
        model = LlamaModel(
            LlamaConfig(**common, **sizes, intermediate_size=64, max_position_embeddings=40)
        )
    else:
        model = DistilBertModel(
            DistilBertConfig(**common, dim=32, n_layers=2, n_heads=2, hidden_dim=64,
                             max_position_embeddings=40)
        )  # fmt: skip
    model.save_pretrained(folder)
    build_tokenizer().save_pretrained(folder)
    return folder


def decoder(folder: Path) -> Path:
    """The folder of a random language model whose vocab includes the labels."""
    tokenizer = build_tokenizer()
    tokenizer.add_tokens(["good", "bad", "Text", "Label", ":"])
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=64, pad_token_id=0, bos_token_id=2,
            eos_token_id=3, initializer_range=0.2,
        )
    ).save_pretrained(folder)  # fmt: skip
    tokenizer.save_pretrained(folder)
    return folder


def alike(folder: Path) -> Path:
    """An encoder whose embeddings of good and bad words are equal until they are trained."""
    model = BertModel.from_pretrained(encoder(folder))
    ids = build_tokenizer().convert_tokens_to_ids([*GOOD, *BAD])
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        table[ids] = table[ids[0]].clone()
    model.save_pretrained(folder)
    return folder


def sentence(rng: random.Random, is_good: bool) -> str:
    label_words = rng.sample(GOOD if is_good else BAD, 2)
    rest = rng.choices(FILL, k=rng.randint(2, 8))
    words = [*label_words, *rest]
    rng.shuffle(words)
    return " ".join(words)


def reviews(path: Path, rows: int, seed: int, wrong: int = 0) -> Path:
    """A CSV file of good and bad reviews; the first `wrong` rows have the wrong label."""
    rng = random.Random(seed)
    lines = ["text,label"]
    for row in range(rows):
        is_good = row % 2 == 0
        name = "good" if is_good != (row < wrong) else "bad"
        lines.append(f"{sentence(rng, is_good)},{name}")
    path.write_text("\n".join(lines) + "\n")
    return path
