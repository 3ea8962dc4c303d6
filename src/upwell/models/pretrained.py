"""Somebody else's model as a rung of a ladder: whatever transformers' Auto classes load.

Such a rung has one dial, `path`: a folder with config.json, *.safetensors, and the tokenizer or
preprocessor that belongs to it, or a model of the hub (ORGANISATION/NAME, with @COMMIT to pin it).
Language models are asked in words; models that put images or recordings into classes are shown
instances. Nothing is trained here and no code of the folder is run. How a folder is loaded stands
in `foreign.py`.
"""

from __future__ import annotations

from ..errors import SpecError
from ..records import ModelSpec
from .answering import Answerer
from .dials import check
from .size import Size


def count(spec: ModelSpec, context: int) -> Size:
    """Parameters, training FLOPs (a token of `context` of a language model; an image, or a second
    of sound, of the others), and bytes of float32. No weight is read.

    Raises SpecError for other dials, ModelError for a folder that cannot be used.
    """
    from .foreign import sized

    return sized(_path(spec), context)


def answerer(spec: ModelSpec, seed: int, tokens: int | None = None) -> Answerer:
    """The model, loaded; `seed` and `tokens` change nothing. Raises as `count` does."""
    from .foreign import loaded

    return loaded(_path(spec))


def _path(spec: ModelSpec) -> str:
    check(spec, ("path",))
    path = spec.size["path"]
    if isinstance(path, str) and path:
        return path
    raise SpecError(f"family {spec.family!r}: path is a folder or the hub's name, found {path!r}")
