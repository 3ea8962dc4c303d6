"""Where a model is: a folder here, or a model of the Hugging Face hub by its name.

Of the hub come configuration, tokenizer or preprocessor, and safetensors, into the standard cache,
and nothing else: no pickle, no code. Without a network the cache answers. A path that exists always
wins over a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import MissingExtra, ModelError

WANTED = (
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "processor_config.json",
    "tokenizer*.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "*.model",
    "*.spm",
    "*.safetensors",
    "*.safetensors.index.json",
)
"""Files that are fetched."""

UNWANTED = ("*/*", "consolidated*")
"""Of those, what repeats the weights in another layout."""

NAME = re.compile(r"(?P<name>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\w[\w./-]*))?", re.ASCII)

WHY = {
    "RepositoryNotFoundError": "it has no model of that name, or a private one",
    "RevisionNotFoundError": "it has no such revision",
    "GatedRepoError": "its licence has to be agreed to first",
    "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set, and the cache does not have it",
    "IncompleteSnapshotError": "the hub is out of reach, and the cache has a part only",
    "ConnectError": "the hub is out of reach, and the cache does not have it",
}
"""What kinds of errors of huggingface_hub mean; its own messages are paragraphs."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A folder with a model, and where it came from."""

    folder: Path
    name: str
    """Of the folder, or ORGANISATION/NAME of the hub."""

    revision: str | None = None
    """The commit on the hub; None for a folder that is not of the hub."""


def place_of(given: str | Path) -> Place:
    """Where a path, or the hub's ORGANISATION/NAME or ORGANISATION/NAME@REVISION, leads.

    What is neither stays a path, for the caller to say what it lacks. Raises ModelError for a
    model that neither the hub nor the cache has.
    """
    path, named = Path(given), NAME.fullmatch(str(given))
    if path.exists() or named is None:
        return Place(folder=path, name=path.name)
    folder = fetched(named["name"], named["revision"])
    return Place(folder=folder, name=named["name"], revision=folder.name)


def fetched(
    name: str,
    revision: str | None,
    kind: str = "model",
    wanted: Sequence[str] = WANTED,
    unwanted: Sequence[str] = UNWANTED,
) -> Path:
    """The snapshot of a "model" or "dataset" in the cache, whose folder has the name of the commit.

    Of it come the files that are wanted. Raises ModelError for what neither hub nor cache has.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingExtra(
            "what is on the hub needs transformers: pip install 'upwell[export]'"
        ) from error
    try:
        return Path(
            snapshot_download(
                name,
                repo_type=kind,
                revision=revision,
                allow_patterns=list(wanted),
                ignore_patterns=list(unwanted),
            )
        )
    # No network, no such name, no access, a proxy: each has a kind of its own, some of them not
    # of that library.
    except Exception as error:
        raise ModelError(
            f"{name} is no folder here, and could not be had from the hub as a {kind} "
            f"({_why(error)}); check the name, or give a folder"
        ) from error


def _why(error: Exception) -> str:
    """In a few words."""
    chain = (error, error.__cause__, error.__context__)
    kinds = {type(each).__name__ for each in chain}
    told = [why for kind, why in WHY.items() if kind in kinds]
    return told[0] if told else f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
