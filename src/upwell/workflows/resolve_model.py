"""What a model's name on the command line means: a folder, a model of a study, or of the hub."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..models.hub import language_models
from ..models.hub.language_models import LocalModel
from ..store import Store
from . import export_model


def resolve_model(name: str) -> LocalModel:
    """The model in memory. Nothing is written where it comes from. Raises UpwellError."""
    study_path = export_model.parse_study_path(Path(name))
    return language_models.load(name) if study_path is None else _load_study_model(*study_path)


def _load_study_model(folder: Path, prefix: str) -> LocalModel:
    """Through a folder for transformers, so that it is the very model that `export` gives."""
    run, model = export_model.select_model(Store.open(folder), prefix)
    exported_model = export_model.build_export(run, model)
    with tempfile.TemporaryDirectory() as parent:
        export_model.write_export(exported_model, Path(parent, model))
        return language_models.load(Path(parent, model))
