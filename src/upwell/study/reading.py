"""Before anything is trained: can the examples that a study learns from be read?

A file that is no image or a label outside the list is one sentence here, and not the end of every
worker. Texts are looked at by `leaking`; what is made has nothing to be read.
"""

from __future__ import annotations

from dataclasses import replace

from ..data import ExampleSource, Loader, source, tokenizer
from ..models import named
from ..records import Study


def readable(study: Study) -> None:
    """Read the examples once, as the run with the smallest training set will.

    Raises DataError or SpecError for what cannot be used, and for fewer rows than a batch.
    """
    learning = any(hasattr(named(spec.family), "build") for spec in study.ladder)
    if not learning or not all(isinstance(source(spec), ExampleSource) for spec in study.data):
        return
    name = next((spec.tokenizer for spec in study.ladder if spec.tokenizer), None)
    words = None if name is None else tokenizer(name)
    data = study.data
    if study.rows:
        data = tuple(replace(spec, limit=study.rows[0]) for spec in data)
    Loader(data, words, study.recipe.context, study.recipe.batch, seed=0)
