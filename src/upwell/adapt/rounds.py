"""The rounds of the loop: every model that was made stays, and one of them is in place.

FOLDER/                the model in place
FOLDER/rounds/0/       the one that the loop began with
FOLDER/rounds/N/       round N, kept or not
FOLDER/rounds.json     what the gate said of each
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelError
from ..records import Adapted, Past
from ..store.sealed import read_sealed, write_sealed
from .given import CARD
from .shipping import card_of

ROUNDS, HISTORY = "rounds", "rounds.json"


@dataclass(frozen=True, kw_only=True)
class History:
    """What is in `rounds.json`."""

    rounds: tuple[Past, ...] = ()


def history(folder: Path) -> tuple[Past, ...]:
    """The rounds of a folder, oldest first; none where no loop has begun."""
    path = folder / HISTORY
    return read_sealed(History, path).rounds if path.is_file() else ()


def place_of_next(folder: Path) -> Path:
    """Where the next round is made: the first that no gate has judged yet, begun or not.

    The model in place is kept as round 0 first; one that was killed while another took its place is
    put right. Raises ModelError for a folder that is none of an adapted model.
    """
    kept = [past for past in history(folder) if past.kept]
    there = (folder / CARD).is_file()
    if kept and not (there and card_of(folder).ref.id == kept[-1].model):
        put_in_place(folder, folder / ROUNDS / f"{kept[-1].number}")
    card_of(folder)
    first = folder / ROUNDS / "0"
    if not (first / CARD).is_file():
        _copied(folder, first)
    return folder / ROUNDS / f"{max((past.number for past in history(folder)), default=0) + 1}"


def noted(folder: Path, past: Past) -> tuple[Past, ...]:
    """Write down what the gate said; every round so far."""
    rounds = (*history(folder), past)
    write_sealed(folder / HISTORY, History(rounds=rounds))
    return rounds


def put_in_place(folder: Path, made: Path) -> Adapted:
    """Let a round take the place of the model; what it says of itself.

    Its card goes first and comes last, so a folder with a card is whole.
    """
    if not (made / CARD).is_file():
        raise ModelError(f"{made} holds no whole model; run the same `upwell adapt` again")
    (folder / CARD).unlink(missing_ok=True)
    _copied(made, folder)
    return card_of(folder)


def _copied(source: Path, target: Path) -> None:
    """The files of a model, its card last."""
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(_files(source), key=lambda path: path.name == CARD):
        part = target / f".{file.name}.part"
        part.unlink(missing_ok=True)
        try:
            os.link(file, part)
        except OSError:
            shutil.copyfile(file, part)
        part.replace(target / file.name)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.name != HISTORY:
            yield path
