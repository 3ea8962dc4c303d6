"""What a user of another tool types is answered with the option or command of ours."""

from __future__ import annotations

import pytest
from typer.main import get_command

from upwell.cli import app
from upwell.cli.suggestions import COMMAND_WORDS, OPTION_WORDS, suggest_command, suggest_option

from .caller import Caller

COMMANDS = get_command(app).commands
OPTIONS = {
    name.lstrip("-")
    for command in COMMANDS.values()
    for parameter in command.params
    for name in parameter.opts
}


def test_every_suggestion_is_something_that_there_is() -> None:
    assert set(COMMAND_WORDS.values()) <= set(COMMANDS)
    assert set(OPTION_WORDS.values()) <= OPTIONS
    assert not set(COMMAND_WORDS) & set(COMMANDS)


@pytest.mark.parametrize(
    ("command", "word", "meant"),
    [
        ("finetune", "--num_train_epochs", "--epochs"),
        ("finetune", "--lr", "--learning-rate"),
        ("finetune", "--per_device_train_batch_size", "--batch-size"),
        ("finetune", "--max_seq_length", "--max-length"),
        ("finetune", "--output_dir", "--output-dir"),
        ("finetune", "--epoch", "--epochs"),
        ("eval", "--num_fewshot", "--num-fewshot"),
        ("eval", "--task", "--tasks"),
        ("eval", "--shots", "--num-fewshot"),
        ("judge", "--html", "--report"),
        ("forecast", "--at", "--target"),
        ("backtest", "--holdout", "--holdout-above"),
        ("crossover", "--ways", "--methods"),
        ("run", "--out", "--output-dir"),
    ],
)
def test_a_word_of_another_tool_is_answered(
    upwell: Caller, command: str, word: str, meant: str
) -> None:
    called = upwell(command, word, "1")
    assert called.code == 2
    assert called.err.startswith("upwell: ") and f"did you mean {meant}?" in called.err
    assert len(called.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("word", "meant"), [("adapt", "finetune"), ("ask", "eval"), ("forcast", "forecast")]
)
def test_a_command_of_another_tool_is_answered(upwell: Caller, word: str, meant: str) -> None:
    assert f"did you mean {meant}?" in upwell(word).err


def test_what_is_near_nothing_gets_no_suggestion() -> None:
    assert suggest_command("xyzzy", COMMANDS) is None
    assert suggest_option("--xyzzy", ["--json"]) is None
