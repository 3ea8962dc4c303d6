"""What a model's name on the command line means: a folder, a model of a study, or of the hub."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..models import huggingface
from ..models.huggingface import LocalModel
from ..store import Store
from . import members


def model_given(name: str) -> LocalModel:
    """The model in memory. Nothing is written where it comes from. Raises UpwellError."""
    found = members.member_of(Path(name))
    return huggingface.load(name) if found is None else _member(*found)


def _member(folder: Path, wanted: str) -> LocalModel:
    """Through a folder for transformers, so that it is the very model that `export` gives."""
    run, model = members.chosen(Store.open(folder), wanted)
    exported = members.exported(run, model)
    with tempfile.TemporaryDirectory() as parent:
        members.write(exported, Path(parent, model))
        return huggingface.load(Path(parent, model))
