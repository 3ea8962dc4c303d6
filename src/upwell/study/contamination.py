"""Check for test items among the training rows, before anything is trained.

A score on such items measures memorization. Items of random token ids have no text and are not
checked.
"""

from __future__ import annotations

from ..data import Contamination, Tokenizer, find_contamination, load_tokenizer
from ..errors import SpecError
from ..evaluation.base import build_items
from ..records import Study
from .questions import TokenizerOnlyLM


def check_study_contamination(study: Study) -> dict[str, Contamination]:
    """Contamination of each ability's items; {} if nothing is trained on text.

    Raises SpecError if an item occurs verbatim in the training rows.
    """
    names = {spec.tokenizer for spec in study.ladder if spec.tokenizer}
    if not (names and study.data):
        return {}
    text_tokenizer = load_tokenizer(sorted(names)[0])
    results = {name: _find_contamination(name, study, text_tokenizer) for name in study.abilities}
    for name, contamination in results.items():
        if contamination is not None and contamination.exact:
            raise SpecError(
                f"{contamination.exact} of {contamination.items} items of ability {name!r} occur "
                f"in the training rows, e.g. {contamination.examples[0]!r}; hold them out"
            )
    return {
        name: contamination for name, contamination in results.items() if contamination is not None
    }


def _find_contamination(name: str, study: Study, tokenizer: Tokenizer) -> Contamination | None:
    items = build_items(name, 0, TokenizerOnlyLM(tokenizer), study.data)
    texts = [
        item.prompt + item.target
        for item in items
        if isinstance(item.prompt, str) and isinstance(item.target, str)
    ]
    return find_contamination(texts, study.data, tokenizer) if texts else None
