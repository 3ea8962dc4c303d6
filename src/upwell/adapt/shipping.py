"""The folder of an adapted model: transformers loads it, and it says of itself what it is.

The weights are written first and `upwell.json` last, each whole or not at all, so a folder that has
`upwell.json` is complete.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import ModelError
from ..records import Adapted
from ..store.atomic import sha256, write_bytes
from ..store.sealed import read_sealed, write_sealed
from .given import CARD, Given
from .light import LIGHT
from .material import Material
from .network import Adapting

WEIGHTS = "model.safetensors"
PICTURE = "seen.jpg"
ADAPTER = "adapter"
WORK = "work"


def ship(
    network: Adapting, ready: Material, adapted: Adapted, out: Path, picture: bytes | None = None
) -> Adapted:
    """Write the folder; what it says of itself, with the sha256 of its weights. `picture` is a JPEG
    of what it sees, for the report."""
    if adapted.adapt.method in LIGHT:
        _keep_adapter(network, out)
        # What learnt becomes part of the weights: whoever loads the folder needs no peft.
        network.body.put(network.body.encoder.merge_and_unload())
    model = ready.task.shipped(network.body, ready.given, ready.adapt, ready.several)
    (out / CARD).unlink(missing_ok=True)
    digest, size = _write(model, ready.given, out)
    card = replace(adapted, ref=replace(adapted.ref, weights=digest, bytes=size))
    if picture is not None:
        write_bytes(out / PICTURE, picture)
    write_sealed(out / CARD, card)
    for folder in (out / WORK).glob("*/checkpoint"):
        shutil.rmtree(folder, ignore_errors=True)
    return card


def card_of(folder: Path) -> Adapted:
    """What a folder says of itself. Raises ModelError for a folder that is none of ours."""
    if not (folder / CARD).is_file():
        raise ModelError(
            f"{folder} has no {CARD}: it is no folder of an adapted model, or the act was stopped; "
            "run the same `upwell adapt` again"
        )
    return read_sealed(Adapted, folder / CARD)


def _keep_adapter(network: Adapting, out: Path) -> None:
    """What learnt alone, as peft loads them onto the model they were made from."""
    with TemporaryDirectory(dir=out) as place:
        network.body.encoder.save_pretrained(place, save_embedding_layers=False)
        _move(Path(place), out / ADAPTER)


def _write(model: Any, given: Given, out: Path) -> tuple[str, int]:
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out) as place:
        # One file, so that its sha256 names the weights.
        model.save_pretrained(place, max_shard_size="1TB")
        given.keep(Path(place))
        _move(Path(place), out)
    data = (out / WEIGHTS).read_bytes()
    return sha256(data), len(data)


def _move(source: Path, target: Path) -> None:
    for file in sorted(source.iterdir()):
        if file.is_file():
            write_bytes(target / file.name, file.read_bytes())
