"""English dialogue: conversations of the Chit Chat Challenge, carried by chitchat-dataset.

About 12 million characters in 7 thousand conversations, gathered at Brigham Young
University in 2018. A line is a turn, and the speakers alternate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from ..packages import package_file
from ..source import Documents, TextSource

LICENSE = "MIT"

Turn = Sequence[Mapping[str, str]]
"""The messages that one speaker sends before the other answers."""


@final
@dataclass(frozen=True, kw_only=True)
class Source(TextSource):
    """The conversations, in the order of the package's file."""

    def __post_init__(self) -> None:
        _dataset_path()

    def read(self) -> Documents:
        """One document per conversation."""
        conversations = json.loads(_dataset_path().read_text(encoding="utf-8")).values()
        return Documents(
            documents=tuple(format_conversation(c["messages"]) for c in conversations), files=1
        )


def format_conversation(turns: Sequence[Turn]) -> str:
    """A conversation as text: a line per turn and a blank line at the end."""
    lines = [" ".join(" ".join(sent["text"] for sent in turn).split()) for turn in turns]
    return "\n".join(line for line in lines if line) + "\n\n"


def _dataset_path() -> Path:
    return package_file("chitchat_dataset", "dataset.json", pip="chitchat-dataset")
