"""The folder of a fine-tuned model: transformers loads it, and its model card describes it.

The weights are written first, then the seal with the sha256 of every file, and `upwell.json` last,
each file atomically. A folder with `upwell.json` is complete.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import ModelError
from ..records import PEFT_METHODS, ModelCard
from ..store.atomic import write_bytes
from ..store.checksummed import read_checksummed, write_checksummed
from ..store.seal import check_seal, hash_file, remove_sealed_files, seal
from .base_model import MODEL_CARD_FILE, PretrainedModel
from .data.dataset import FinetuneData
from .methods.finetune import WORK_DIR
from .modeling.network import FinetuneModule

WEIGHTS_FILE = "model.safetensors"
PREVIEW_FILE = "predictions.jpg"
ADAPTER_DIR = "adapter"


def save_finetuned_model(
    network: FinetuneModule,
    data: FinetuneData,
    card: ModelCard,
    out: Path,
    preview: bytes | None = None,
) -> ModelCard:
    """Write the folder; the model card, with the sha256 and the size of the weights.

    `preview` is a JPEG of predictions for the report. Adapters are merged into the network.
    """
    if card.finetune.method in PEFT_METHODS:
        _save_adapter(network, out)
        network.model.set_encoder(network.model.encoder.merge_and_unload())
    model = data.task.to_pretrained(network.model, data.base_model, data.spec, data.multilabel)
    (out / MODEL_CARD_FILE).unlink(missing_ok=True)
    remove_sealed_files(out)
    digest, size = _write_model(model, data.base_model, out)
    if preview is not None:
        write_bytes(out / PREVIEW_FILE, preview)
    final_card = replace(
        card,
        ref=replace(card.ref, weights_sha256=digest, bytes=size),
        seal=seal(out, () if preview is None else (PREVIEW_FILE,)),
    )
    write_checksummed(out / MODEL_CARD_FILE, final_card)
    for folder in (out / WORK_DIR).glob("*/checkpoint"):
        shutil.rmtree(folder, ignore_errors=True)
    return final_card


def read_model_card(folder: Path) -> ModelCard:
    """The model card of a folder.

    Raises ModelError for a folder without one, and StoreError for a file that is not as it was
    saved.
    """
    if not (folder / MODEL_CARD_FILE).is_file():
        raise ModelError(
            f"{folder} has no {MODEL_CARD_FILE}: it is not a fine-tuned model, or fine-tuning was "
            "interrupted; run the same `upwell finetune` again"
        )
    card = read_checksummed(ModelCard, folder / MODEL_CARD_FILE)
    check_seal(folder, card.seal)
    return card


def _save_adapter(network: FinetuneModule, out: Path) -> None:
    """Save the adapter alone, as peft loads it onto the base model."""
    with TemporaryDirectory(dir=out) as tmp_dir:
        network.model.encoder.save_pretrained(tmp_dir, save_embedding_layers=False)
        _move_files(Path(tmp_dir), out / ADAPTER_DIR)
    seal(out / ADAPTER_DIR)


def _write_model(model: Any, base_model: PretrainedModel, out: Path) -> tuple[str, int]:
    """(sha256, bytes) of the weights."""
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out) as tmp_dir:
        # A single file, so that one sha256 identifies the weights.
        model.save_pretrained(tmp_dir, max_shard_size="1TB")
        base_model.save_preprocessors(Path(tmp_dir))
        _move_files(Path(tmp_dir), out)
    return hash_file(out / WEIGHTS_FILE), (out / WEIGHTS_FILE).stat().st_size


def _move_files(source: Path, target: Path) -> None:
    for file in sorted(source.iterdir()):
        if file.is_file():
            write_bytes(target / file.name, file.read_bytes())
