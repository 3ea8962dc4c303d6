"""A pretrained model as a rung of a ladder: whatever the Auto classes of transformers load.

Its one hyperparameter is `path`: a folder with config.json, *.safetensors, and a tokenizer or
preprocessor, or a model of the hub (ORGANIZATION/NAME, with @COMMIT to pin it). Language models
read text; image and audio classifiers read arrays. Nothing is trained and no code of the folder is
run.
"""

from __future__ import annotations

from ...errors import SpecError
from ...records import ModelSpec
from ..hparams import check_hparams
from ..protocols import LM
from ..size import ModelSize


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters, training FLOPs, and bytes of float32. No weight is read.

    FLOPs are per token of a language model at `context`, per image, or per second of audio. Raises
    SpecError for other hyperparameters and ModelError for a folder that cannot be used.
    """
    from ..hub.classifiers import model_size

    return model_size(_get_path(spec), context)


def build_lm(spec: ModelSpec, seed: int, tokens: int | None = None) -> LM:
    """Load the model; `seed` and `tokens` have no effect. Raises as `count` does."""
    from ..hub.classifiers import load

    return load(_get_path(spec))


def _get_path(spec: ModelSpec) -> str:
    check_hparams(spec, ("path",))
    path = spec.hparams["path"]
    if isinstance(path, str) and path:
        return path
    raise SpecError(f"family {spec.family!r}: path is a folder or a hub name, found {path!r}")
