"""Feedback rounds: every retrained model is kept, and the last accepted one is in use.

FOLDER/                the model in use
FOLDER/rounds/0/       the initial model
FOLDER/rounds/N/       the model of round N, accepted or not
FOLDER/rounds.json     the decision of the gate on each round
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import ModelError
from ...records import FeedbackRound, ModelCard
from ...store.checksummed import read_checksummed, write_checksummed
from ..base_model import MODEL_CARD_FILE
from ..saving import read_model_card

ROUNDS_DIR, HISTORY_FILE = "rounds", "rounds.json"


@dataclass(frozen=True, kw_only=True)
class FeedbackHistory:
    """The content of `rounds.json`."""

    rounds: tuple[FeedbackRound, ...] = ()


def history(folder: Path) -> tuple[FeedbackRound, ...]:
    """The rounds of a folder, oldest first. Empty before the first round."""
    path = folder / HISTORY_FILE
    return read_checksummed(FeedbackHistory, path).rounds if path.is_file() else ()


def next_round_dir(folder: Path) -> Path:
    """The folder of the next round: the first without a decision of the gate.

    The model in use is first copied to round 0, and an interrupted `promote` is completed. Raises
    ModelError for a folder without a fine-tuned model.
    """
    accepted = [entry for entry in history(folder) if entry.accepted]
    has_model = (folder / MODEL_CARD_FILE).is_file()
    if accepted and not (has_model and read_model_card(folder).ref.id == accepted[-1].model):
        promote(folder, folder / ROUNDS_DIR / f"{accepted[-1].number}")
    read_model_card(folder)
    initial = folder / ROUNDS_DIR / "0"
    if not (initial / MODEL_CARD_FILE).is_file():
        _copy_model(folder, initial)
    return (
        folder / ROUNDS_DIR / f"{max((entry.number for entry in history(folder)), default=0) + 1}"
    )


def record_round(folder: Path, entry: FeedbackRound) -> tuple[FeedbackRound, ...]:
    """Append the decision on a round; all rounds so far."""
    rounds = (*history(folder), entry)
    write_checksummed(folder / HISTORY_FILE, FeedbackHistory(rounds=rounds))
    return rounds


def promote(folder: Path, round_dir: Path) -> ModelCard:
    """Replace the model in use by the model of a round; its model card.

    The card is removed first and written last, so a folder with a card is complete.
    """
    if not (round_dir / MODEL_CARD_FILE).is_file():
        raise ModelError(f"{round_dir} has no complete model; run the same `upwell finetune` again")
    (folder / MODEL_CARD_FILE).unlink(missing_ok=True)
    _copy_model(round_dir, folder)
    return read_model_card(folder)


def _copy_model(source: Path, target: Path) -> None:
    """Copy (or hard-link) the files of a model, the card last."""
    target.mkdir(parents=True, exist_ok=True)
    for file in sorted(_model_files(source), key=lambda path: path.name == MODEL_CARD_FILE):
        partial = target / f".{file.name}.part"
        partial.unlink(missing_ok=True)
        try:
            os.link(file, partial)
        except OSError:
            shutil.copyfile(file, partial)
        partial.replace(target / file.name)


def _model_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file() and not path.name.startswith(".") and path.name != HISTORY_FILE:
            yield path
