"""Where a model is: a local folder, or a model of the Hugging Face hub by its name.

Only configuration, tokenizer or preprocessor, and safetensors are downloaded, into the standard
cache: no pickle, no code. Without a network the cache is used. An existing path wins over a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import MissingDependencyError, ModelError

ALLOW_PATTERNS = (
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
"""Files to download."""

IGNORE_PATTERNS = ("*/*", "consolidated*")
"""Files to skip: copies of the weights in another layout."""

HUB_NAME_PATTERN = re.compile(
    r"(?P<name>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>\w[\w./-]*))?", re.ASCII
)

HUB_ORGANIZATIONS = {
    "bert-": "google-bert",
    "albert-": "albert",
    "roberta-": "FacebookAI",
    "xlm-roberta-": "FacebookAI",
    "distilbert-": "distilbert",
    "distilroberta-": "distilbert",
    "distilgpt2": "distilbert",
    "gpt2": "openai-community",
    "t5-": "google-t5",
    "xlnet-": "xlnet",
}
"""{beginning of a short name that the hub once had: the organization it belongs to now}."""

HUB_ERRORS = {
    "RepositoryNotFoundError": "it has no model of that name, or a private one",
    "RevisionNotFoundError": "it has no such revision",
    "GatedRepoError": "its license has to be accepted first",
    "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set, and the cache does not have it",
    "IncompleteSnapshotError": "the hub cannot be reached, and the cache has only a part of it",
    "ConnectError": "the hub cannot be reached, and the cache does not have it",
}
"""Short messages for errors of huggingface_hub, whose own are paragraphs."""


@dataclass(frozen=True, kw_only=True)
class ResolvedModel:
    """A folder with a model, and its origin."""

    folder: Path
    name: str
    """Name of the folder, or ORGANIZATION/NAME of the hub."""

    revision: str | None = None
    """Commit on the hub; None for a local folder."""


def resolve(name_or_path: str | Path) -> ResolvedModel:
    """The folder of a path, or of ORGANIZATION/NAME or ORGANIZATION/NAME@REVISION of the hub.

    A short name that the hub once had, such as gpt2, is that of its organization. Anything else
    stays a path, and the caller says what it lacks. Raises ModelError for a model that neither the
    hub nor the cache has.
    """
    path, name = Path(name_or_path), str(name_or_path)
    organization = None if "/" in name else find_organization(name)
    full_name = name if organization is None else f"{organization}/{name}"
    match = HUB_NAME_PATTERN.fullmatch(full_name)
    if path.exists() or match is None:
        return ResolvedModel(folder=path, name=path.name)
    folder = download(match["name"], match["revision"])
    return ResolvedModel(folder=folder, name=match["name"], revision=folder.name)


def find_organization(name: str) -> str | None:
    """The organization of a hub model that is known by a short name; None for others."""
    matches = (each for prefix, each in HUB_ORGANIZATIONS.items() if name.startswith(prefix))
    return next(matches, None)


def download(
    name: str,
    revision: str | None,
    repo_type: str = "model",
    allow_patterns: Sequence[str] = ALLOW_PATTERNS,
    ignore_patterns: Sequence[str] = IGNORE_PATTERNS,
) -> Path:
    """Download a "model" or "dataset" into the cache. Returns its folder, named by the commit.

    Only files of `allow_patterns` without `ignore_patterns` are downloaded. Raises ModelError for
    what neither the hub nor the cache has.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise MissingDependencyError(
            "the hub needs transformers: pip install 'upwell[export]'"
        ) from error
    try:
        return Path(
            snapshot_download(
                name,
                repo_type=repo_type,
                revision=revision,
                allow_patterns=list(allow_patterns),
                ignore_patterns=list(ignore_patterns),
            )
        )
    # No network, no such name, no access, a proxy: each raises another kind of error, some of them
    # of other libraries.
    except Exception as error:
        raise ModelError(
            f"{name} is no local folder and could not be loaded from the hub as a {repo_type} "
            f"({_explain_error(error)}); check the name, or choose a folder"
        ) from error


def _explain_error(error: Exception) -> str:
    """The cause of an error in a few words."""
    chain = (error, error.__cause__, error.__context__)
    kinds = {type(each).__name__ for each in chain}
    reasons = [reason for kind, reason in HUB_ERRORS.items() if kind in kinds]
    return (
        reasons[0] if reasons else f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
    )
